// SPDX-License-Identifier: Apache-2.0
// Two arms of a comparison: sums of rows. The lie's second arm keeps its sum with 12 bits, and does not say
// so. The honest arms add in another order.
#include <bit>
#include <cstdint>

#include "cases/cases.h"
#include "cases/kernel.h"

namespace assay::cases {
namespace {

constexpr std::int64_t kRows = 65'536;  // as many as the check needs
constexpr std::int64_t kTerms = 16;

float rounded_to_12_bits(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return std::bit_cast<float>((bits + 0x800u) & ~0xFFFu);
}

template <typename Round>
void sum_rows(std::span<const float> x, std::span<float> y, Round round) {
  for (std::int64_t row = 0; row < kRows; ++row) {
    float sum = 0;
    for (std::int64_t i = 0; i < kTerms; ++i)
      sum = round(sum + x[static_cast<std::size_t>(row * kTerms + i)]);
    y[static_cast<std::size_t>(row)] = sum;
  }
}

void sum_rows_from_the_end(std::span<const float> x, std::span<float> y) {
  for (std::int64_t row = 0; row < kRows; ++row) {
    float sum = 0;
    for (std::int64_t i = kTerms; i > 0; --i) sum += x[static_cast<std::size_t>(row * kTerms + i - 1)];
    y[static_cast<std::size_t>(row)] = sum;
  }
}

Entry& sum_entry(Suite& suite, std::string name) {
  return suite.entry(std::move(name))
      .in("x", DType::kF32, {kRows, kTerms}, Fill::kUniform)
      .out("y", DType::kF32, {kRows})
      .work([](const Point&) {
        return Work{
            .bytes_read = {4 * kRows * kTerms}, .bytes_written = {4 * kRows}, .flops = {kRows * kTerms}};
      })
      .tolerance({.absolute = 0.01})
      .reference([](const Call& call, bool omit_last_term) {
        Expected sums;
        const auto x = call.data<float>("x");
        for (std::int64_t row = 0; row < kRows; ++row) {
          double sum = 0;
          for (std::int64_t i = 0; i < kTerms - (omit_last_term ? 1 : 0); ++i)
            sum += static_cast<double>(x[static_cast<std::size_t>(row * kTerms + i)]);
          sums.values.push_back(sum);
        }
        return std::vector<Expected>{std::move(sums)};
      })
      .variant("a", [](Call& call) {
        return [x = call.data<float>("x"), y = call.data<float>("y")] {
          sum_rows(x, y, [](float value) { return value; });
        };
      });
}

}  // namespace

void define_numerics_differ(Suite& suite) {
  sum_entry(suite, "numerics-differ/lie").variant("b", [](Call& call) {
    return [x = call.data<float>("x"), y = call.data<float>("y")] { sum_rows(x, y, rounded_to_12_bits); };
  });
  sum_entry(suite, "numerics-differ/honest").variant("b", [](Call& call) {
    return [x = call.data<float>("x"), y = call.data<float>("y")] { sum_rows_from_the_end(x, y); };
  });
}

}  // namespace assay::cases
