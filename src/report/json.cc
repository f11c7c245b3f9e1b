// SPDX-License-Identifier: Apache-2.0
#include "report/json.h"

#include "record/encode.h"

namespace assay::report {

std::string json(const record::Run& run) { return record::encode_run(run); }

}  // namespace assay::report
