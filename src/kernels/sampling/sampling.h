// SPDX-License-Identifier: Apache-2.0
#pragma once
// Chooses the next token from logits, by temperature, top-k, top-p and seeded noise, in this order:
//   1. z = logits as floats; a NaN counts as -infinity and comes after it. Tokens are ordered by falling z,
//   equal
//      ones by rising index (0 and -0 are equal).
//   2. temperature <= 0: the first token in this order. Done.
//   3. top-k: the first k tokens stay; all if top_k < 1 or top_k >= vocab.
//   4. depth[i] = (z[i] - greatest z) / temperature (0 where z is the greatest, infinite or not), as a
//   product with
//      float(1 / temperature).
//   5. top-p < 1: of those that stay, in order, token i stays while the weights before it sum to less than
//   top_p
//      of their total; the first always does. The weight is exp(depth) as an integer (weight_of).
//   6. Of those that stay, the one with the greatest depth[i] + gumbel(bits of the seed and i), the lower
//   index if
//      equal: a draw with probability exp(depth[i]) over the sum of those that stay.
// Every step is defined to the last bit (kernels/sampling/sampling_math.h): reference and kernels agree on
// the token. Not supported: penalties, min-p, several draws from one row.
#include <cstdint>
#include <span>

#include "assay/dtype.h"
#include "kernels/cuda_variant.h"

namespace assay::kernels {

struct SampleFilter {
  float temperature = 1;   // 0: the greatest
  std::int32_t top_k = 0;  // 0: all
  float top_p = 1;
};

// -1 for an empty row.
[[nodiscard]] std::int32_t sample_reference(std::span<const float> logits, const SampleFilter& filter,
                                            std::uint64_t seed);

struct SampleArgs {
  const void* logits = nullptr;  // rows of vocab elements, at any alignment of the element
  DType type = DType::kF32;      // F32 or BF16
  std::int64_t rows = 0;
  std::int64_t vocab = 0;       // below 2^31
  std::int64_t row_stride = 0;  // in elements; 0: all rows are the same one
  SampleFilter filter;
  const std::uint64_t* seeds = nullptr;  // on the device, one a row: another one for every draw
  std::int32_t* tokens = nullptr;        // one a row
};

// Enqueues. Errors: cudaErrorNotSupported for another type or a vocabulary that the variant does not take,
// and those of a launch.
using SampleCuda = CudaStatus (*)(const SampleArgs& args, CudaStream stream);

[[nodiscard]] std::span<const CudaVariant<SampleCuda>> sampling_cuda_variants();

[[nodiscard]] CudaStatus sample_one_block(const SampleArgs& args, CudaStream stream);
[[nodiscard]] CudaStatus sample_cluster(const SampleArgs& args, CudaStream stream);  // vocab <= 163,840
[[nodiscard]] CudaStatus sample_cluster_dependent(const SampleArgs& args, CudaStream stream);

}  // namespace assay::kernels
