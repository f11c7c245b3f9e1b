// SPDX-License-Identifier: Apache-2.0
// Prefill with Hopper's warpgroup products (after FlashAttention 3, Shah et al. 2024, arXiv 2407.08608). A
// block has 128 query rows: one warpgroup brings tiles of 128 keys and values by TMA into a ring of two
// stages, two warpgroups of 64 rows each consume them. Q K^T reads both operands from shared memory; P stays
// in registers, where it has the layout of the left operand of P V. Each warpgroup enqueues the scores of the
// next tile before P V of the last one and computes the softmax while P V runs; the two warpgroups fill each
// other's gaps.
#include <cuda.h>
#include <cuda_runtime.h>

#include "kernels/attention/half_pairs.cuh"
#include "kernels/attention/wgmma_registers_sm90.cuh"

namespace assay::kernels::attention {
namespace {

using hgemm::arrive;
using hgemm::arrive_expecting;
using hgemm::descriptor;
using hgemm::wait_barrier;

constexpr int kKeys = 128;
constexpr int kStages = 2;
constexpr int kBox = 64;  // elements of a box's row: 128 bytes
constexpr unsigned kAll = 0xFFFFFFFFu;

struct WgmmaArgs {
  CUtensorMap q, k, v;
  void* out;
  std::int64_t q_head_stride, q_row_stride;
  int heads_per_kv_head;
  int rows, keys;
};

// A block's consumers (warpgroups of 64 rows), and what lies in shared memory, from a multiple of 1,024 bytes
// on. Every operand is head_dim / 64 boxes.
template <int kTheHeadDim, int kTheConsumers>
struct Tiles {
  static constexpr int kHeadDim = kTheHeadDim, kConsumers = kTheConsumers;
  static constexpr int kThreads = 128 * (1 + kConsumers);
  static constexpr int kRows = 64 * kConsumers;
  static constexpr int kBoxes = kHeadDim / kBox;
  static constexpr int kQueryBoxBytes = kRows * kBox * 2;
  static constexpr int kKeyBoxBytes = kKeys * kBox * 2;
  static constexpr int kQueryBytes = kBoxes * kQueryBoxBytes;
  static constexpr int kTileBytes = kBoxes * kKeyBoxBytes;
  static constexpr int kBytes = 1024 + kQueryBytes + 2 * kStages * kTileBytes;
};

struct Barriers {
  std::uint64_t query;
  std::uint64_t keys_full[kStages], values_full[kStages];
  std::uint64_t keys_free[kStages], values_free[kStages];
};

// The producer: one thread asks TMA for Q, then for a tile of K and one of V after the other.
template <typename Layout>
__device__ void produce(const WgmmaArgs& args, unsigned char* shared, Barriers& barriers, int head,
                        int first_row, int tiles) {
  const int kv_head = head / args.heads_per_kv_head;
  unsigned char* const keys = shared + Layout::kQueryBytes;
  unsigned char* const values = keys + kStages * Layout::kTileBytes;
  const auto load = [&](const CUtensorMap* map, unsigned char* to, std::uint64_t* full, std::uint64_t* free,
                        int tile) {
    const int stage = tile % kStages;
    wait_barrier(free + stage, (tile / kStages + 1) % 2);
    arrive_expecting(full + stage, Layout::kTileBytes);
#pragma unroll
    for (int box = 0; box < Layout::kBoxes; ++box)
      load_box(to + stage * Layout::kTileBytes + box * Layout::kKeyBoxBytes, map, full + stage, box * kBox,
               tile * kKeys, kv_head);
  };
  arrive_expecting(&barriers.query, Layout::kQueryBytes);
#pragma unroll
  for (int box = 0; box < Layout::kBoxes; ++box)
    load_box(shared + box * Layout::kQueryBoxBytes, &args.q, &barriers.query, box * kBox, first_row, head);
  for (int tile = 0; tile < tiles; ++tile) {
    load(&args.k, keys, barriers.keys_full, barriers.keys_free, tile);
    load(&args.v, values, barriers.values_full, barriers.values_free, tile);
  }
}

// Enqueues scores = Q K^T for a warpgroup's 64 rows.
template <typename T, typename Layout>
__device__ void multiply_keys(float (&scores)[kKeys / 2], const unsigned char* queries,
                              const unsigned char* keys) {
#pragma unroll
  for (int box = 0; box < Layout::kBoxes; ++box) {
    const std::uint64_t a = descriptor(queries + box * Layout::kQueryBoxBytes, 0);
    const std::uint64_t b = descriptor(keys + box * Layout::kKeyBoxBytes, 0);
#pragma unroll
    for (int step = 0; step < kBox / 16; ++step)
      hgemm::wgmma<T, true, true>(scores, a + hgemm::kDescriptorStep<true> * step,
                                  b + hgemm::kDescriptorStep<true> * step, box + step > 0);
  }
}

// Enqueues out += P V.
template <typename T, typename Layout>
__device__ void multiply_values(float (&out)[Layout::kHeadDim / 2], const unsigned (&weights)[kKeys / 16][4],
                                const unsigned char* values) {
  const std::uint64_t b = descriptor(values, Layout::kKeyBoxBytes);
#pragma unroll
  for (int step = 0; step < kKeys / 16; ++step)
    multiply_registers<T>(out, weights[step], b + hgemm::kDescriptorStep<false> * step);
}

// Two rows of a thread: their maxima so far, and this lane's part of their sums.
struct Softmax {
  float maximum[2] = {-INFINITY, -INFINITY};
  float sum[2] = {};

  // Scores become weights; shrink is what results of earlier tiles are to be multiplied by.
  __device__ void take(float (&scores)[kKeys / 2], float scale, float (&shrink)[2]) {
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      float most = maximum[r];
#pragma unroll
      for (int n = 0; n < kKeys / 8; ++n)
        most = fmaxf(most, fmaxf(scores[4 * n + 2 * r], scores[4 * n + 2 * r + 1]));
      most = fmaxf(most, __shfl_xor_sync(kAll, most, 1));
      most = fmaxf(most, __shfl_xor_sync(kAll, most, 2));
      shrink[r] = exp2_of((maximum[r] - most) * scale);
      maximum[r] = most;
      const float shift = most * scale;
      float added = 0;
#pragma unroll
      for (int n = 0; n < kKeys / 8; ++n)
#pragma unroll
        for (int i = 0; i < 2; ++i) {
          float& score = scores[4 * n + 2 * r + i];
          score = exp2_of(fmaf(score, scale, -shift));
          added += score;
        }
      sum[r] = fmaf(sum[r], shrink[r], added);
    }
  }
};

// Keys after a row's own position do not count; `ahead` is the first key of the tile less the position of the
// thread's first row, whose columns begin at `column`.
__device__ void mask(float (&scores)[kKeys / 2], int ahead, int column) {
#pragma unroll
  for (int n = 0; n < kKeys / 8; ++n)
#pragma unroll
    for (int i = 0; i < 4; ++i)
      if (ahead + column + 8 * n + i % 2 > i / 2 * 8) scores[4 * n + i] = -INFINITY;
}

template <typename T>
__device__ void to_operand(const float (&scores)[kKeys / 2], unsigned (&weights)[kKeys / 16][4]) {
#pragma unroll
  for (int step = 0; step < kKeys / 16; ++step)
#pragma unroll
    for (int i = 0; i < 4; ++i)
      weights[step][i] = pair_of<T>(scores[8 * step + 2 * i], scores[8 * step + 2 * i + 1]);
}

// A consumer warpgroup: rows [first_row, first_row + 64) from `queries` on.
template <typename T, typename Layout>
__device__ void consume(const WgmmaArgs& args, unsigned char* shared, Barriers& barriers, int head,
                        int first_row, int tiles, int group) {
  constexpr int kHeadDim = Layout::kHeadDim;
  const unsigned char* const queries = shared + group * 64 * kBox * 2;
  const unsigned char* const keys = shared + Layout::kQueryBytes;
  const unsigned char* const values = keys + kStages * Layout::kTileBytes;
  const int thread = static_cast<int>(threadIdx.x) % 128, lane = thread % 32;
  const int row = first_row + group * 64 + thread / 32 * 16 + lane / 4;  // and row + 8
  const int position = args.keys - args.rows + row, column = lane % 4 * 2;
  const int group_position = args.keys - args.rows + first_row + group * 64;
  const float scale = rsqrtf(static_cast<float>(kHeadDim)) * kLog2E;

  float out[kHeadDim / 2] = {}, scores[kKeys / 2], shrink[2];
  unsigned weights[kKeys / 16][4];
  Softmax softmax;
  const auto release = [&](std::uint64_t* free) {
    __syncwarp();
    if (lane == 0) arrive(free);
  };
  const auto mask_tile = [&](int tile) {
    if (tile * kKeys + kKeys - 1 > group_position) mask(scores, tile * kKeys - position, column);
  };

  // The first tile has nothing to overlap with.
  wait_barrier(&barriers.query, 0);
  wait_barrier(barriers.keys_full, 0);
  hgemm::wgmma_fence();
  multiply_keys<T, Layout>(scores, queries, keys);
  hgemm::wgmma_commit();
  hgemm::wgmma_wait<0>();
  hgemm::pin(scores);
  release(barriers.keys_free);
  mask_tile(0);
  softmax.take(scores, scale, shrink);
  to_operand<T>(scores, weights);
  wait_barrier(barriers.values_full, 0);

  for (int tile = 1; tile < tiles; ++tile) {
    const int stage = tile % kStages, parity = tile / kStages % 2;
    const int last_stage = (tile - 1) % kStages;
    wait_barrier(barriers.keys_full + stage, parity);
    hgemm::pin(scores);
    hgemm::pin(out);
#pragma unroll
    for (int step = 0; step < kKeys / 16; ++step) pin(weights[step]);
    hgemm::wgmma_fence();
    multiply_keys<T, Layout>(scores, queries, keys + stage * Layout::kTileBytes);
    hgemm::wgmma_commit();
    multiply_values<T, Layout>(out, weights, values + last_stage * Layout::kTileBytes);
    hgemm::wgmma_commit();
    hgemm::wgmma_wait<1>();
    hgemm::pin(scores);
    release(barriers.keys_free + stage);
    mask_tile(tile);
    softmax.take(scores, scale, shrink);
    hgemm::pin(scores);
    // For the next P V; here, as its branch also keeps the compiler from moving the softmax behind the wait.
    wait_barrier(barriers.values_full + stage, parity);
    hgemm::wgmma_wait<0>();
    hgemm::pin(out);
    hgemm::pin(scores);  // P of this tile may not take the registers of the last one's before
    release(barriers.values_free + last_stage);
    // What P V of the tile before has added belongs to the old maximum too.
#pragma unroll
    for (int i = 0; i < kHeadDim / 2; ++i) out[i] *= shrink[i / 2 % 2];
    to_operand<T>(scores, weights);
  }

  const int last_stage = (tiles - 1) % kStages;
  hgemm::pin(out);
#pragma unroll
  for (int step = 0; step < kKeys / 16; ++step) pin(weights[step]);
  hgemm::wgmma_fence();
  multiply_values<T, Layout>(out, weights, values + last_stage * Layout::kTileBytes);
  hgemm::wgmma_commit();
  hgemm::wgmma_wait<0>();
  hgemm::pin(out);

  // Each row divided by its sum.
  T* const to = static_cast<T*>(args.out) + head * args.q_head_stride + column;
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    float total = softmax.sum[r];
    total += __shfl_xor_sync(kAll, total, 1);
    total += __shfl_xor_sync(kAll, total, 2);
    const float inverse = 1 / total;
    if (row + 8 * r >= args.rows) continue;
    T* const at = to + (row + 8 * r) * args.q_row_stride;
#pragma unroll
    for (int n = 0; n < kHeadDim / 8; ++n)
      *reinterpret_cast<unsigned*>(at + 8 * n) =
          pair_of<T>(out[4 * n + 2 * r] * inverse, out[4 * n + 2 * r + 1] * inverse);
  }
}

// Grid: heads, blocks of rows from the last (which see the most keys) to the first.
template <typename T, typename Layout>
__global__ void __launch_bounds__(Layout::kThreads, Layout::kConsumers == 1 ? 2 : 1)
    wgmma_kernel(const __grid_constant__ WgmmaArgs args) {
  constexpr int kRows = Layout::kRows, kConsumers = Layout::kConsumers;
  extern __shared__ unsigned char unaligned[];
  __shared__ Barriers barriers;
  unsigned char* const shared = unaligned + (1024 - hgemm::shared_of(unaligned) % 1024) % 1024;
  const int head = static_cast<int>(blockIdx.x);
  const int first_row = static_cast<int>(gridDim.y - 1 - blockIdx.y) * kRows;
  const int last_row = min(first_row + kRows, args.rows) - 1;
  const int tiles = (last_row + args.keys - args.rows) / kKeys + 1;

  if (threadIdx.x == 0) {
    hgemm::init_barrier(&barriers.query, 1);
    for (int stage = 0; stage < kStages; ++stage) {
      hgemm::init_barrier(barriers.keys_full + stage, 1);
      hgemm::init_barrier(barriers.values_full + stage, 1);
      hgemm::init_barrier(barriers.keys_free + stage, 4 * kConsumers);
      hgemm::init_barrier(barriers.values_free + stage, 4 * kConsumers);
    }
    hgemm::publish_barriers();
  }
  __syncthreads();

  if (threadIdx.x < 128) {
    hgemm::give_registers<24>();
    if (threadIdx.x == 0) produce<Layout>(args, shared, barriers, head, first_row, tiles);
  } else {
    hgemm::take_registers<kConsumers == 1 ? 232 : 240>();  // 128 or 168 a thread, the producer's 24 less
    consume<T, Layout>(args, shared, barriers, head, first_row, tiles,
                       static_cast<int>(threadIdx.x) / 128 - 1);
  }
}

using Encode = decltype(&cuTensorMapEncodeTiled);

Encode find_encode() {
  void* found = nullptr;
  cudaDriverEntryPointQueryResult answer{};
  const cudaError_t status =
      cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &found, 12000, cudaEnableDefault, &answer);
  if (status != cudaSuccess || answer != cudaDriverEntryPointSuccess) {
    static_cast<void>(cudaGetLastError());
    return nullptr;
  }
  return reinterpret_cast<Encode>(found);
}

// Boxes of `box_rows` rows and 64 columns of an array (heads, rows, head_dim), swizzled by 128 bytes. Rows
// beyond the last of a head come as zeros.
CudaStatus encode_map(CUtensorMap& map, const void* data, std::int64_t head_dim, std::int64_t rows,
                      std::int64_t heads, std::int64_t row_stride, std::int64_t head_stride, int box_rows) {
  static const Encode kEncode = find_encode();
  if (kEncode == nullptr) return cudaErrorNotSupported;
  const cuuint64_t sizes[3] = {static_cast<cuuint64_t>(head_dim), static_cast<cuuint64_t>(rows),
                               static_cast<cuuint64_t>(heads)};
  const cuuint64_t strides[2] = {static_cast<cuuint64_t>(row_stride) * 2,
                                 static_cast<cuuint64_t>(head_stride) * 2};
  const cuuint32_t box[3] = {kBox, static_cast<cuuint32_t>(box_rows), 1};
  const cuuint32_t steps[3] = {1, 1, 1};
  const CUresult encoded =
      kEncode(&map, CU_TENSOR_MAP_DATA_TYPE_UINT16, 3, const_cast<void*>(data), sizes, strides, box, steps,
              CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_256B,
              CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  return encoded == CUDA_SUCCESS ? cudaSuccess : cudaErrorInvalidValue;
}

template <typename T, typename Layout>
CudaStatus make_tiles(const PrefillArgs& args, PrefillWork& work) {
  constexpr int kBytes = Layout::kBytes, kHeadDim = Layout::kHeadDim, kRows = Layout::kRows;
  const auto kernel = wgmma_kernel<T, Layout>;
  static const cudaError_t kAllowed =
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, kBytes);
  if (kAllowed != cudaSuccess) return kAllowed;
  WgmmaArgs made{};
  CudaStatus status = encode_map(made.q, args.q, kHeadDim, args.rows, args.heads, args.q_row_stride,
                                 args.q_head_stride, kRows);
  if (status == cudaSuccess)
    status = encode_map(made.k, args.k, kHeadDim, args.keys, args.kv_heads, args.kv_row_stride,
                        args.kv_head_stride, kKeys);
  if (status == cudaSuccess)
    status = encode_map(made.v, args.v, kHeadDim, args.keys, args.kv_heads, args.kv_row_stride,
                        args.kv_head_stride, kKeys);
  if (status != cudaSuccess) return status;
  made.out = args.out;
  made.q_head_stride = args.q_head_stride;
  made.q_row_stride = args.q_row_stride;
  made.heads_per_kv_head = static_cast<int>(args.heads / args.kv_heads);
  made.rows = static_cast<int>(args.rows);
  made.keys = static_cast<int>(args.keys);
  const std::int64_t blocks = (args.rows + kRows - 1) / kRows;
  if (blocks > 65535) return cudaErrorInvalidValue;
  const dim3 grid(static_cast<unsigned>(args.heads), static_cast<unsigned>(blocks));
  work = [made, grid](CudaStream stream) -> CudaStatus {
    wgmma_kernel<T, Layout><<<grid, Layout::kThreads, Layout::kBytes, stream>>>(made);
    return cudaGetLastError();
  };
  return cudaSuccess;
}

// make_tiles_of(T(), head_dim) makes the work where there is any.
template <typename MakeTiles>
CudaStatus make_checked(const PrefillArgs& args, PrefillWork& work, MakeTiles make_tiles_of) {
  if (!fit_together(args.heads, args.kv_heads) || args.rows < 0 || args.rows > args.keys ||
      args.heads > 0x3FFFFFFF || args.keys > 0x3FFFFFFF || !is_aligned(args.out) ||
      args.q_head_stride % 8 != 0 || args.q_row_stride % 8 != 0)
    return cudaErrorInvalidValue;
  return with_type(args.type, args.head_dim, [&](auto element, auto head_dim) -> CudaStatus {
    if (args.heads == 0 || args.rows == 0) {
      work = [](CudaStream) { return cudaSuccess; };
      return cudaSuccess;
    }
    return make_tiles_of(element, head_dim);
  });
}

}  // namespace

CudaStatus make_prefill_wgmma(const PrefillArgs& args, PrefillWork& work) {
  return make_checked(args, work, [&](auto element, auto head_dim) {
    return make_tiles<decltype(element), Tiles<decltype(head_dim)::value, 2>>(args, work);
  });
}

// Two blocks on a multiprocessor: at head size 128 the rings of both would not fit.
CudaStatus make_prefill_wgmma_64_rows(const PrefillArgs& args, PrefillWork& work) {
  return make_checked(args, work, [&](auto element, auto head_dim) -> CudaStatus {
    if constexpr (decltype(head_dim)::value == 64)
      return make_tiles<decltype(element), Tiles<64, 1>>(args, work);
    return cudaErrorNotSupported;
  });
}

}  // namespace assay::kernels::attention
