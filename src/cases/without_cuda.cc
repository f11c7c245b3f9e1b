// SPDX-License-Identifier: Apache-2.0
#include "cases/cuda_cases.h"

namespace assay::cases {

void define_cuda_cases(Suite&) {}

}  // namespace assay::cases
