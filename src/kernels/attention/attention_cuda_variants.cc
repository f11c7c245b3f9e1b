// SPDX-License-Identifier: Apache-2.0
// The variants of a build with CUDA.
#include "kernels/attention/attention_cuda_variants.h"

namespace assay::kernels {
namespace {

// Of a launcher that prepares nothing.
template <CudaStatus (*kLaunch)(const PrefillArgs&, CudaStream)>
CudaStatus make(const PrefillArgs& args, PrefillWork& work) {
  work = [args](CudaStream stream) { return kLaunch(args, stream); };
  return CudaStatus{};
}

bool has_heads_of_64(const Point& p) { return p["head_dim"] == 64; }

}  // namespace

std::span<const CudaVariant<Prefill>> attention_prefill_cuda_variants() {
  static constexpr CudaVariant<Prefill> kVariants[] = {
      {.name = "attention_prefill/cuda.rows", .run = make<attention::launch_prefill_rows>},
      {.name = "attention_prefill/cuda.mma_sync", .run = make<attention::launch_prefill_mma_sync>},
      {.name = "attention_prefill/cuda.wgmma",
       .code = CudaCode::kSm90a,
       .run = attention::make_prefill_wgmma,
       .alignment_bytes = 16},  // of a TMA address
      {.name = "attention_prefill/cuda.wgmma_64_rows",
       .code = CudaCode::kSm90a,
       .run = attention::make_prefill_wgmma_64_rows,
       .takes = has_heads_of_64,
       .alignment_bytes = 16},
  };
  return kVariants;
}

std::span<const CudaVariant<Decode>> attention_decode_cuda_variants() {
  static constexpr CudaVariant<Decode> kVariants[] = {
      {.name = "attention_decode/cuda.rows", .run = attention::launch_decode_rows},
      {.name = "attention_decode/cuda.split_two_kernels", .run = attention::launch_decode_two_kernels},
      {.name = "attention_decode/cuda.split_last_block", .run = attention::launch_decode_last_block},
  };
  return kVariants;
}

}  // namespace assay::kernels
