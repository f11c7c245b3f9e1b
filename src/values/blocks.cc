// SPDX-License-Identifier: Apache-2.0
#include "values/blocks.h"

namespace assay::values {

bool is_weight_type(DType type) {
  return type == DType::kF32 || type == DType::kF16 || type == DType::kBF16 || info(type).is_quantised;
}

}  // namespace assay::values
