// SPDX-License-Identifier: Apache-2.0
#include "checks/checks.h"

namespace assay::checks {

std::vector<Finding> check_drifting(const measure::Evidence&) { return {}; }

}  // namespace assay::checks
