// SPDX-License-Identifier: Apache-2.0
#pragma once
// The functions behind rmsnorm_variants(); only the files of this folder include it.
#include "kernels/rmsnorm/rmsnorm.h"

namespace assay::kernels {

void rmsnorm_reference(const float* x, const float* weight, std::int64_t width, float epsilon, float* y);
void rmsnorm_avx2(const float* x, const float* weight, std::int64_t width, float epsilon, float* y);

}  // namespace assay::kernels
