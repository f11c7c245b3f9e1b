// SPDX-License-Identifier: Apache-2.0
#pragma once
// A kernel may be launched to depend on the one before it in its stream (programmatic dependent launch, sm_90
// and later; CUDA Programming Guide, "Programmatic Dependent Launch and Synchronization"). Its blocks then
// come as soon as those of the kernel before have all begun and leave room, set up what is their own, and
// wait until everything before them has ended and is visible. Replays of a graph keep that. What it saves is
// the start of a grid, not its work.
//   every thread   wait_for_grids_before() before it touches memory that another kernel may touch
//   any thread     let_next_grid_begin(), early: it promises nothing about this grid's results
// Without such a launch both do nothing.
#include <cuda_runtime.h>

#include <cstddef>
#include <type_traits>

namespace assay::kernels {

__device__ inline void wait_for_grids_before() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

__device__ inline void let_next_grid_begin() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}

// For cudaLaunchConfig_t::attrs. Requires a device of sm_90 or later, as does launch() where it is
// `dependent`.
inline cudaLaunchAttribute dependent_launch() {
  cudaLaunchAttribute attribute{};
  attribute.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  attribute.val.programmaticStreamSerializationAllowed = 1;
  return attribute;
}

template <class... Parameters>
cudaError_t launch(bool dependent, void (*kernel)(Parameters...), dim3 grid, dim3 block,
                   std::size_t shared_bytes, cudaStream_t stream,
                   std::type_identity_t<Parameters>... arguments) {
  cudaLaunchAttribute attribute = dependent_launch();
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = block;
  config.dynamicSmemBytes = shared_bytes;
  config.stream = stream;
  config.attrs = &attribute;
  config.numAttrs = dependent ? 1 : 0;
  const cudaError_t launched = cudaLaunchKernelEx(&config, kernel, arguments...);
  return launched != cudaSuccess ? launched : cudaGetLastError();
}

}  // namespace assay::kernels
