// SPDX-License-Identifier: Apache-2.0
// The entry of SwiGLU on a CUDA device, three types.
#include <cmath>

#include "kernels/cuda_entry.h"
#include "kernels/kernel_list.h"
#include "kernels/row_ops/row_cases.h"
#include "kernels/swiglu/swiglu_cuda.h"

namespace assay::kernels {
namespace {

std::vector<Expected> expected(const Call& call, bool omit_last_term) {
  const std::int64_t count = call["count"];
  return elementwise_expected(count, omit_last_term, [&](std::int64_t i) {
    const double gate = elements(call.buffer("gate"), i, 1)[0], up = elements(call.buffer("up"), i, 1)[0];
    return std::pair{gate / (1 + std::exp(-gate)) * up, 0.0};
  });
}

std::function<CudaStatus()> bind(SwiGluCuda run, Call& call) {
  const SwiGluElements job{.type = type_at(call.point()),
                           .gate = call.buffer("gate").bytes.data(),
                           .up = call.buffer("up").bytes.data(),
                           .y = call.buffer("y").bytes.data(),
                           .count = call["count"]};
  return [=, stream = stream_of(call)] { return run(job, stream); };
}

std::vector<BufferSpec> buffers(const Point& p) {
  const DType type = type_at(p);
  const Fill fill = type == DType::kF16 ? Fill::kNormal : Fill::kSpread;  // half precision ends at 65,504
  return {{"gate", Role::kIn, type, 1, p["count"], fill},
          {"up", Role::kIn, type, 1, p["count"], fill},
          {"y", Role::kOut, type, 1, p["count"]}};
}

Work work(const Point& p) {
  const std::int64_t n = p["count"], bytes = element_bytes(type_at(p));
  return {.bytes_read = {2 * bytes * n}, .bytes_written = {bytes * n}, .flops = {12 * n}};
}

// The result's rounding; e^x, a sum, a quotient and a product in float, each within 2 ulp. Absolute: e^-gate
// overflows above e^88, so a result under 2^-112 or so may come out as any other.
Tolerance tolerance(const Point& p) {
  const DType type = type_at(p);
  return {.eps_out = roundoff(type) + 0x1p-21, .n = 0, .absolute = least_roundoff(type) + 0x1p-90};
}

}  // namespace

void define_swiglu_cuda(Suite& suite) {
  Entry& entry = suite.entry("swiglu.cuda")
                     .measures("gate and up in, gate / (1 + e^-gate) * up out")
                     .work(work)
                     .tolerance(tolerance)
                     .reference(expected);
  entry.buffers = buffers;
  for (const int power : {11, 20, 22, 24, 27})
    entry.points.push_back(typed_point(DType::kBF16, {{"count", std::int64_t{1} << power}}));
  for (const int power : {20, 26})
    entry.points.push_back(typed_point(DType::kF32, {{"count", std::int64_t{1} << power}}));
  for (const DType type : kRowTypes) {
    for (const std::int64_t count :
         {0, 1, 2, 3, 7, 8, 9, 15, 17, 31, 33, 255, 257, 2047, 2048, 2049, 4099, 70'001})
      entry.corners.push_back(typed_point(type, {{"count", count}}));
  }
  add_cuda_variants(entry, swiglu_cuda_variants(), bind);
}

}  // namespace assay::kernels
