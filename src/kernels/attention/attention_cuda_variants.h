// SPDX-License-Identifier: Apache-2.0
#pragma once
// The launchers behind the lists of attention_cuda.h; only the files of this folder include it.
#include "kernels/attention/attention_cuda.h"

namespace assay::kernels::attention {

CudaStatus launch_decode_rows(const DecodeArgs& args, CudaStream stream);
CudaStatus launch_decode_two_kernels(const DecodeArgs& args, CudaStream stream);
CudaStatus launch_decode_last_block(const DecodeArgs& args, CudaStream stream);

CudaStatus launch_prefill_rows(const PrefillArgs& args, CudaStream stream);
CudaStatus launch_prefill_mma_sync(const PrefillArgs& args, CudaStream stream);
// Addresses and strides in multiples of 16 bytes.
CudaStatus make_prefill_wgmma(const PrefillArgs& args, PrefillWork& work);
// Head size 64.
CudaStatus make_prefill_wgmma_64_rows(const PrefillArgs& args, PrefillWork& work);

}  // namespace assay::kernels::attention
