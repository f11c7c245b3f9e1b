// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/packed_model.h"

#include <fmt/format.h>

namespace assay::engine {
namespace {

const float* floats(const values::TensorView& view) {
  return reinterpret_cast<const float*>(view.bytes.data());
}

}  // namespace

Result<PackedModel> PackedModel::pack(const model::Model& model, device::Isa isa, device::ThreadPool& pool) {
  const model::Weights& weights = model.weights;
  const auto pack_into = [&](PackedMatrixPtr& packed, const values::TensorView& view,
                             const std::string& name) -> Result<void> {
    auto result = kernels::pack_matrix(view, isa, &pool);
    if (!result) return tl::unexpected<Error>(result.error().with_context(name));
    packed = std::move(*result);
    return {};
  };

  PackedModel packed;
  packed.token_embd = weights.token_embd;
  packed.output_norm = floats(weights.output_norm);
  packed.layers.resize(weights.layers.size());
  for (std::size_t i = 0; i < weights.layers.size(); ++i) {
    const model::LayerWeights& from = weights.layers[i];
    PackedLayer& to = packed.layers[i];
    const auto name = [i](const char* role) { return fmt::format("blk.{}.{}", i, role); };
    to.attn_norm = floats(from.attn_norm);
    to.ffn_norm = floats(from.ffn_norm);
    ASSAY_TRY_VOID(pack_into(to.q, from.attn_q, name("attn_q")));
    ASSAY_TRY_VOID(pack_into(to.k, from.attn_k, name("attn_k")));
    ASSAY_TRY_VOID(pack_into(to.v, from.attn_v, name("attn_v")));
    ASSAY_TRY_VOID(pack_into(to.attn_output, from.attn_output, name("attn_output")));
    ASSAY_TRY_VOID(pack_into(to.gate, from.ffn_gate, name("ffn_gate")));
    ASSAY_TRY_VOID(pack_into(to.up, from.ffn_up, name("ffn_up")));
    ASSAY_TRY_VOID(pack_into(to.down, from.ffn_down, name("ffn_down")));
  }
  ASSAY_TRY_VOID(pack_into(packed.output, weights.output, "output"));
  return packed;
}

void PackedModel::add_variants(bool with_head, std::set<std::string>& names) const {
  for (const PackedLayer& layer : layers)
    for (const PackedMatrixPtr* matrix :
         {&layer.q, &layer.k, &layer.v, &layer.attn_output, &layer.gate, &layer.up, &layer.down})
      names.emplace((*matrix)->variant());
  if (with_head) names.emplace(output->variant());
}

CpuKernels CpuKernels::choose(device::Isa isa, std::int64_t head_dim) {
  using kernels::pick;
  return {
      .rmsnorm = pick(kernels::rmsnorm_variants(), isa),
      .rope = pick(kernels::rope_variants(), isa),
      .swiglu = pick(kernels::swiglu_variants(), isa),
      .to_half = pick(kernels::to_half_variants(), isa),
      .attention_decode = pick(kernels::attention_decode_variants(head_dim), isa),
      .attention_merge = pick(kernels::attention_merge_variants(head_dim), isa),
      .attention_prefill = pick(kernels::attention_prefill_variants(head_dim), isa),
  };
}

}  // namespace assay::engine
