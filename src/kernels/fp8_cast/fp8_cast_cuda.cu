// SPDX-License-Identifier: Apache-2.0
// Delayed scale: one pass over x. What is left to choose is how the blocks agree on amax and who clears it.
#include "kernels/fp8_cast/fp8_cast_device.cuh"

namespace assay::kernels {
namespace fp8_cast {
namespace {

// kTicket: each block leaves its maximum in scratch and draws a ticket; the last one writes amax.
// !kTicket: amax was cleared by a node before; each block raises it by an atomic maximum (exact, and the same
// in any order: the bits of non-negative floats rise with them, those of the one NaN are the greatest).
template <bool kTicket, typename T, Fp8Format format, bool saturate>
__global__ void __launch_bounds__(kThreads, kBlocksPerSm)
    cast_once(const void* x, long long n, const float* scale_at, std::uint8_t* y, std::uint32_t* amax,
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
  if constexpr (kTicket) {
    if (arrives_last(scratch, bits) && threadIdx.x == 0) *amax = bits;
  } else {
    if (threadIdx.x == 0) atomicMax(amax, canonical(bits));
  }
}

template <bool kTicket>
CudaStatus launch_once(const Fp8CastArgs& a, CudaStream stream) {
  return dispatch(a, [&](auto element, auto format, auto saturate) -> CudaStatus {
    cast_once<kTicket, decltype(element), format(), saturate()><<<grid_for(a), kThreads, 0, stream>>>(
        a.x, a.n, a.scale, a.y, a.amax, reinterpret_cast<Scratch*>(a.scratch));
    return cudaGetLastError();
  });
}

}  // namespace
}  // namespace fp8_cast

CudaStatus fp8_cast_ticket(const Fp8CastArgs& args, CudaStream stream) {
  if (args.scale == nullptr) return cudaErrorNotSupported;
  return fp8_cast::launch_once<true>(args, stream);
}

CudaStatus fp8_cast_cleared_amax(const Fp8CastArgs& args, CudaStream stream) {
  if (args.scale == nullptr) return cudaErrorNotSupported;
  const cudaError_t cleared = cudaMemsetAsync(args.amax, 0, sizeof *args.amax, stream);
  if (cleared != cudaSuccess) return cleared;
  return fp8_cast::launch_once<false>(args, stream);
}

}  // namespace assay::kernels
