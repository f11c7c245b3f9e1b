// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "kernels/gelu/gelu_cuda.h"
#include "kernels/row_ops/elementwise_device.cuh"

namespace assay::kernels {
namespace {

using namespace rows;

struct Erf {
  static __device__ __forceinline__ float of(float x) {
    const float half = 0.5f * x;
    return fmaf(half, erff(x * 0.70710678f), half);
  }
};

// (1 + tanh(u)) / 2 = 1 / (1 + e^-2u), by the hardware's 2^x and one quotient. The constants are
// -2 log2(e) sqrt(2 / pi) and 0.044715 times it.
struct Tanh {
  static __device__ __forceinline__ float of(float x) {
    const float exponent = x * fmaf(x * x, -0.10294324f, -2.30220820f);
    return __fdividef(x, 1.0f + exp2f(exponent));
  }
};

// Erf where the result is rounded to bf16. Phi(x) = 1 / (1 + 2^e), and e / x is a smooth even function: here
// a polynomial in x^2 of the least weighted error that lets e go to the right infinities. It is off by
// 2^-12.5 of Phi and 1.3e-7 at most, where bf16 rounds by up to 2^-9 and more.
struct ErfForBf16 {
  static __device__ __forceinline__ float of(float x) {
    const float t = x * x;
    float even = fmaf(t, -1.5724756e-06f, 4.5167980e-05f);
    even = fmaf(even, t, 7.1398787e-04f);
    even = fmaf(even, t, -1.0625784e-01f);
    even = fmaf(even, t, -2.3012417f);
    float power;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(power) : "f"(x * even));
    return __fdividef(x, 1.0f + power);
  }
};

Elements<1> elements_of(const GeluElements& job) { return {{job.x}, job.y, job.count}; }

CudaStatus gelu_element_per_thread(const GeluElements& job, CudaStream stream) {
  return job.form == GeluForm::kErf ? launch_element_per_thread<Erf>(job.type, elements_of(job), stream)
                                    : launch_element_per_thread<Tanh>(job.type, elements_of(job), stream);
}

template <int kSlots, Keep kKeep>
CudaStatus gelu_slots(const GeluElements& job, CudaStream stream) {
  if (job.form == GeluForm::kErf && job.type == DType::kBF16)
    return launch_slots_per_thread<ErfForBf16, kSlots, kKeep>(job.type, elements_of(job), stream);
  return job.form == GeluForm::kErf
             ? launch_slots_per_thread<Erf, kSlots, kKeep>(job.type, elements_of(job), stream)
             : launch_slots_per_thread<Tanh, kSlots, kKeep>(job.type, elements_of(job), stream);
}

constexpr std::array<CudaVariant<GeluCuda>, 4> kVariants{{
    {.name = "gelu/cuda.element_per_thread", .run = gelu_element_per_thread, .accumulation = ""},
    {.name = "gelu/cuda.slot_1", .run = gelu_slots<1, Keep::kCached>, .accumulation = ""},
    {.name = "gelu/cuda.slot_4", .run = gelu_slots<4, Keep::kCached>, .accumulation = ""},
    {.name = "gelu/cuda.slot_4_streamed", .run = gelu_slots<4, Keep::kStreamed>, .accumulation = ""},
}};

}  // namespace

std::span<const CudaVariant<GeluCuda>> gelu_cuda_variants() { return kVariants; }

}  // namespace assay::kernels
