// SPDX-License-Identifier: Apache-2.0
// Delayed scale in one kernel without fences, counters or a cleared word: blocks publish their maxima in
// slots, before they store their last codes, and the first block waits for all of them. It waits for blocks
// that wait for nobody, so that no order of blocks can stop it. With a dependent launch the blocks of a call
// come while the kernel before it, such as the call before, runs; they touch nothing until it has ended.
#include "kernels/dependent_launch.cuh"
#include "kernels/fp8_cast/fp8_cast_device.cuh"

namespace assay::kernels {
namespace fp8_cast {
namespace {

template <typename T, Fp8Format format, bool saturate>
__global__ void __launch_bounds__(kThreads, kBlocksPerSm)
    cast_and_publish(const void* x, long long n, const float* scale_at, std::uint8_t* y, std::uint32_t* amax,
                     Scratch* scratch) {
  wait_for_grids_before();
  let_next_grid_begin();
  const unsigned generation = load_generation(scratch);
  const Cut<T> cut(x, y, n);
  const std::uint64_t policy = policy_for(n * static_cast<long long>(sizeof(T)));
  const float scale = *scale_at;
  Greatest<T> greatest;
  uint4 v[kLoads];
  long long row = blockIdx.x;
  const long long step = static_cast<long long>(gridDim.x) * kLoads;
  bool is_last;
  do {
    cut.load_rows(row, gridDim.x, policy, v);
#pragma unroll
    for (int u = 0; u < kLoads; ++u) add_vector(greatest, v[u]);
    is_last = row + step >= cut.rows();
    if (is_last) {
      cut.add_loose(greatest);
      const std::uint32_t bits = block_max(greatest.bits());
      if (threadIdx.x == 0) publish(scratch, generation, bits);
    }
    cut.template store_rows<format, saturate>(row, gridDim.x, policy, v, scale);
    row += step;
  } while (!is_last);
  cut.template store_loose<format, saturate>(scale);

  if (blockIdx.x != 0) return;
  const std::uint32_t bits = collect(scratch, generation);
  if (threadIdx.x == 0) {
    *amax = bits;
    scratch->generation = generation + 1;
  }
}

CudaStatus launch_published(const Fp8CastArgs& a, CudaStream stream, bool dependent) {
  if (a.scale == nullptr) return cudaErrorNotSupported;
  return dispatch(a, [&](auto element, auto format, auto saturate) -> CudaStatus {
    return launch(dependent, cast_and_publish<decltype(element), format(), saturate()>, grid_for(a), kThreads,
                  0, stream, a.x, static_cast<long long>(a.n), a.scale, a.y, a.amax,
                  reinterpret_cast<Scratch*>(a.scratch));
  });
}

}  // namespace
}  // namespace fp8_cast

CudaStatus fp8_cast_published(const Fp8CastArgs& args, CudaStream stream) {
  return fp8_cast::launch_published(args, stream, false);
}

CudaStatus fp8_cast_published_dependent(const Fp8CastArgs& args, CudaStream stream) {
  return fp8_cast::launch_published(args, stream, true);
}

}  // namespace assay::kernels
