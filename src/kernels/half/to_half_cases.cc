// SPDX-License-Identifier: Apache-2.0
// The cases of rounding to half precision, which is exact. dims: count.
#include "kernels/conformance.h"
#include "kernels/half/to_half.h"
#include "kernels/kernel_list.h"
#include "values/blocks.h"

namespace assay::kernels {

suite::Kernel to_half_cases() {
  suite::Kernel kernel;
  kernel.name = "to_half";
  for (const std::int64_t count : {0, 1, 7, 8, 9, 64, 127, 1000}) {
    suite::KernelCase one_case;
    one_case.name = fmt::format("count={}", count);
    one_case.dims = {count};
    one_case.buffers = {{"x", suite::Role::kIn, values::DType::kF32, 1, count, suite::Fill::kSpread},
                        {"y", suite::Role::kOut, values::DType::kF16, 1, count, {}}};
    one_case.tolerance = {.eps_out = 0, .eps_acc = 0};
    one_case.work = {{count * 4}, {count * 2}, {0}, 0, ""};
    kernel.cases.push_back(std::move(one_case));
  }
  kernel.variants =
      variants_for_cases(to_half_variants(), [](ToHalf run, const auto& one_case, suite::Buffers b) {
        run(b[0].as<float>().data(), one_case.dims[0], b[1].as<std::uint16_t>().data());
      });
  kernel.reference = [](const auto&, suite::Buffers b, bool omit_last_term) {
    suite::Expected y;
    for (const float x : b[0].as<float>())
      y.values.push_back(static_cast<double>(values::f16_to_f32(values::f32_to_f16(x))));
    if (omit_last_term && !y.values.empty()) y.values.back() = suite::kUntouched;
    return std::vector{y};
  };
  return kernel;
}

}  // namespace assay::kernels
