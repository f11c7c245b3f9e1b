// SPDX-License-Identifier: Apache-2.0
// Every variant of every kernel on every one of its cases, and proofs that the program notices each kind of
// fault.
#include "kernels/conformance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

#include "kernels/kernel_list.h"

namespace assay::kernels {
namespace {

struct VariantOfKernel {
  std::shared_ptr<const suite::Kernel> kernel;
  std::size_t variant;
};

std::vector<VariantOfKernel> all_variants() {
  std::vector<VariantOfKernel> all;
  for (suite::Kernel& kernel : all_kernels()) {
    const auto shared = std::make_shared<const suite::Kernel>(std::move(kernel));
    for (std::size_t i = 0; i < shared->variants.size(); ++i) all.push_back({shared, i});
  }
  return all;
}

std::string test_name(const ::testing::TestParamInfo<VariantOfKernel>& info) {
  std::string name = info.param.kernel->name + "_by_" + info.param.kernel->variants[info.param.variant].name;
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

class EveryVariant : public ::testing::TestWithParam<VariantOfKernel> {};
INSTANTIATE_TEST_SUITE_P(Kernels, EveryVariant, ::testing::ValuesIn(all_variants()), test_name);

TEST_P(EveryVariant, Conforms) {
  const suite::Kernel& kernel = *GetParam().kernel;
  const suite::KernelVariant& variant = kernel.variants[GetParam().variant];
  if (!device::is_available(variant.isa))
    GTEST_SKIP() << variant.name << " needs " << device::isa_name(variant.isa);
  int cases = 0;
  for (const suite::KernelCase& one_case : kernel.cases) {
    if (variant.takes && !variant.takes(one_case)) continue;
    ++cases;
    for (const std::string& fault : conformance_faults(kernel, variant, one_case)) ADD_FAILURE() << fault;
  }
  EXPECT_GT(cases, 0) << variant.name << " takes none of the cases";
}

TEST(AllKernels, HaveUniqueNamesOfKernelsAndCases) {
  std::vector<std::string> names;
  for (const suite::Kernel& kernel : all_kernels())
    for (const suite::KernelCase& one_case : kernel.cases) names.push_back(kernel.name + " " + one_case.name);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

// A small kernel (sum of each row) with one fault at a time.
using RowSums = void (*)(const float* x, std::int64_t rows, std::int64_t cols, float* y);

suite::Kernel row_sums(RowSums run, std::string ran = "row_sums") {
  suite::Kernel kernel;
  kernel.name = "row_sums";
  suite::KernelCase one_case;
  one_case.name = "3 x 50";
  one_case.dims = {3, 50};
  one_case.buffers = {{"x", suite::Role::kIn, values::DType::kF32, 3, 50, suite::Fill::kNormal},
                      {"y", suite::Role::kOut, values::DType::kF32, 1, 3, {}}};
  one_case.tolerance.n = 50;
  kernel.cases = {one_case};
  kernel.variants = {{"row_sums", device::Isa::kReference, [=](const auto&, suite::Buffers b) {
                        run(b[0].as<float>().data(), 3, 50, b[1].as<float>().data());
                        return ran;
                      }}};
  kernel.reference = [](const suite::KernelCase&, suite::Buffers b, bool omit_last_term) {
    suite::Expected y;
    for (std::size_t r = 0; r < 3; ++r) {
      double sum = 0;
      for (std::size_t k = 0; k < (omit_last_term ? 49 : 50); ++k)
        sum += static_cast<double>(b[0].as<float>()[r * 50 + k]);
      y.values.push_back(sum);
      y.term_rms.push_back(1);
    }
    return std::vector{y};
  };
  return kernel;
}

void right(const float* x, std::int64_t rows, std::int64_t cols, float* y) {
  for (std::int64_t r = 0; r < rows; ++r) {
    y[r] = 0;
    for (std::int64_t k = 0; k < cols; ++k) y[r] += x[r * cols + k];
  }
}

std::string first_fault(const suite::Kernel& kernel) {
  const auto faults = conformance_faults(kernel, kernel.variants[0], kernel.cases[0]);
  return faults.empty() ? "" : faults[0];
}

TEST(Conformance, AcceptsARightKernel) { EXPECT_EQ(first_fault(row_sums(right)), ""); }

TEST(Conformance, NoticesAMissingTerm) {
  EXPECT_NE(first_fault(row_sums([](const float* x, std::int64_t rows, std::int64_t cols, float* y) {
              right(x, rows, cols, y);
              y[2] -= x[3 * cols - 1];
            })).find("y[0, 2]: expected"),
            std::string::npos);
}

TEST(Conformance, NoticesAnOutputNeverWritten) {
  EXPECT_NE(first_fault(row_sums([](const float* x, std::int64_t rows, std::int64_t cols, float* y) {
              right(x, rows - 1, cols, y);
            })).find("never written"),
            std::string::npos);
}

TEST(Conformance, NoticesAWriteIntoTheGuardBand) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "AddressSanitizer stops the program first";
#endif
  EXPECT_NE(first_fault(row_sums([](const float* x, std::int64_t rows, std::int64_t cols, float* y) {
              right(x, rows, cols, y);
              y[3] = 0;
            })).find("outside the buffer"),
            std::string::npos);
}

TEST(Conformance, NoticesAChangedInput) {
  EXPECT_NE(first_fault(row_sums([](const float* x, std::int64_t rows, std::int64_t cols, float* y) {
              right(x, rows, cols, y);
              const_cast<float*>(x)[7] += 1;
            })).find("input was changed"),
            std::string::npos);
}

TEST(Conformance, NoticesThatTwoRunsDiffer) {
  static float noise = 0;
  EXPECT_NE(first_fault(row_sums([](const float* x, std::int64_t rows, std::int64_t cols, float* y) {
              right(x, rows, cols, y);
              y[0] += (noise += 1e-6f);
            })).find("two runs differ"),
            std::string::npos);
}

TEST(Conformance, NoticesThatAnotherVariantRan) {
  EXPECT_NE(first_fault(row_sums(right, "row_sums/other")).find("row_sums/other ran"), std::string::npos);
}

TEST(Conformance, NoticesATolerantToleranceByLeavingOutTheLastTerm) {
  suite::Kernel kernel = row_sums(right);
  kernel.cases[0].tolerance.eps_acc = 10;
  EXPECT_NE(first_fault(kernel).find("does not notice"), std::string::npos);
}

}  // namespace
}  // namespace assay::kernels
