// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "kernels/row_ops/elementwise_device.cuh"
#include "kernels/swiglu/swiglu_cuda.h"

namespace assay::kernels {
namespace {

using namespace rows;

struct SwiGlu {
  // __fdividef gives 0 for denominators beyond 2^126, where the true quotient is below 2^-119.
  static __device__ __forceinline__ float of(float gate, float up) {
    return __fdividef(gate, 1.0f + expf(-gate)) * up;
  }
};

Elements<2> elements_of(const SwiGluElements& job) { return {{job.gate, job.up}, job.y, job.count}; }

CudaStatus swiglu_element_per_thread(const SwiGluElements& job, CudaStream stream) {
  return launch_element_per_thread<SwiGlu>(job.type, elements_of(job), stream);
}

template <int kSlots, Keep kKeep>
CudaStatus swiglu_slots(const SwiGluElements& job, CudaStream stream) {
  return launch_slots_per_thread<SwiGlu, kSlots, kKeep>(job.type, elements_of(job), stream);
}

constexpr std::array<CudaVariant<SwiGluCuda>, 4> kVariants{{
    {.name = "swiglu/cuda.element_per_thread", .run = swiglu_element_per_thread, .accumulation = ""},
    {.name = "swiglu/cuda.slot_1", .run = swiglu_slots<1, Keep::kCached>, .accumulation = ""},
    {.name = "swiglu/cuda.slot_2", .run = swiglu_slots<2, Keep::kCached>, .accumulation = ""},
    {.name = "swiglu/cuda.slot_2_streamed", .run = swiglu_slots<2, Keep::kStreamed>, .accumulation = ""},
}};

}  // namespace

std::span<const CudaVariant<SwiGluCuda>> swiglu_cuda_variants() { return kVariants; }

}  // namespace assay::kernels
