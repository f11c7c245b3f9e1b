// SPDX-License-Identifier: Apache-2.0
// The ladder as a list, and the library beside it.
#include <array>

#include "device/cuda/cublaslt.h"
#include "kernels/hgemm/hgemm_rungs.h"

namespace assay::kernels {
namespace {

// A launcher that needs no preparation as a plan.
template <CudaStatus (*kLaunch)(const HgemmArgs&, CudaStream)>
CudaStatus plan_of(const HgemmArgs& args, HgemmWork& work) {
  work = [args](CudaStream stream) { return kLaunch(args, stream); };
  return 0;
}

bool in_f32(const Point& p) { return p.word("accumulate") == "f32"; }
bool in_f16(const Point& p) { return p.word("accumulate") == "f16"; }
bool has_something(const Point& p) { return p["m"] > 0 && p["n"] > 0 && p["k"] > 0; }

double products(const Point& p) {
  return static_cast<double>(p["m"]) * static_cast<double>(p["n"]) * static_cast<double>(p["k"]);
}
// The lower rungs would only take time, up to seconds a case, where the next ones are what one looks at: 2^33
// products are 2048^3.
bool is_small(const Point& p) { return in_f32(p) && products(p) <= 0x1p33; }
bool is_medium(const Point& p) { return in_f32(p) && products(p) <= 0x1.1p36; }
bool fits_tma(const Point& p) {
  const HgemmLayout layout = p.word("layout") == "nn"   ? HgemmLayout::kNN
                             : p.word("layout") == "nt" ? HgemmLayout::kNT
                                                        : HgemmLayout::kTN;
  return in_f32(p) && takes_tma(p["m"], p["n"], p["k"], layout);
}
bool fits_tma_and_is_medium(const Point& p) { return fits_tma(p) && is_medium(p); }

constexpr CudaCode kAny = CudaCode::kSm80, kHopper = CudaCode::kSm90a;
constexpr std::int64_t kTmaAlignment = 16;
constexpr std::array kVariants{
    CudaVariant<Hgemm>{"hgemm/cuda.naive", kAny, plan_of<hgemm_naive>, "f32", is_small},
    CudaVariant<Hgemm>{"hgemm/cuda.shared_tile", kAny, plan_of<hgemm_shared_tile>, "f32", is_small},
    CudaVariant<Hgemm>{"hgemm/cuda.register_tile", kAny, plan_of<hgemm_register_tile>, "f32", is_medium},
    CudaVariant<Hgemm>{"hgemm/cuda.wmma", kAny, plan_of<hgemm_wmma>, "f32", is_medium},
    CudaVariant<Hgemm>{"hgemm/cuda.mma_sync", kAny, plan_of<hgemm_mma_sync>, "f32", in_f32},
    CudaVariant<Hgemm>{"hgemm/cuda.wgmma_tma", kHopper, plan_wgmma_tma, "f32", fits_tma, kTmaAlignment},
    CudaVariant<Hgemm>{"hgemm/cuda.wgmma_producer", kHopper, plan_wgmma_producer, "f32", fits_tma,
                       kTmaAlignment},
    CudaVariant<Hgemm>{"hgemm/cuda.wgmma_128x256", kHopper, plan_wgmma_128x256, "f32", fits_tma,
                       kTmaAlignment},
    CudaVariant<Hgemm>{"hgemm/cuda.wgmma_persistent", kHopper, plan_wgmma_persistent, "f32", fits_tma,
                       kTmaAlignment},
    CudaVariant<Hgemm>{"hgemm/cuda.wgmma_cluster", kHopper, plan_wgmma_cluster, "f32", fits_tma,
                       kTmaAlignment},
    CudaVariant<Hgemm>{"hgemm/cuda.wgmma_one_wave", kHopper, plan_wgmma_one_wave, "f32",
                       fits_tma_and_is_medium, kTmaAlignment},
    CudaVariant<Hgemm>{"hgemm/cuda.wgmma_split_k", kHopper, plan_wgmma_split_k, "f32", fits_tma,
                       kTmaAlignment},
    CudaVariant<Hgemm>{"hgemm/cuda.auto", kAny, plan_hgemm_auto, "f32", in_f32},
    CudaVariant<Hgemm>{"hgemm/cuda.cublaslt", kAny, plan_hgemm_cublaslt, "f32",
                       [](const Point& p) { return in_f32(p) && has_something(p); }},
    CudaVariant<Hgemm>{"hgemm/cuda.cublaslt_f16_accumulate", kAny, plan_hgemm_cublaslt, "f16",
                       [](const Point& p) { return in_f16(p) && has_something(p); }},
};

}  // namespace

CudaStatus plan_hgemm_cublaslt(const HgemmArgs& args, HgemmWork& work) {
  constexpr CudaStatus kNotSupported = 801;  // cudaErrorNotSupported
  auto planned = device::cuda::plan_cublaslt({.a = args.a,
                                              .b = args.b,
                                              .c = args.c,
                                              .d = args.d,
                                              .m = args.m,
                                              .n = args.n,
                                              .k = args.k,
                                              .a_transposed = args.layout == HgemmLayout::kTN,
                                              .b_transposed = args.layout == HgemmLayout::kNT,
                                              .is_bf16 = args.type == HalfType::kBF16,
                                              .accumulate_f16 = args.accumulate_f16,
                                              .alpha = args.alpha,
                                              .beta = args.beta,
                                              .workspace = args.scratch,
                                              .workspace_bytes = kHgemmScratchBytes},
                                             args.stream);
  if (!planned) return kNotSupported;
  work = std::move(*planned);
  return 0;
}

std::span<const CudaVariant<Hgemm>> hgemm_cuda_variants() { return kVariants; }

}  // namespace assay::kernels
