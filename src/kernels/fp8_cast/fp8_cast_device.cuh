// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the kernels of the cast share on the device: 16 bytes of x in registers, their greatest magnitude,
// their codes, how a tensor is cut into tiles, and how the blocks of a grid agree on one amax.
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <algorithm>
#include <cfloat>
#include <cstdint>
#include <type_traits>

#include "kernels/fp8_cast/fp8_cast.h"
#include "kernels/fp8_cast/fp8_encode.h"

namespace assay::kernels::fp8_cast {

constexpr int kThreads = 256;
constexpr int kBlocksPerSm = 4;  // 64 registers a thread
constexpr int kLoads = 4;        // of 16 bytes that a thread has in flight: 64 KiB on a multiprocessor
constexpr int kTile = kThreads * kLoads;  // vectors of 16 bytes
constexpr int kMaxBlocks = 1024;
constexpr std::uint32_t kNanBits = 0x7FC00000u;
constexpr std::uint32_t kInfinityBits = 0x7F800000u;

// Zeros before the first call; every call leaves `arrived` at zero.
struct Scratch {
  unsigned arrived;
  unsigned generation;           // of the slots: calls that used them
  unsigned partial[kMaxBlocks];  // the greatest magnitude of each block, as bits
  // A block's generation in the high half, the bits of its greatest magnitude in the low half.
  unsigned long long slots[kMaxBlocks];
};
static_assert(sizeof(Scratch) == kFp8CastScratchBytes);

// ---- 16 bytes of x ----

template <typename T>
constexpr int kPerVector = 16 / static_cast<int>(sizeof(T));

// The running maximum of magnitudes in the type of x: halves two at a time. NaN wins.
template <typename T>
struct Greatest;
template <>
struct Greatest<float> {
  float value = 0;
  __device__ void add(std::uint32_t word) {
    asm("max.NaN.f32 %0, %0, %1;" : "+f"(value) : "f"(fabsf(__uint_as_float(word))));
  }
  __device__ void add_one(float x) { add(__float_as_uint(x)); }
  __device__ std::uint32_t bits() const { return __float_as_uint(value) & 0x7FFFFFFFu; }
};
template <>
struct Greatest<__nv_bfloat16> {
  std::uint32_t pair = 0;
  __device__ void add(std::uint32_t word) {
    asm("max.NaN.bf16x2 %0, %0, %1;" : "+r"(pair) : "r"(word & 0x7FFF7FFFu));
  }
  __device__ void add_one(__nv_bfloat16 x) { add(__bfloat16_as_ushort(x)); }
  __device__ std::uint32_t bits() const { return max(pair << 16, pair & 0xFFFF0000u); }
};
template <>
struct Greatest<__half> {
  std::uint32_t pair = 0;
  __device__ void add(std::uint32_t word) {
    asm("max.NaN.f16x2 %0, %0, %1;" : "+r"(pair) : "r"(word & 0x7FFF7FFFu));
  }
  __device__ void add_one(__half x) { add(__half_as_ushort(x)); }
  __device__ std::uint32_t bits() const {
    const float low = __half2float(__ushort_as_half(static_cast<unsigned short>(pair & 0xFFFFu)));
    const float high = __half2float(__ushort_as_half(static_cast<unsigned short>(pair >> 16)));
    return max(__float_as_uint(low), __float_as_uint(high)) & 0x7FFFFFFFu;
  }
};

template <typename T>
__device__ void add_vector(Greatest<T>& greatest, const uint4& v) {
  greatest.add(v.x);
  greatest.add(v.y);
  greatest.add(v.z);
  greatest.add(v.w);
}

__device__ inline float2 unpack(std::uint32_t word, __nv_bfloat16) {
  return {__uint_as_float(word << 16), __uint_as_float(word & 0xFFFF0000u)};
}
__device__ inline float2 unpack(std::uint32_t word, __half) {
  return {__half2float(__ushort_as_half(static_cast<unsigned short>(word & 0xFFFFu))),
          __half2float(__ushort_as_half(static_cast<unsigned short>(word >> 16)))};
}
__device__ inline float to_float(float x) { return x; }
__device__ inline float to_float(__nv_bfloat16 x) { return __bfloat162float(x); }
__device__ inline float to_float(__half x) { return __half2float(x); }

// ---- codes ----

// Two codes, that of `low` in the low byte. The hardware converts with saturation only; without it, what lies
// beyond the range gets the next code.
template <Fp8Format format, bool saturate>
__device__ std::uint32_t encode_pair(float low, float high) {
  std::uint32_t codes;
#if __CUDA_ARCH__ >= 890
  std::uint16_t packed;
  if constexpr (format == Fp8Format::kE4M3) {
    asm("cvt.rn.satfinite.e4m3x2.f32 %0, %1, %2;" : "=h"(packed) : "f"(high), "f"(low));
  } else {
    asm("cvt.rn.satfinite.e5m2x2.f32 %0, %1, %2;" : "=h"(packed) : "f"(high), "f"(low));
  }
  codes = packed;
#else
  codes = fp8_encode_bits<format>(__float_as_uint(low)) | fp8_encode_bits<format>(__float_as_uint(high)) << 8;
#endif
  if constexpr (!saturate) {
    if (fabsf(low) >= Fp8Bits<format>::kOverflow) codes += 0x1u;
    if (fabsf(high) >= Fp8Bits<format>::kOverflow) codes += 0x100u;
  }
  return codes;
}

// The codes of 16 bytes of x: 4 or 8 of them.
template <typename T>
using Codes = std::conditional_t<sizeof(T) == 4, std::uint32_t, uint2>;

template <Fp8Format format, bool saturate>
__device__ std::uint32_t encode_vector(const uint4& v, float scale, float) {
  const auto product = [&](std::uint32_t word) { return __fmul_rn(__uint_as_float(word), scale); };
  return encode_pair<format, saturate>(product(v.x), product(v.y)) |
         encode_pair<format, saturate>(product(v.z), product(v.w)) << 16;
}
template <Fp8Format format, bool saturate, typename T>
__device__ uint2 encode_vector(const uint4& v, float scale, T type) {
  const auto two = [&](std::uint32_t word) {
    const float2 x = unpack(word, type);
    return encode_pair<format, saturate>(__fmul_rn(x.x, scale), __fmul_rn(x.y, scale));
  };
  return {two(v.x) | two(v.y) << 16, two(v.z) | two(v.w) << 16};
}

__device__ inline void store_codes(std::uint8_t* y, std::uint32_t codes, bool aligned) {
  if (aligned) {
    *reinterpret_cast<std::uint32_t*>(y) = codes;
    return;
  }
  for (int i = 0; i < 4; ++i) y[i] = static_cast<std::uint8_t>(codes >> (8 * i));
}
__device__ inline void store_codes(std::uint8_t* y, uint2 codes, bool aligned) {
  if (aligned) {
    *reinterpret_cast<uint2*>(y) = codes;
    return;
  }
  store_codes(y, codes.x, false);
  store_codes(y + 4, codes.y, false);
}

// ---- what stays in the L2 cache ----

// Beyond the cache's size nothing of a stream will be read again from it: such lines go first.
__device__ inline std::uint64_t policy_for(long long bytes) {
  std::uint64_t first, normal;
  asm volatile("createpolicy.fractional.L2::evict_first.b64 %0, 1.0;" : "=l"(first));
  asm volatile("createpolicy.fractional.L2::evict_normal.b64 %0, 1.0;" : "=l"(normal));
  return bytes > (64LL << 20) ? first : normal;
}

// volatile: stays behind a wait for the kernel before.
__device__ inline uint4 load_with(const uint4* from, std::uint64_t policy) {
  uint4 v;
  asm volatile("ld.global.nc.L1::no_allocate.L2::cache_hint.v4.u32 {%0,%1,%2,%3}, [%4], %5;"
               : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
               : "l"(from), "l"(policy));
  return v;
}
__device__ inline void store_with(std::uint8_t* to, uint2 codes, std::uint64_t policy) {
  asm volatile("st.global.L2::cache_hint.v2.u32 [%0], {%1,%2}, %3;" ::"l"(to), "r"(codes.x), "r"(codes.y),
               "l"(policy)
               : "memory");
}
__device__ inline void store_with(std::uint8_t* to, std::uint32_t codes, std::uint64_t policy) {
  asm volatile("st.global.L2::cache_hint.u32 [%0], %1, %2;" ::"l"(to), "r"(codes), "l"(policy) : "memory");
}

// ---- tiles ----

// A tensor as loose elements up to the first whole vector, vectors, and loose elements again. Both ends are
// shorter than a vector.
template <typename T>
struct Cut {
  const T* x;
  std::uint8_t* y;
  long long n, head, vectors;
  bool aligned;  // y at the first vector

  __device__ Cut(const void* source, std::uint8_t* codes, long long count)
      : x(static_cast<const T*>(source)), y(codes), n(count) {
    const auto address = reinterpret_cast<std::uintptr_t>(source);
    head = min(n, static_cast<long long>((16 - address % 16) % 16 / sizeof(T)));
    vectors = (n - head) / kPerVector<T>;
    aligned = reinterpret_cast<std::uintptr_t>(y + head) % sizeof(Codes<T>) == 0;
  }
  __device__ long long tiles() const { return (vectors + kTile - 1) / kTile; }
  __device__ const uint4* source() const { return reinterpret_cast<const uint4*>(x + head); }
  // Loose element number `i` (the ends together), or -1.
  __device__ long long loose(int i) const {
    const long long at = i < head ? i : i + vectors * kPerVector<T>;
    return at < n ? at : -1;
  }
  // The vectors of a tile that are this thread's; what lies beyond the end is zero and does no harm to a
  // maximum.
  __device__ void load(long long tile, uint4 (&v)[kLoads]) const {
    const long long first = tile * kTile + threadIdx.x;
    if ((tile + 1) * kTile <= vectors) {
#pragma unroll
      for (int u = 0; u < kLoads; ++u) v[u] = __ldg(source() + first + u * kThreads);
    } else {
#pragma unroll
      for (int u = 0; u < kLoads; ++u)
        v[u] = first + u * kThreads < vectors ? __ldg(source() + first + u * kThreads) : uint4{0, 0, 0, 0};
    }
  }
  template <Fp8Format format, bool saturate>
  __device__ void store(long long tile, const uint4 (&v)[kLoads], float scale) const {
    const long long first = tile * kTile + threadIdx.x;
#pragma unroll
    for (int u = 0; u < kLoads; ++u) {
      const long long i = first + u * kThreads;
      if (i < vectors)
        store_codes(y + head + i * kPerVector<T>, encode_vector<format, saturate>(v[u], scale, T{}), aligned);
    }
  }
  // Rows are kThreads vectors. A thread takes those of rows `row`, row + stride, ...: all blocks get the same
  // number but for one, where tiles would differ by kLoads.
  __device__ long long rows() const { return (vectors + kThreads - 1) / kThreads; }
  __device__ void load_rows(long long row, unsigned stride, std::uint64_t policy, uint4 (&v)[kLoads]) const {
    const uint4* from = source() + row * kThreads + threadIdx.x;
    const long long step = static_cast<long long>(stride) * kThreads;
    if ((row + 1) * kThreads + (kLoads - 1) * step <= vectors) {
#pragma unroll
      for (int u = 0; u < kLoads; ++u) v[u] = load_with(from + u * step, policy);
    } else {
#pragma unroll
      for (int u = 0; u < kLoads; ++u) {
        const bool exists = row * kThreads + threadIdx.x + u * step < vectors;
        v[u] = exists ? load_with(from + u * step, policy) : uint4{0, 0, 0, 0};
      }
    }
  }
  template <Fp8Format format, bool saturate>
  __device__ void store_rows(long long row, unsigned stride, std::uint64_t policy, const uint4 (&v)[kLoads],
                             float scale) const {
#pragma unroll
    for (int u = 0; u < kLoads; ++u) {
      const long long i = (row + static_cast<long long>(u) * stride) * kThreads + threadIdx.x;
      if (i >= vectors) continue;
      const Codes<T> codes = encode_vector<format, saturate>(v[u], scale, T{});
      std::uint8_t* to = y + head + i * kPerVector<T>;
      if (aligned)
        store_with(to, codes, policy);
      else
        store_codes(to, codes, false);
    }
  }
  template <Fp8Format format, bool saturate>
  __device__ void store_loose(float scale) const {
    if (blockIdx.x != 0) return;
    if (const long long at = loose(threadIdx.x); at >= 0)
      y[at] = static_cast<std::uint8_t>(
          encode_pair<format, saturate>(__fmul_rn(to_float(x[at]), scale), 0.0f) & 0xFFu);
  }
  __device__ void add_loose(Greatest<T>& greatest) const {
    if (blockIdx.x != 0) return;
    if (const long long at = loose(threadIdx.x); at >= 0) greatest.add_one(x[at]);
  }
};

// ---- one amax for the grid ----

// The greatest of the block's values; in every lane of warp 0, without meaning in the others. One barrier.
__device__ inline std::uint32_t block_max(std::uint32_t bits) {
  __shared__ std::uint32_t of_warp[kThreads / 32];
  bits = __reduce_max_sync(0xFFFFFFFFu, bits);
  if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = bits;
  __syncthreads();
  const std::uint32_t mine = threadIdx.x < kThreads / 32 ? of_warp[threadIdx.x] : 0;
  return threadIdx.x < 32 ? __reduce_max_sync(0xFFFFFFFFu, mine) : 0;
}

__device__ inline std::uint32_t canonical(std::uint32_t bits) {
  return bits > kInfinityBits ? kNanBits : bits;
}

// For warp 0 of each block, with the block's maximum: true in the last block to arrive, whose `bits` then are
// those of the whole grid. The counter wraps to zero by itself.
__device__ inline bool arrives_last(Scratch* scratch, std::uint32_t& bits) {
  unsigned ticket = 0;
  if (threadIdx.x == 0) {
    scratch->partial[blockIdx.x] = bits;
    __threadfence();
    ticket = atomicInc(&scratch->arrived, gridDim.x - 1);
  }
  ticket = __shfl_sync(0xFFFFFFFFu, ticket, 0);
  if (ticket != gridDim.x - 1) return false;
  __threadfence();
  bits = 0;
#pragma unroll 8
  for (unsigned i = threadIdx.x; i < gridDim.x; i += 32) bits = max(bits, __ldcg(&scratch->partial[i]));
  bits = canonical(__reduce_max_sync(0xFFFFFFFFu, bits));
  return true;
}

// The slots: every block publishes its maximum together with the generation, in one store of 8 bytes, so that
// whoever reads both needs no fence, no counter and nothing cleared. All blocks read the generation before
// they publish, so that one who has seen all slots may raise it for the next call.
__device__ inline unsigned load_generation(const Scratch* scratch) {
  unsigned value;
  asm volatile("ld.relaxed.gpu.global.u32 %0, [%1];" : "=r"(value) : "l"(&scratch->generation) : "memory");
  return value;
}
__device__ inline void publish(Scratch* scratch, unsigned generation, std::uint32_t bits) {
  const unsigned long long word = static_cast<unsigned long long>(generation + 1) << 32 | bits;
  asm volatile("st.relaxed.gpu.global.u64 [%0], %1;" ::"l"(scratch->slots + blockIdx.x), "l"(word)
               : "memory");
}
// Waits for all blocks of the grid: their amax, in warp 0. For a whole block that has published.
__device__ inline std::uint32_t collect(const Scratch* scratch, unsigned generation) {
  std::uint32_t bits;
  bool complete;
  do {
    bits = 0;
    complete = true;
#pragma unroll
    for (int u = 0; u < kMaxBlocks / kThreads; ++u) {
      const unsigned i = threadIdx.x + u * kThreads;
      if (i >= gridDim.x) continue;
      unsigned long long word;
      asm volatile("ld.relaxed.gpu.global.u64 %0, [%1];" : "=l"(word) : "l"(scratch->slots + i) : "memory");
      complete = complete && static_cast<unsigned>(word >> 32) == generation + 1;
      bits = max(bits, static_cast<std::uint32_t>(word));
    }
  } while (!complete);
  __syncthreads();  // block_max may still be reading what it shares
  return canonical(block_max(bits));
}

template <Fp8Format format>
__device__ float dynamic_scale(std::uint32_t amax) {
  if (amax == 0 || amax >= kInfinityBits) return 1.0f;
  return fminf(__fdiv_rn(Fp8Bits<format>::kMax, __uint_as_float(amax)), FLT_MAX);
}

// ---- on the host ----

[[nodiscard]] inline int multiprocessors() {
  static const int kCount = [] {
    int device = 0, count = 1;
    cudaGetDevice(&device);
    cudaDeviceGetAttribute(&count, cudaDevAttrMultiProcessorCount, device);
    return count;
  }();
  return kCount;
}

// Of an x with the earliest first vector; a later one has no more.
[[nodiscard]] inline std::int64_t tiles_of(const Fp8CastArgs& args) {
  const std::int64_t bytes = args.n * (args.type == DType::kF32 ? 4 : 2);
  return (bytes / 16 + kTile - 1) / kTile;
}

// Blocks that are resident together, and no more than there are tiles.
[[nodiscard]] inline unsigned grid_for(const Fp8CastArgs& args) {
  const std::int64_t tiles = tiles_of(args);
  const std::int64_t resident = std::min(kMaxBlocks, kBlocksPerSm * multiprocessors());
  return static_cast<unsigned>(std::clamp<std::int64_t>(tiles, 1, resident));
}

// Calls `launch` with an element, a format and a saturation as types; cudaErrorNotSupported for other
// elements.
template <typename Launch>
[[nodiscard]] CudaStatus dispatch(const Fp8CastArgs& args, Launch launch) {
  const auto with_type = [&](auto element) -> CudaStatus {
    const auto with_format = [&](auto format) -> CudaStatus {
      return args.saturate ? launch(element, format, std::true_type())
                           : launch(element, format, std::false_type());
    };
    if (args.format == Fp8Format::kE4M3)
      return with_format(std::integral_constant<Fp8Format, Fp8Format::kE4M3>());
    return with_format(std::integral_constant<Fp8Format, Fp8Format::kE5M2>());
  };
  switch (args.type) {
    case DType::kF32:
      return with_type(float());
    case DType::kBF16:
      return with_type(__nv_bfloat16());
    case DType::kF16:
      return with_type(__half());
    default:
      return cudaErrorNotSupported;
  }
}

}  // namespace assay::kernels::fp8_cast
