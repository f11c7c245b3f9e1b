// SPDX-License-Identifier: Apache-2.0
// The cases of RMSNorm. dims: width.
#include <cmath>

#include "kernels/conformance.h"
#include "kernels/kernel_list.h"
#include "kernels/rmsnorm/rmsnorm.h"

namespace assay::kernels {
namespace {

constexpr float kEpsilon = 1e-5f;

// The sum of squares is what is summed; the output depends on it by y = c / sqrt(sum), so its terms count for
// |y| / (2 sum) each. Without its last term the sum misses the last square, not the last element.
suite::Expected expected(const suite::KernelCase& one_case, suite::Buffers buffers, bool omit_last_term) {
  const auto x = buffers[0].as<float>();
  const auto weight = buffers[1].as<float>();
  const auto width = static_cast<std::size_t>(one_case.dims[0]);
  double squares = 0, fourths = 0;
  for (std::size_t i = 0; i + (omit_last_term ? 1 : 0) < width; ++i) {
    const double square = static_cast<double>(x[i]) * static_cast<double>(x[i]);
    squares += square;
    fourths += square * square;
  }
  const double n = static_cast<double>(width);
  suite::Expected y;
  for (std::size_t i = 0; i < width; ++i) {
    const double value = static_cast<double>(x[i]) * static_cast<double>(weight[i]) /
                         std::sqrt(squares / n + static_cast<double>(kEpsilon));
    y.values.push_back(value);
    y.term_rms.push_back(squares > 0 ? std::abs(value) * std::sqrt(fourths / n) / (2 * squares) : 0);
  }
  return y;
}

}  // namespace

suite::Kernel rmsnorm_cases() {
  suite::Kernel kernel;
  kernel.name = "rmsnorm";
  for (const std::int64_t width : {0, 1, 7, 8, 9, 31, 32, 33, 63, 65, 576, 2048, 4097}) {
    suite::KernelCase one_case;
    one_case.name = fmt::format("width={}", width);
    one_case.dims = {width};
    one_case.buffers = {{"x", suite::Role::kIn, values::DType::kF32, 1, width, suite::Fill::kPositive},
                        {"weight", suite::Role::kIn, values::DType::kF32, 1, width, suite::Fill::kNormal},
                        {"y", suite::Role::kOut, values::DType::kF32, 1, width, {}}};
    one_case.tolerance.eps_out =
        0x1p-22;  // root, quotient, two products: half an ulp each, and the scale's error
    one_case.tolerance.n = static_cast<double>(width);
    one_case.work = {{width * 8}, {width * 4}, {width * 4}, 0, ""};
    kernel.cases.push_back(std::move(one_case));
  }
  kernel.variants =
      variants_for_cases(rmsnorm_variants(), [](RmsNorm run, const auto& one_case, suite::Buffers b) {
        run(b[0].as<float>().data(), b[1].as<float>().data(), one_case.dims[0], kEpsilon,
            b[2].as<float>().data());
      });
  kernel.reference = [](const auto& one_case, suite::Buffers buffers, bool omit_last_term) {
    return std::vector{expected(one_case, buffers, omit_last_term)};
  };
  return kernel;
}

}  // namespace assay::kernels
