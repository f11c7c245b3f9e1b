// SPDX-License-Identifier: Apache-2.0
#pragma once
// The run as one JSON document, for `--json`: the keys of docs/record.md. Rejected numbers stand under keys
// of their own.
#include <string>

#include "record/measurement.h"

namespace assay::report {

[[nodiscard]] std::string json(const record::Run& run);

}  // namespace assay::report
