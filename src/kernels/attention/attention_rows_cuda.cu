// SPDX-License-Identifier: Apache-2.0
// The obvious variants: one warp for a query row, its output spread over the lanes, one key after another
// with a running softmax. Any alignment. Decode is the same with one row.
#include "kernels/attention/half_pairs.cuh"

namespace assay::kernels::attention {
namespace {

constexpr int kThreads = 128;

template <typename T, int kHeadDim>
__global__ void __launch_bounds__(kThreads) rows_kernel(const PrefillArgs args) {
  constexpr int kEach = kHeadDim / 32;  // dimensions of a lane: lane, lane + 32, ...
  const std::int64_t row = static_cast<std::int64_t>(blockIdx.y) * (kThreads / 32) + threadIdx.x / 32;
  if (row >= args.rows) return;
  const int lane = threadIdx.x % 32;
  const std::int64_t head = blockIdx.x, kv_head = head / (args.heads / args.kv_heads);
  const T* q = static_cast<const T*>(args.q) + head * args.q_head_stride + row * args.q_row_stride;
  const T* k = static_cast<const T*>(args.k) + kv_head * args.kv_head_stride;
  const T* v = static_cast<const T*>(args.v) + kv_head * args.kv_head_stride;
  const float scale = rsqrtf(static_cast<float>(kHeadDim)) * kLog2E;

  float query[kEach], out[kEach] = {}, maximum = -INFINITY, sum = 0;
#pragma unroll
  for (int i = 0; i < kEach; ++i) query[i] = one_float(q[lane + 32 * i]) * scale;
  const std::int64_t seen = args.keys - args.rows + row + 1;
  for (std::int64_t p = 0; p < seen; ++p) {
    float score = 0;
#pragma unroll
    for (int i = 0; i < kEach; ++i)
      score = fmaf(query[i], one_float(k[p * args.kv_row_stride + lane + 32 * i]), score);
#pragma unroll
    for (int step = 16; step > 0; step /= 2) score += __shfl_xor_sync(0xFFFFFFFFu, score, step);
    const float before = maximum;
    maximum = fmaxf(maximum, score);
    const float shrink = exp2_of(before - maximum), weight = exp2_of(score - maximum);
    sum = fmaf(sum, shrink, weight);
#pragma unroll
    for (int i = 0; i < kEach; ++i)
      out[i] = fmaf(out[i], shrink, weight * one_float(v[p * args.kv_row_stride + lane + 32 * i]));
  }
  T* to = static_cast<T*>(args.out) + head * args.q_head_stride + row * args.q_row_stride;
#pragma unroll
  for (int i = 0; i < kEach; ++i) store(to + lane + 32 * i, out[i] / sum);
}

}  // namespace

CudaStatus launch_prefill_rows(const PrefillArgs& args, CudaStream stream) {
  if (!fit_together(args.heads, args.kv_heads) || args.rows < 0 || args.rows > args.keys)
    return cudaErrorInvalidValue;
  const std::int64_t blocks = (args.rows + kThreads / 32 - 1) / (kThreads / 32);
  if (blocks > 65535 || args.heads > 0x7FFFFFFF) return cudaErrorInvalidValue;
  return with_type(args.type, args.head_dim, [&](auto element, auto head_dim) -> CudaStatus {
    if (args.heads == 0 || args.rows == 0) return cudaSuccess;
    const dim3 grid(static_cast<unsigned>(args.heads), static_cast<unsigned>(blocks));
    rows_kernel<decltype(element), decltype(head_dim)::value><<<grid, kThreads, 0, stream>>>(args);
    return cudaGetLastError();
  });
}

CudaStatus launch_decode_rows(const DecodeArgs& args, CudaStream stream) {
  if (args.length < 1 || args.length > args.capacity) return cudaErrorInvalidValue;
  return launch_prefill_rows({.type = args.type,
                              .q = args.q,
                              .k = args.k,
                              .v = args.v,
                              .out = args.out,
                              .heads = args.heads,
                              .kv_heads = args.kv_heads,
                              .head_dim = args.head_dim,
                              .rows = 1,
                              .keys = args.length,
                              .q_head_stride = args.head_dim,
                              .q_row_stride = args.head_dim,
                              .kv_head_stride = args.capacity * args.head_dim,
                              .kv_row_stride = args.head_dim},
                             stream);
}

}  // namespace assay::kernels::attention
