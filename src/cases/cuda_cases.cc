// SPDX-License-Identifier: Apache-2.0
#include "cases/cuda_cases.h"

namespace assay::cases {

void define_cuda_cases(Suite& suite) {
  for (void (*const define)(Suite&) :
       {define_cuda_computed, define_cuda_inside, define_cuda_timed, define_cuda_ended}) {
    define(suite);
  }
}

}  // namespace assay::cases
