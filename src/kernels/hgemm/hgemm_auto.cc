// SPDX-License-Identifier: Apache-2.0
// Which rung a product takes, by its shape. Tiles of 128 x 256 need about one for each multiprocessor before
// their lower traffic pays; below that the choice is whatever keeps more multiprocessors at work.
#include "kernels/hgemm/hgemm_rungs.h"

namespace assay::kernels {
namespace {

constexpr CudaStatus kInvalidValue = 1, kNotSupported = 801;  // cudaErrorInvalidValue, cudaErrorNotSupported

std::int64_t tiles_of(const HgemmArgs& args, std::int64_t tile_m, std::int64_t tile_n) {
  return (args.m + tile_m - 1) / tile_m * ((args.n + tile_n - 1) / tile_n);
}

Hgemm rung_for(const HgemmArgs& args) {
  const int sms = multiprocessors();
  // One full wave or more of the large tile, or what is left of its last wave costs less than smaller tiles'
  // traffic (2048^3: 128 tiles for 132).
  if (tiles_of(args, 128, 256) * 4 >= sms * 3) return plan_wgmma_cluster;
  // More tiles of 128 x 128 than half of the multiprocessors: k cannot be split, and 128 x 256 leaves more
  // than a quarter of them idle.
  if (tiles_of(args, 128, 128) * 2 > sms) return plan_wgmma_producer;
  // Tiles of 64 x 128 on three quarters of the multiprocessors or more (1024^3), few rows (128 x 4096 x
  // 4096), or all of k at once in the ring (512^3): no sums to exchange, and less traffic. Not with a long k
  // (1024 x 1024 x 16384), where the exchange is small beside the products that a split shares out.
  const std::int64_t small = tiles_of(args, 64, 128);
  const bool is_one_ring = args.k <= 512 && tiles_of(args, 64, 64) <= sms;
  if (small <= sms && args.k <= 4096 && (small * 4 >= sms * 3 || args.m <= 128 || is_one_ring))
    return plan_wgmma_one_wave;
  return plan_wgmma_split_k;  // few outputs and long k
}

}  // namespace

CudaStatus plan_hgemm_auto(const HgemmArgs& args, HgemmWork& work) {
  if (has_wgmma() && takes_tma(args.m, args.n, args.k, args.layout)) {
    // Addresses that TMA does not take, and builds without code for it, are left to mma.sync.
    const CudaStatus status = rung_for(args)(args, work);
    if (status != kInvalidValue && status != kNotSupported) return status;
  }
  work = [args](CudaStream stream) { return hgemm_mma_sync(args, stream); };
  return 0;
}

}  // namespace assay::kernels
