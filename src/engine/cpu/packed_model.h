// SPDX-License-Identifier: Apache-2.0
#pragma once
// The weights of a model in the order that the kernels of one instruction set read them, and those kernels.
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "device/thread_pool.h"
#include "kernels/attention/attention.h"
#include "kernels/half/to_half.h"
#include "kernels/matmul/matmul.h"
#include "kernels/rmsnorm/rmsnorm.h"
#include "kernels/rope/rope.h"
#include "kernels/swiglu/swiglu.h"
#include "model/weights.h"

namespace assay::engine {

using PackedMatrixPtr = std::unique_ptr<kernels::PackedMatrix>;

struct PackedLayer {
  const float* attn_norm = nullptr;
  const float* ffn_norm = nullptr;
  PackedMatrixPtr q, k, v, attn_output, gate, up, down;
};

// Points into the Model that it was made from.
struct PackedModel {
  values::TensorView token_embd;
  const float* output_norm = nullptr;
  PackedMatrixPtr output;
  std::vector<PackedLayer> layers;

  // Errors: those of kernels::pack_matrix, with the tensor's name in front.
  [[nodiscard]] static Result<PackedModel> pack(const model::Model& model, device::Isa isa,
                                                device::ThreadPool& pool);
  // Adds the names of the variants that multiply: of the layers, and of the head if `with_head`.
  void add_variants(bool with_head, std::set<std::string>& names) const;
};

struct CpuKernels {
  kernels::Variant<kernels::RmsNorm> rmsnorm;
  kernels::Variant<kernels::Rope> rope;
  kernels::Variant<kernels::SwiGlu> swiglu;
  kernels::Variant<kernels::ToHalf> to_half;
  kernels::Variant<kernels::AttentionDecode> attention_decode;
  kernels::Variant<kernels::AttentionMerge> attention_merge;
  kernels::Variant<kernels::AttentionPrefill> attention_prefill;

  [[nodiscard]] static CpuKernels choose(device::Isa isa, std::int64_t head_dim);
};

}  // namespace assay::engine
