// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "kernels/dependent_launch.cuh"
#include "kernels/embedding/embedding_cuda.h"
#include "kernels/row_ops/row_device.cuh"

namespace assay::kernels {
namespace {

using namespace rows;

constexpr unsigned kThreads = 256;

// One block for each token, one element for each step.
template <class Bits>
__global__ void __launch_bounds__(kThreads) block_row(EmbeddingRows job) {
  const std::int64_t id = job.ids[blockIdx.x];
  const bool is_known = id >= 0 && id < job.vocab;
  const Bits* from = static_cast<const Bits*>(job.table) + (is_known ? id : 0) * job.width;
  Bits* to = static_cast<Bits*>(job.y) + blockIdx.x * job.width;
  const int width = static_cast<int>(job.width);
  for (int i = static_cast<int>(threadIdx.x); i < width; i += static_cast<int>(blockDim.x))
    to[i] = is_known ? from[i] : Bits{0};
}

// blockDim.x threads for each token, blockDim.y tokens in a block, kSlots 16-byte loads of each thread in
// flight. All rows begin at multiples of 16 bytes.
template <int kSlots, Keep kKeep>
__global__ void __launch_bounds__(kThreads) slots_of_row(EmbeddingRows job, int slots_of_row) {
  const std::int64_t token = static_cast<std::int64_t>(blockIdx.x) * blockDim.y + threadIdx.y;
  let_next_grid_begin();
  if (token >= job.tokens) return;
  wait_for_grids_before();
  const std::int64_t id = job.ids[token];
  const bool is_known = id >= 0 && id < job.vocab;
  const uint4* from = static_cast<const uint4*>(job.table) + (is_known ? id : 0) * slots_of_row;
  uint4* to = static_cast<uint4*>(job.y) + token * slots_of_row;
  const int step = static_cast<int>(blockDim.x);
  for (int base = static_cast<int>(threadIdx.x); base < slots_of_row; base += kSlots * step) {
    uint4 bits[kSlots];
#pragma unroll
    for (int s = 0; s < kSlots; ++s) {
      bits[s] = make_uint4(0, 0, 0, 0);
      if (is_known && base + s * step < slots_of_row)
        bits[s] = load_16<Keep::kCached>(from + base + s * step);
    }
#pragma unroll
    for (int s = 0; s < kSlots; ++s) {
      if (base + s * step < slots_of_row) store_16<kKeep>(to + base + s * step, bits[s]);
    }
  }
}

CudaStatus refusal(const EmbeddingRows& job) {
  if (job.type != DType::kF32 && job.type != DType::kF16 && job.type != DType::kBF16)
    return cudaErrorNotSupported;
  return is_in_range(job.tokens, job.width) && job.vocab >= 0 ? cudaSuccess : cudaErrorInvalidValue;
}

CudaStatus embedding_block_row(const EmbeddingRows& job, CudaStream stream) {
  if (const CudaStatus status = refusal(job); status != cudaSuccess) return status;
  if (job.tokens == 0 || job.width == 0) return cudaSuccess;
  const auto blocks = static_cast<unsigned>(job.tokens);
  if (job.type == DType::kF32)
    block_row<std::uint32_t><<<blocks, kThreads, 0, stream>>>(job);
  else
    block_row<std::uint16_t><<<blocks, kThreads, 0, stream>>>(job);
  return cudaGetLastError();
}

template <Keep kKeep, bool kDependent = false>
CudaStatus embedding_slots_of_row(const EmbeddingRows& job, CudaStream stream) {
  if (const CudaStatus status = refusal(job); status != cudaSuccess) return status;
  if (job.tokens == 0 || job.width == 0) return cudaSuccess;
  const std::int64_t row_bytes = job.width * (job.type == DType::kF32 ? 4 : 2);
  if (row_bytes % 16 != 0 || !is_16_aligned(job.table) || !is_16_aligned(job.y))
    return embedding_block_row(job, stream);
  constexpr int kSlots = 4;
  const std::int64_t slots = row_bytes / 16;
  // Few tokens: a slot for each thread; else as many slots for each as are kept in flight.
  const std::int64_t each = job.tokens <= 132 ? 1 : kSlots;
  const auto threads = static_cast<unsigned>(
      std::clamp<std::int64_t>((slots + 32 * each - 1) / (32 * each) * 32, 32, kThreads));
  const dim3 block(threads, kThreads / threads);
  const auto blocks = static_cast<unsigned>((job.tokens + block.y - 1) / block.y);
  return launch(kDependent, slots_of_row<kSlots, kKeep>, blocks, block, 0, stream, job,
                static_cast<int>(slots));
}

constexpr std::array<CudaVariant<EmbeddingCuda>, 4> kVariants{{
    {.name = "embedding/cuda.block_row", .run = embedding_block_row, .accumulation = ""},
    {.name = "embedding/cuda.slots_of_row", .run = embedding_slots_of_row<Keep::kCached>, .accumulation = ""},
    {.name = "embedding/cuda.slots_of_row_streamed",
     .run = embedding_slots_of_row<Keep::kStreamed>,
     .accumulation = ""},
    {.name = "embedding/cuda.slots_of_row_dependent",
     .code = CudaCode::kSm90a,
     .run = embedding_slots_of_row<Keep::kStreamed, true>,
     .accumulation = ""},
}};

}  // namespace

std::span<const CudaVariant<EmbeddingCuda>> embedding_cuda_variants() { return kVariants; }

}  // namespace assay::kernels
