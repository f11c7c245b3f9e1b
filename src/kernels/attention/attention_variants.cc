// SPDX-License-Identifier: Apache-2.0
#include "kernels/attention/attention_variants.h"

#include <array>

namespace assay::kernels {
namespace {

using device::Isa;

constexpr std::array<Variant<AttentionDecode>, 2> kDecode{{
    {"attention_decode/reference", Isa::kReference, attention_decode_reference},
    {"attention_decode/cpu.avx2", Isa::kAvx2, attention_decode_avx2},
}};
constexpr std::array<Variant<AttentionMerge>, 2> kMerge{{
    {"attention_merge/reference", Isa::kReference, attention_merge_reference},
    {"attention_merge/cpu.avx2", Isa::kAvx2, attention_merge_avx2},
}};
constexpr std::array<Variant<AttentionPrefill>, 2> kPrefill{{
    {"attention_prefill/reference", Isa::kReference, attention_prefill_reference},
    {"attention_prefill/cpu.avx2", Isa::kAvx2, attention_prefill_avx2},
}};

std::size_t applicable(std::int64_t head_dim) { return head_dim % 8 == 0 ? 2 : 1; }

}  // namespace

std::span<const Variant<AttentionDecode>> attention_decode_variants(std::int64_t head_dim) {
  return std::span(kDecode).first(applicable(head_dim));
}
std::span<const Variant<AttentionMerge>> attention_merge_variants(std::int64_t head_dim) {
  return std::span(kMerge).first(applicable(head_dim));
}
std::span<const Variant<AttentionPrefill>> attention_prefill_variants(std::int64_t head_dim) {
  return std::span(kPrefill).first(applicable(head_dim));
}

}  // namespace assay::kernels
