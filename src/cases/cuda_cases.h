// SPDX-License-Identifier: Apache-2.0
#pragma once
// The planted lies about work on a CUDA device and their honest twins, named as those of cases.h are.
#include "assay/assay.h"

namespace assay::cases {

void define_cuda_computed(Suite& suite);
void define_cuda_inside(Suite& suite);
void define_cuda_timed(Suite& suite);
void define_cuda_ended(Suite& suite);

// All of them; none in a build without CUDA.
void define_cuda_cases(Suite& suite);

}  // namespace assay::cases
