// SPDX-License-Identifier: Apache-2.0
// Delayed scale: one pass over x. What is left to choose is how the blocks agree on amax and who clears it.
#include "kernels/fp8_cast/fp8_cast_device.cuh"

namespace assay::kernels {
namespace fp8_cast {
namespace {

// Each block leaves its maximum in scratch and draws a ticket; the last one writes amax.
template <typename T, Fp8Format format, bool saturate>
__global__ void __launch_bounds__(kThreads, kBlocksPerSm)
    cast_with_ticket(const void* x, long long n, const float* scale_at, std::uint8_t* y, std::uint32_t* amax,
                     Scratch* scratch) {
  const Cut<T> cut(x, y, n);
  const float scale = *scale_at;
  Greatest<T> greatest;
  uint4 v[kLoads];
  for (long long tile = blockIdx.x; tile < cut.tiles(); tile += gridDim.x) {
    cut.load(tile, v);
#pragma unroll
    for (int u = 0; u < kLoads; ++u) add_vector(greatest, v[u]);
    cut.template store<format, saturate>(tile, v, scale);
  }
  cut.add_loose(greatest);
  cut.template store_loose<format, saturate>(scale);

  std::uint32_t bits = block_max(greatest.bits());
  if (threadIdx.x >= 32) return;
  if (arrives_last(scratch, bits) && threadIdx.x == 0) *amax = bits;
}

// amax was cleared by a node before; each block raises it by an atomic maximum (exact, and the same in any
// order: the bits of non-negative floats rise with them, those of the one NaN are the greatest). Blocks have
// one tile each and nothing to wait for: the hardware gives the next one to the multiprocessor that is free.
template <typename T, Fp8Format format, bool saturate>
__global__ void __launch_bounds__(kThreads, kBlocksPerSm)
    cast_and_raise(const void* x, long long n, const float* scale_at, std::uint8_t* y, std::uint32_t* amax) {
  const Cut<T> cut(x, y, n);
  const std::uint64_t policy = policy_for(n * static_cast<long long>(sizeof(T)));
  const float scale = *scale_at;
  Greatest<T> greatest;
  uint4 v[kLoads];
  cut.load_rows(static_cast<long long>(blockIdx.x) * kLoads, 1, policy, v);
#pragma unroll
  for (int u = 0; u < kLoads; ++u) add_vector(greatest, v[u]);
  cut.add_loose(greatest);
  // Before the stores: the atomic operation is under way while they are.
  const std::uint32_t bits = block_max(greatest.bits());
  if (threadIdx.x == 0) atomicMax(amax, canonical(bits));
  cut.template store_rows<format, saturate>(static_cast<long long>(blockIdx.x) * kLoads, 1, policy, v, scale);
  cut.template store_loose<format, saturate>(scale);
}

}  // namespace
}  // namespace fp8_cast

CudaStatus fp8_cast_ticket(const Fp8CastArgs& args, CudaStream stream) {
  if (args.scale == nullptr) return cudaErrorNotSupported;
  using namespace fp8_cast;
  return dispatch(args, [&](auto element, auto format, auto saturate) -> CudaStatus {
    cast_with_ticket<decltype(element), format(), saturate()><<<grid_for(args), kThreads, 0, stream>>>(
        args.x, args.n, args.scale, args.y, args.amax, reinterpret_cast<Scratch*>(args.scratch));
    return cudaGetLastError();
  });
}

CudaStatus fp8_cast_cleared_amax(const Fp8CastArgs& args, CudaStream stream) {
  if (args.scale == nullptr) return cudaErrorNotSupported;
  const cudaError_t cleared = cudaMemsetAsync(args.amax, 0, sizeof *args.amax, stream);
  if (cleared != cudaSuccess) return cleared;
  using namespace fp8_cast;
  const std::int64_t tiles = tiles_of(args);
  if (tiles > 0x7FFFFFFF) return cudaErrorInvalidValue;
  return dispatch(args, [&](auto element, auto format, auto saturate) -> CudaStatus {
    cast_and_raise<decltype(element), format(), saturate()>
        <<<static_cast<unsigned>(std::max<std::int64_t>(tiles, 1)), kThreads, 0, stream>>>(
            args.x, args.n, args.scale, args.y, args.amax);
    return cudaGetLastError();
  });
}

}  // namespace assay::kernels
