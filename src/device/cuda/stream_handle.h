// SPDX-License-Identifier: Apache-2.0
#pragma once
// CUDA's stream handle by name alone, so that headers which pass one on need no CUDA header.
struct CUstream_st;

namespace assay::device::cuda {

using Stream = CUstream_st*;  // the runtime's cudaStream_t

// What a kernel's launcher returns: the runtime's cudaError_t, 0 for success.
using Status = int;

}  // namespace assay::device::cuda
