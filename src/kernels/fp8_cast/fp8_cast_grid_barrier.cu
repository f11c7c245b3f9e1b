// SPDX-License-Identifier: Apache-2.0
// Dynamic scale in one kernel: all blocks are resident at once (a cooperative launch fails if they cannot
// be), agree on amax at a barrier, and go over their tiles again from the last, which is still in registers,
// to the first.
#include "kernels/fp8_cast/fp8_cast_device.cuh"

namespace assay::kernels {
namespace fp8_cast {
namespace {

// The amax of the whole grid, in every thread, from the greatest magnitude of each thread: every block reads
// the slots of all.
__device__ std::uint32_t agree_on_amax(std::uint32_t mine, Scratch* scratch, unsigned generation,
                                       std::uint32_t* amax) {
  __shared__ std::uint32_t agreed;
  const std::uint32_t of_block = block_max(mine);
  if (threadIdx.x == 0) publish(scratch, generation, of_block);
  const std::uint32_t bits = collect(scratch, generation);
  if (threadIdx.x == 0) {
    agreed = bits;
    if (blockIdx.x == 0) {
      *amax = bits;
      scratch->generation = generation + 1;
    }
  }
  __syncthreads();
  return agreed;
}

template <typename T, Fp8Format format, bool saturate>
__global__ void __launch_bounds__(kThreads, kBlocksPerSm)
    cast_after_barrier(const void* x, long long n, std::uint8_t* y, std::uint32_t* amax, Scratch* scratch) {
  // Nobody raises the generation before every thread of every block has it: block_max has a barrier.
  const unsigned generation = load_generation(scratch);
  const Cut<T> cut(x, y, n);
  Greatest<T> greatest;
  uint4 v[kLoads] = {};
  long long tile = blockIdx.x;
  for (; tile < cut.tiles(); tile += gridDim.x) {
    cut.load(tile, v);
#pragma unroll
    for (int u = 0; u < kLoads; ++u) add_vector(greatest, v[u]);
  }
  cut.add_loose(greatest);

  const float scale = dynamic_scale<format>(agree_on_amax(greatest.bits(), scratch, generation, amax));

  // v holds the last tile of the first pass, if there was one.
  for (tile -= gridDim.x; tile >= 0;) {
    cut.template store<format, saturate>(tile, v, scale);
    tile -= gridDim.x;
    if (tile >= 0) cut.load(tile, v);
  }
  cut.template store_loose<format, saturate>(scale);
}

}  // namespace
}  // namespace fp8_cast

CudaStatus fp8_cast_grid_barrier(const Fp8CastArgs& args, CudaStream stream) {
  if (args.scale != nullptr) return cudaErrorNotSupported;
  using namespace fp8_cast;
  return dispatch(args, [&](auto element, auto format, auto saturate) -> CudaStatus {
    cudaLaunchAttribute attribute = {};
    attribute.id = cudaLaunchAttributeCooperative;
    attribute.val.cooperative = 1;
    cudaLaunchConfig_t config = {};
    config.gridDim = grid_for(args);
    config.blockDim = kThreads;
    config.stream = stream;
    config.attrs = &attribute;
    config.numAttrs = 1;
    const cudaError_t status = cudaLaunchKernelEx(
        &config, cast_after_barrier<decltype(element), format(), saturate()>, args.x,
        static_cast<long long>(args.n), args.y, args.amax, reinterpret_cast<Scratch*>(args.scratch));
    return status != cudaSuccess ? status : cudaGetLastError();
  });
}

}  // namespace assay::kernels
