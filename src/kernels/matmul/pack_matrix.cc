// SPDX-License-Identifier: Apache-2.0
#include "kernels/matmul/matmul.h"
#include "kernels/matmul/variants.h"
#include "values/blocks.h"

namespace assay::kernels {

Result<std::unique_ptr<PackedMatrix>> pack_matrix(values::TensorView weights, device::Isa isa,
                                                  device::ThreadPool* pool) {
  (void)pool;
  (void)isa;
  if (!values::is_weight_type(weights.dtype))
    return fail(ErrorCode::kUnsupported, "matmul: expected f32, f16, bf16 or a quantised type, got {}",
                values::info(weights.dtype).name);
  if (weights.shape.rank() != 2)
    return fail(ErrorCode::kUnsupported, "matmul: expected weights of two dimensions, got {}",
                weights.shape.to_string());
  return matmul::make_reference(weights);
}

}  // namespace assay::kernels
