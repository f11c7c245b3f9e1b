// SPDX-License-Identifier: Apache-2.0
// The entry of GELU on a CUDA device: both forms, three types.
#include <cmath>
#include <numbers>

#include "kernels/cuda_entry.h"
#include "kernels/gelu/gelu_cuda.h"
#include "kernels/kernel_list.h"
#include "kernels/row_ops/row_cases.h"

namespace assay::kernels {
namespace {

GeluForm form_at(const Point& p) { return p.word("form") == "tanh" ? GeluForm::kTanh : GeluForm::kErf; }

double share(GeluForm form, double x) {
  if (form == GeluForm::kErf) return std::erfc(-x / std::numbers::sqrt2) / 2;
  const double u = std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x);
  return 1 / (1 + std::exp(-2 * u));
}

// The sum of x / 2 and x / 2 times a function near -1 for negative x: two terms of |x| / 2.
std::vector<Expected> expected(const Call& call, bool omit_last_term) {
  const GeluForm form = form_at(call.point());
  return elementwise_expected(call["count"], omit_last_term, [&](std::int64_t i) {
    const double x = elements(call.buffer("x"), i, 1)[0];
    return std::pair{x * share(form, x), std::abs(x) / 2};
  });
}

std::function<CudaStatus()> bind(GeluCuda run, Call& call) {
  const GeluElements job{.type = type_at(call.point()),
                         .form = form_at(call.point()),
                         .x = call.buffer("x").bytes.data(),
                         .y = call.buffer("y").bytes.data(),
                         .count = call["count"]};
  return [=, stream = stream_of(call)] { return run(job, stream); };
}

std::vector<BufferSpec> buffers(const Point& p) {
  const DType type = type_at(p);
  return {{"x", Role::kIn, type, 1, p["count"]}, {"y", Role::kOut, type, 1, p["count"]}};
}

Work work(const Point& p) {
  const std::int64_t n = p["count"], bytes = element_bytes(type_at(p));
  return {.bytes_read = {bytes * n}, .bytes_written = {bytes * n}, .flops = {8 * n}};
}

// The result's rounding; e^x or erf, a sum, a quotient and a product in float, each within 2 ulp. Before it
// is rounded to bf16 the erf form may be off by a sixteenth of that: an approximation of Phi (ErfForBf16 in
// gelu_cuda.cu).
Tolerance tolerance(const Point& p) {
  const DType type = type_at(p);
  const bool is_approximate = type == DType::kBF16 && form_at(p) == GeluForm::kErf;
  return {.eps_out = roundoff(type) + (is_approximate ? 0x1p-12 : 0x1p-21),
          .n = 2,
          .absolute = least_roundoff(type)};
}

Point shape(DType type, const char* form, std::int64_t count) {
  std::vector<AxisValue> axes = typed_point(type, {{"count", count}}).values();
  axes.push_back({"form", form});
  return Point(std::move(axes));
}

}  // namespace

void define_gelu_cuda(Suite& suite) {
  Entry& entry = suite.entry("gelu.cuda")
                     .measures("x in, x Phi(x) out")
                     .work(work)
                     .tolerance(tolerance)
                     .reference(expected);
  entry.buffers = buffers;
  for (const char* form : {"erf", "tanh"}) {
    for (const int power : {12, 20, 24, 27})
      entry.points.push_back(shape(DType::kBF16, form, std::int64_t{1} << power));
    entry.points.push_back(shape(DType::kF32, form, std::int64_t{1} << 26));
    for (const DType type : kRowTypes) {
      for (const std::int64_t count :
           {0, 1, 2, 3, 7, 8, 9, 15, 17, 31, 33, 255, 257, 4095, 4096, 4097, 70'001})
        entry.corners.push_back(shape(type, form, count));
    }
  }
  add_cuda_variants(entry, gelu_cuda_variants(), bind);
}

}  // namespace assay::kernels
