// SPDX-License-Identifier: Apache-2.0
#pragma once
// Causal attention on a CUDA device in f16 or bf16 with query heads that share key and value heads (GQA),
// sums and softmax in f32. Prefill: a block of query positions at the end of the keys. Decode: one query
// position against a cache, the context split over the device. Sources: Dao et al. 2022 (arXiv 2205.14135)
// and Dao 2023 (arXiv 2307.08691) for tiles with a running softmax, Shah et al. 2024 (arXiv 2407.08608) for
// its form on Hopper, Dao et al. 2023 (Flash-Decoding) for the split, Ainslie et al. 2023 (arXiv 2305.13245)
// for GQA. Not supported: head sizes other than 64 and 128, sliding windows, soft caps, sinks, several
// sequences.
#include <cstdint>
#include <functional>
#include <span>

#include "assay/dtype.h"
#include "kernels/cuda_variant.h"

namespace assay::kernels {

// Row r of `rows` stands at position keys - rows + r and sees the keys up to its own position. Element (head,
// row, i) of q and out lies at head * q_head_stride + row * q_row_stride + i, and so for k and v with key and
// value heads and the kv strides; strides count elements. Alignment: any of the elements; where each row
// begins at a multiple of 16 bytes, 16 bytes are read at a time. out may not overlap the inputs.
struct PrefillArgs {
  DType type = DType::kBF16;
  const void* q = nullptr;
  const void* k = nullptr;
  const void* v = nullptr;
  void* out = nullptr;
  std::int64_t heads = 0;  // a multiple of kv_heads
  std::int64_t kv_heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t rows = 0;  // at most `keys`
  std::int64_t keys = 0;
  std::int64_t q_head_stride = 0, q_row_stride = 0;
  std::int64_t kv_head_stride = 0, kv_row_stride = 0;
};

// Enqueues one call and does nothing else; returns what the launch returns.
using PrefillWork = std::function<CudaStatus(CudaStream)>;

// Makes the work for one set of arguments (tensor maps are encoded here, not in each call). Errors:
// cudaErrorNotSupported for other types or head sizes, cudaErrorInvalidValue for numbers that do not fit
// together. No rows or heads: work that does nothing.
using Prefill = CudaStatus (*)(const PrefillArgs& args, PrefillWork& work);

[[nodiscard]] std::span<const CudaVariant<Prefill>> attention_prefill_cuda_variants();

// q and out are (heads, head_dim), keys and values (kv_heads, capacity, head_dim), of which the first
// `length` positions are read; all of `type`. At least one position.
struct DecodeArgs {
  DType type = DType::kBF16;
  const void* q = nullptr;
  const void* k = nullptr;
  const void* v = nullptr;
  void* out = nullptr;
  std::int64_t heads = 0;  // a multiple of kv_heads
  std::int64_t kv_heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t capacity = 0;
  std::int64_t length = 0;
  void* scratch = nullptr;  // decode_scratch_bytes() from a 16-byte boundary, zero before the first call
};

// The context of a group of query heads is cut into at most so many parts.
inline constexpr std::int64_t kMostDecodeSplits = 64;

// Partial results and a counter for each group of heads, which every call leaves at zero. Calls that may run
// at the same time need scratch of their own.
[[nodiscard]] std::int64_t decode_scratch_bytes(std::int64_t heads, std::int64_t head_dim);

// Errors as of Prefill, and what the launch returns.
using Decode = CudaStatus (*)(const DecodeArgs& args, CudaStream stream);

[[nodiscard]] std::span<const CudaVariant<Decode>> attention_decode_cuda_variants();

}  // namespace assay::kernels
