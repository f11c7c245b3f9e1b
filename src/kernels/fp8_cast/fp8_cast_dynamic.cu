// SPDX-License-Identifier: Apache-2.0
// Dynamic scale by two kernels: the first finds amax, the second casts. With a dependent launch the second
// one's blocks come while the first runs and have their first tile of x in registers when it ends.
#include "kernels/dependent_launch.cuh"
#include "kernels/fp8_cast/fp8_cast_device.cuh"

namespace assay::kernels {
namespace fp8_cast {
namespace {

template <typename T>
__global__ void __launch_bounds__(kThreads, kBlocksPerSm)
    find_amax(const void* x, long long n, std::uint32_t* amax, Scratch* scratch) {
  let_next_grid_begin();
  const Cut<T> cut(x, nullptr, n);
  Greatest<T> greatest;
  uint4 v[kLoads];
  for (long long tile = blockIdx.x; tile < cut.tiles(); tile += gridDim.x) {
    cut.load(tile, v);
#pragma unroll
    for (int u = 0; u < kLoads; ++u) add_vector(greatest, v[u]);
  }
  cut.add_loose(greatest);
  std::uint32_t bits = block_max(greatest.bits());
  if (threadIdx.x < 32 && arrives_last(scratch, bits) && threadIdx.x == 0) *amax = bits;
}

// Tiles from the last to the first: what the first kernel read last is still in the cache.
template <typename T, Fp8Format format, bool saturate>
__global__ void __launch_bounds__(kThreads, kBlocksPerSm)
    cast_by_amax(const void* x, long long n, std::uint8_t* y, const std::uint32_t* amax) {
  const Cut<T> cut(x, y, n);
  long long tile = cut.tiles() - 1 - blockIdx.x;
  uint4 v[kLoads] = {};
  if (tile >= 0) cut.load(tile, v);
  wait_for_grids_before();
  const float scale = dynamic_scale<format>(__ldcg(amax));
  while (tile >= 0) {
    cut.template store<format, saturate>(tile, v, scale);
    tile -= gridDim.x;
    if (tile >= 0) cut.load(tile, v);
  }
  cut.template store_loose<format, saturate>(scale);
}

CudaStatus launch_both(const Fp8CastArgs& a, CudaStream stream, bool dependent) {
  if (a.scale != nullptr) return cudaErrorNotSupported;
  return dispatch(a, [&](auto element, auto format, auto saturate) -> CudaStatus {
    using T = decltype(element);
    const long long n = a.n;
    const unsigned grid = grid_for(a);
    find_amax<T><<<grid, kThreads, 0, stream>>>(a.x, n, a.amax, reinterpret_cast<Scratch*>(a.scratch));
    if (const cudaError_t status = cudaGetLastError(); status != cudaSuccess) return status;
    return launch(dependent, cast_by_amax<T, format(), saturate()>, grid, kThreads, 0, stream, a.x, n, a.y,
                  a.amax);
  });
}

}  // namespace
}  // namespace fp8_cast

CudaStatus fp8_cast_two_kernels(const Fp8CastArgs& args, CudaStream stream) {
  return fp8_cast::launch_both(args, stream, false);
}

CudaStatus fp8_cast_dependent_launch(const Fp8CastArgs& args, CudaStream stream) {
  return fp8_cast::launch_both(args, stream, true);
}

}  // namespace assay::kernels
