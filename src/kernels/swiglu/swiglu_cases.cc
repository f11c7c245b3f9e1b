// SPDX-License-Identifier: Apache-2.0
// The cases of SwiGLU. dims: count.
#include <cmath>

#include "kernels/conformance.h"
#include "kernels/kernel_list.h"
#include "kernels/swiglu/swiglu.h"

namespace assay::kernels {

suite::Kernel swiglu_cases() {
  suite::Kernel kernel;
  kernel.name = "swiglu";
  for (const std::int64_t count : {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 33, 768, 1536, 4099}) {
    suite::KernelCase one_case;
    one_case.name = fmt::format("count={}", count);
    one_case.dims = {count};
    one_case.buffers = {{"gate", suite::Role::kIn, values::DType::kF32, 1, count, suite::Fill::kSpread},
                        {"up", suite::Role::kIn, values::DType::kF32, 1, count, suite::Fill::kSpread},
                        {"y", suite::Role::kOut, values::DType::kF32, 1, count, {}}};
    one_case.tolerance.eps_out = 0x1p-21;  // e^x within 1 ulp, then a sum, a quotient and a product
    one_case.tolerance.n = 1;
    one_case.work = {{count * 8}, {count * 4}, {count * 12}, 0, ""};
    kernel.cases.push_back(std::move(one_case));
  }
  kernel.variants =
      variants_for_cases(swiglu_variants(), [](SwiGlu run, const auto& one_case, suite::Buffers b) {
        run(b[0].as<float>().data(), b[1].as<float>().data(), one_case.dims[0], b[2].as<float>().data());
      });
  kernel.reference = [](const auto&, suite::Buffers b, bool omit_last_term) {
    suite::Expected y;
    for (std::size_t i = 0; i < b[0].as<float>().size(); ++i) {
      const auto gate = static_cast<double>(b[0].as<float>()[i]);
      y.values.push_back(gate / (1 + std::exp(-gate)) * static_cast<double>(b[1].as<float>()[i]));
    }
    // Absolute: e^-gate saturates above e^88, so a result under 2^-112 may come out as any other.
    y.term_rms.assign(y.values.size(), 0x1p-90);
    if (omit_last_term && !y.values.empty()) y.values.back() = suite::kUntouched;
    return std::vector{y};
  };
  return kernel;
}

}  // namespace assay::kernels
