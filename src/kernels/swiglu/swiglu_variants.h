// SPDX-License-Identifier: Apache-2.0
#pragma once
// The functions behind swiglu_variants(); only the files of this folder include it.
#include "kernels/swiglu/swiglu.h"

namespace assay::kernels {

void swiglu_reference(const float* gate, const float* up, std::int64_t count, float* y);
void swiglu_avx2(const float* gate, const float* up, std::int64_t count, float* y);

}  // namespace assay::kernels
