// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"
#include "kernels/matmul/matmul.h"
#include "kernels/matmul/variants.h"
#include "values/blocks.h"

namespace assay::kernels {

Result<std::unique_ptr<PackedMatrix>> pack_matrix(values::TensorView weights, device::Isa isa,
                                                  device::ThreadPool* pool) {
  if (!values::is_weight_type(weights.dtype))
    return fail(ErrorCode::kUnsupported, "matmul: expected f32, f16, bf16 or a quantised type, got {}",
                values::info(weights.dtype).name);
  if (weights.shape.rank() != 2)
    return fail(ErrorCode::kUnsupported, "matmul: expected weights of two dimensions, got {}",
                weights.shape.to_string());
  ASSAY_CHECK(device::is_available(isa), "{} is not available here", device::isa_name(isa));
  if (isa == device::Isa::kReference) return matmul::make_reference(weights);
  if (!values::info(weights.dtype).is_quantised) return matmul::make_float_avx2(weights, pool);
  if (isa == device::Isa::kAvx512Vnni) {
    if (const auto variant = matmul::interleaved_avx512vnni(weights.dtype); variant.multiply != nullptr)
      return matmul::make_interleaved(weights, variant, pool);
  }
  return matmul::make_interleaved(weights, matmul::interleaved_avx2(weights.dtype), pool);
}

}  // namespace assay::kernels
