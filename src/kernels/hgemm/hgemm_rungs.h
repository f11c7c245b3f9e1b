// SPDX-License-Identifier: Apache-2.0
#pragma once
// The functions behind hgemm's variants, from the foot of the ladder to its top; only the files of this
// folder include it. Those of the first part take every shape and alignment. Those of the second want rows
// and addresses of whole 16 bytes (takes_tma) and k > 0.
#include "kernels/hgemm/hgemm.h"

namespace assay::kernels {

CudaStatus hgemm_naive(const HgemmArgs& args, CudaStream stream);
CudaStatus hgemm_shared_tile(const HgemmArgs& args, CudaStream stream);
CudaStatus hgemm_register_tile(const HgemmArgs& args, CudaStream stream);
CudaStatus hgemm_wmma(const HgemmArgs& args, CudaStream stream);
CudaStatus hgemm_mma_sync(const HgemmArgs& args, CudaStream stream);
CudaStatus hgemm_mma_sync_bf16(const HgemmArgs& args, CudaStream stream);  // its part for bf16

CudaStatus plan_wgmma_tma(const HgemmArgs& args, HgemmWork& work);
CudaStatus plan_wgmma_producer(const HgemmArgs& args, HgemmWork& work);
CudaStatus plan_wgmma_128x256(const HgemmArgs& args, HgemmWork& work);
CudaStatus plan_wgmma_persistent(const HgemmArgs& args, HgemmWork& work);
CudaStatus plan_wgmma_cluster(const HgemmArgs& args, HgemmWork& work);
CudaStatus plan_wgmma_one_wave(const HgemmArgs& args, HgemmWork& work);
CudaStatus plan_wgmma_split_k(const HgemmArgs& args, HgemmWork& work);

// By the shape, one of the rungs above: every shape and alignment.
CudaStatus plan_hgemm_auto(const HgemmArgs& args, HgemmWork& work);
CudaStatus plan_hgemm_cublaslt(const HgemmArgs& args, HgemmWork& work);

// Of the device, asked once; 1 and "no" if it does not answer.
[[nodiscard]] int multiprocessors();
[[nodiscard]] bool has_wgmma();  // compute capability 9.0

// Sizes at which every row of A, B, C and D is a whole number of 16 bytes, and nothing is empty.
[[nodiscard]] inline bool takes_tma(std::int64_t m, std::int64_t n, std::int64_t k, HgemmLayout layout) {
  const bool a_fits = layout == HgemmLayout::kTN ? m % 8 == 0 : k % 8 == 0;
  const bool b_fits = layout == HgemmLayout::kNT ? k % 8 == 0 : n % 8 == 0;
  return m > 0 && n > 0 && k > 0 && n % 8 == 0 && a_fits && b_fits;
}

}  // namespace assay::kernels
