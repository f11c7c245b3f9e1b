// SPDX-License-Identifier: Apache-2.0
// Prefill on the tensor cores of compute capability 8.0 and later: blocks of query rows against tiles of keys
// and values with a running softmax (FlashAttention 2, Dao 2023, arXiv 2307.08691). A warp has 16 rows, or 32
// so that what it reads from shared memory is used twice. Tiles come by cp.async, one ahead; 16-byte chunks
// of a row lie at their number xor the row's, so that ldmatrix has no bank conflicts. Scores never leave
// registers: the accumulators of Q K^T have the layout that the left operand of P V needs.
#include "kernels/attention/half_pairs.cuh"

namespace assay::kernels::attention {
namespace {

constexpr int kWarps = 4;
constexpr int kThreads = 32 * kWarps;
constexpr unsigned kAll = 0xFFFFFFFFu;

__device__ unsigned shared_address(const void* p) {
  return static_cast<unsigned>(__cvta_generic_to_shared(p));
}

// 16 bytes to shared memory without a register; zeros if !inside (then nothing is read).
__device__ void copy_async(unsigned to, const void* from, bool inside) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(from), "r"(inside ? 16 : 0)
               : "memory");
}
__device__ void commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int kPending>
__device__ void wait_for_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kPending) : "memory");
}

struct Fragment {
  unsigned r[4];
};
__device__ Fragment load_matrices(unsigned at) {
  Fragment f;
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(f.r[0]), "=r"(f.r[1]), "=r"(f.r[2]), "=r"(f.r[3])
               : "r"(at)
               : "memory");
  return f;
}
__device__ Fragment load_transposed(unsigned at) {
  Fragment f;
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(f.r[0]), "=r"(f.r[1]), "=r"(f.r[2]), "=r"(f.r[3])
               : "r"(at)
               : "memory");
  return f;
}

// c (16 x 8) += a (16 x 16) b (16 x 8). Lane l has rows l / 4 and l / 4 + 8, columns 2 (l % 4) and the next.
template <typename T>
__device__ void multiply_add(float (&c)[4], const Fragment& a, unsigned b0, unsigned b1);
template <>
__device__ void multiply_add<__nv_bfloat16>(float (&c)[4], const Fragment& a, unsigned b0, unsigned b1) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a.r[0]), "r"(a.r[1]), "r"(a.r[2]), "r"(a.r[3]), "r"(b0), "r"(b1));
}
template <>
__device__ void multiply_add<__half>(float (&c)[4], const Fragment& a, unsigned b0, unsigned b1) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a.r[0]), "r"(a.r[1]), "r"(a.r[2]), "r"(a.r[3]), "r"(b0), "r"(b1));
}

// The place of a row's 16-byte chunk in a tile.
template <int kHeadDim>
__device__ int chunk_offset(int row, int chunk) {
  return row * (2 * kHeadDim) + ((chunk ^ (row & 7)) << 4);
}

// Rows [first, first + kRows) of a matrix to shared memory; rows from `count` on are zeros.
template <typename T, int kHeadDim, int kRows>
__device__ void load_tile(unsigned char* tile, const T* from, std::int64_t stride, std::int64_t first,
                          std::int64_t count, bool vectors) {
  constexpr int kChunks = kHeadDim / 8;
#pragma unroll
  for (int i = 0; i < kRows * kChunks / kThreads; ++i) {
    const int n = i * kThreads + static_cast<int>(threadIdx.x);
    const int row = n / kChunks, chunk = n % kChunks;
    const bool inside = first + row < count;
    const T* at = from + (inside ? first + row : 0) * stride + 8 * chunk;
    unsigned char* to = tile + chunk_offset<kHeadDim>(row, chunk);
    if (vectors) {
      copy_async(shared_address(to), at, inside);
    } else {
      const auto* bits = reinterpret_cast<const unsigned short*>(at);
      unsigned words[4];
#pragma unroll
      for (int w = 0; w < 4; ++w)
        words[w] =
            inside ? static_cast<unsigned>(bits[2 * w]) | static_cast<unsigned>(bits[2 * w + 1]) << 16 : 0;
      *reinterpret_cast<uint4*>(to) = make_uint4(words[0], words[1], words[2], words[3]);
    }
  }
}

template <int kHeadDim, int kTiles, int kKeys>
constexpr int shared_bytes() {
  return (kWarps * 16 * kTiles + 4 * kKeys) * 2 * kHeadDim;
}

// kTiles: 16-row tiles of a warp; kKeys: keys of a tile. Grid: heads, blocks of rows from the last (which see
// the most keys) to the first.
template <typename T, int kHeadDim, int kTiles, int kKeys, int kBlocks>
__global__ void __launch_bounds__(kThreads, kBlocks) mma_kernel(const PrefillArgs args, bool vectors) {
  constexpr int kRows = kWarps * 16 * kTiles, kTileBytes = kKeys * 2 * kHeadDim;
  extern __shared__ __align__(128) unsigned char shared[];
  unsigned char* const q_tile = shared;
  unsigned char* const k_tiles = shared + kRows * 2 * kHeadDim;
  unsigned char* const v_tiles = k_tiles + 2 * kTileBytes;

  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const std::int64_t head = blockIdx.x, kv_head = head / (args.heads / args.kv_heads);
  const std::int64_t first_row = static_cast<std::int64_t>(gridDim.y - 1 - blockIdx.y) * kRows;
  const std::int64_t offset = args.keys - args.rows;
  const T* q = static_cast<const T*>(args.q) + head * args.q_head_stride;
  const T* k = static_cast<const T*>(args.k) + kv_head * args.kv_head_stride;
  const T* v = static_cast<const T*>(args.v) + kv_head * args.kv_head_stride;
  const std::int64_t last_row = min(first_row + kRows, args.rows) - 1;
  const int tiles = static_cast<int>((last_row + offset) / kKeys) + 1;

  const auto load_keys_and_values = [&](int tile) {
    const std::int64_t first = static_cast<std::int64_t>(tile) * kKeys;
    load_tile<T, kHeadDim, kKeys>(k_tiles + tile % 2 * kTileBytes, k, args.kv_row_stride, first, args.keys,
                                  vectors);
    load_tile<T, kHeadDim, kKeys>(v_tiles + tile % 2 * kTileBytes, v, args.kv_row_stride, first, args.keys,
                                  vectors);
  };
  load_tile<T, kHeadDim, kRows>(q_tile, q, args.q_row_stride, first_row, args.rows, vectors);
  load_keys_and_values(0);
  commit();

  // Each lane: two rows of every 16-row tile, r = 0 and 1.
  float out[kTiles][kHeadDim / 8][4] = {};
  float maximum[kTiles][2], sum[kTiles][2] = {};
#pragma unroll
  for (int t = 0; t < kTiles; ++t) maximum[t][0] = maximum[t][1] = -INFINITY;
  const float scale = rsqrtf(static_cast<float>(kHeadDim)) * kLog2E;
  const std::int64_t warp_row = first_row + warp * 16 * kTiles;

  for (int tile = 0; tile < tiles; ++tile) {
    if (tile + 1 < tiles) load_keys_and_values(tile + 1);
    commit();
    wait_for_copies<1>();
    __syncthreads();
    const unsigned k_tile = shared_address(k_tiles + tile % 2 * kTileBytes);
    const unsigned v_tile = shared_address(v_tiles + tile % 2 * kTileBytes);

    // Scores: Q K^T. A fragment of K serves all tiles of rows.
    float scores[kTiles][kKeys / 8][4] = {};
#pragma unroll
    for (int d = 0; d < kHeadDim / 16; ++d) {
      Fragment a[kTiles];
#pragma unroll
      for (int t = 0; t < kTiles; ++t)
        a[t] = load_matrices(shared_address(q_tile) +
                             chunk_offset<kHeadDim>((warp * kTiles + t) * 16 + lane % 16, 2 * d + lane / 16));
#pragma unroll
      for (int n = 0; n < kKeys / 16; ++n) {
        const Fragment b = load_matrices(
            k_tile + chunk_offset<kHeadDim>(16 * n + lane / 16 * 8 + lane % 8, 2 * d + lane / 8 % 2));
#pragma unroll
        for (int t = 0; t < kTiles; ++t) {
          multiply_add<T>(scores[t][2 * n], a[t], b.r[0], b.r[1]);
          multiply_add<T>(scores[t][2 * n + 1], a[t], b.r[2], b.r[3]);
        }
      }
    }

    // Keys after a row's own position do not count. Tile 0 has a key for every row, so no maximum stays -inf.
    if (static_cast<std::int64_t>(tile) * kKeys + kKeys - 1 > warp_row + offset) {
#pragma unroll
      for (int t = 0; t < kTiles; ++t)
#pragma unroll
        for (int n = 0; n < kKeys / 8; ++n)
#pragma unroll
          for (int i = 0; i < 4; ++i) {
            const std::int64_t row = warp_row + 16 * t + lane / 4 + i / 2 * 8;
            const std::int64_t key = static_cast<std::int64_t>(tile) * kKeys + 8 * n + lane % 4 * 2 + i % 2;
            if (key > row + offset) scores[t][n][i] = -INFINITY;
          }
    }

    // Softmax: the maximum of a row over its four lanes; sums stay with the lanes until the end.
#pragma unroll
    for (int t = 0; t < kTiles; ++t)
#pragma unroll
      for (int r = 0; r < 2; ++r) {
        float most = maximum[t][r];
#pragma unroll
        for (int n = 0; n < kKeys / 8; ++n)
          most = fmaxf(most, fmaxf(scores[t][n][2 * r], scores[t][n][2 * r + 1]));
        most = fmaxf(most, __shfl_xor_sync(kAll, most, 1));
        most = fmaxf(most, __shfl_xor_sync(kAll, most, 2));
        const float shrink = exp2_of((maximum[t][r] - most) * scale);
        maximum[t][r] = most;
        const float shift = most * scale;
        sum[t][r] *= shrink;
#pragma unroll
        for (int n = 0; n < kKeys / 8; ++n)
#pragma unroll
          for (int i = 0; i < 2; ++i) {
            float& score = scores[t][n][2 * r + i];
            score = exp2_of(fmaf(score, scale, -shift));
            sum[t][r] += score;
          }
#pragma unroll
        for (int d = 0; d < kHeadDim / 8; ++d)
#pragma unroll
          for (int i = 0; i < 2; ++i) out[t][d][2 * r + i] *= shrink;
      }

      // Output: P V, P rounded to T.
#pragma unroll
    for (int n = 0; n < kKeys / 16; ++n) {
      Fragment a[kTiles];
#pragma unroll
      for (int t = 0; t < kTiles; ++t) {
        a[t].r[0] = pair_of<T>(scores[t][2 * n][0], scores[t][2 * n][1]);
        a[t].r[1] = pair_of<T>(scores[t][2 * n][2], scores[t][2 * n][3]);
        a[t].r[2] = pair_of<T>(scores[t][2 * n + 1][0], scores[t][2 * n + 1][1]);
        a[t].r[3] = pair_of<T>(scores[t][2 * n + 1][2], scores[t][2 * n + 1][3]);
      }
#pragma unroll
      for (int d = 0; d < kHeadDim / 16; ++d) {
        const Fragment b =
            load_transposed(v_tile + chunk_offset<kHeadDim>(16 * n + lane % 16, 2 * d + lane / 16));
#pragma unroll
        for (int t = 0; t < kTiles; ++t) {
          multiply_add<T>(out[t][2 * d], a[t], b.r[0], b.r[1]);
          multiply_add<T>(out[t][2 * d + 1], a[t], b.r[2], b.r[3]);
        }
      }
    }
    __syncthreads();  // before the tile after the next overwrites this one
  }

  // Each row divided by its sum.
  T* const to = static_cast<T*>(args.out) + head * args.q_head_stride;
#pragma unroll
  for (int t = 0; t < kTiles; ++t)
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      float total = sum[t][r];
      total += __shfl_xor_sync(kAll, total, 1);
      total += __shfl_xor_sync(kAll, total, 2);
      const float inverse = 1 / total;
      const std::int64_t row = warp_row + 16 * t + 8 * r + lane / 4;
      if (row >= args.rows) continue;
      T* const at = to + row * args.q_row_stride + lane % 4 * 2;
#pragma unroll
      for (int d = 0; d < kHeadDim / 8; ++d) {
        const float low = out[t][d][2 * r] * inverse, high = out[t][d][2 * r + 1] * inverse;
        if (vectors) {
          *reinterpret_cast<unsigned*>(at + 8 * d) = pair_of<T>(low, high);
        } else {
          store(at + 8 * d, low);
          store(at + 8 * d + 1, high);
        }
      }
    }
}

template <typename T, int kHeadDim, int kTiles, int kKeys, int kBlocks>
CudaStatus launch_tiles(const PrefillArgs& args, CudaStream stream) {
  constexpr int kBytes = shared_bytes<kHeadDim, kTiles, kKeys>(), kRows = kWarps * 16 * kTiles;
  const auto kernel = mma_kernel<T, kHeadDim, kTiles, kKeys, kBlocks>;
  static const cudaError_t kAllowed =
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, kBytes);
  if (kAllowed != cudaSuccess) return kAllowed;
  const std::int64_t blocks = (args.rows + kRows - 1) / kRows;
  if (blocks > 65535) return cudaErrorInvalidValue;
  const bool vectors = is_aligned(args.q) && is_aligned(args.k) && is_aligned(args.v) &&
                       is_aligned(args.out) && args.q_head_stride % 8 == 0 && args.q_row_stride % 8 == 0 &&
                       args.kv_head_stride % 8 == 0 && args.kv_row_stride % 8 == 0;
  kernel<<<dim3(static_cast<unsigned>(args.heads), static_cast<unsigned>(blocks)), kThreads, kBytes,
           stream>>>(args, vectors);
  return cudaGetLastError();
}

}  // namespace

CudaStatus launch_prefill_mma_sync(const PrefillArgs& args, CudaStream stream) {
  if (!fit_together(args.heads, args.kv_heads) || args.rows < 0 || args.rows > args.keys ||
      args.heads > 0x7FFFFFFF || args.keys > 0x3FFFFFFF)
    return cudaErrorInvalidValue;
  return with_type(args.type, args.head_dim, [&](auto element, auto head_dim) -> CudaStatus {
    using T = decltype(element);
    if (args.heads == 0 || args.rows == 0) return cudaSuccess;
    if constexpr (decltype(head_dim)::value == 64) {
      return launch_tiles<T, 64, 1, 64, 3>(args, stream);
    } else {
      return launch_tiles<T, 128, 1, 64, 2>(args, stream);
    }
  });
}

}  // namespace assay::kernels::attention
