// SPDX-License-Identifier: Apache-2.0
#include "suite/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "values/dtype.h"

namespace assay::suite {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kCount = 100;

// "y[i] = i", told of some elements only.
Answer told_of(std::vector<std::int64_t> at) {
  Answer answer;
  Expected y;
  for (const std::int64_t i : at) y.values.push_back(static_cast<double>(i));
  y.at = std::move(at);
  answer.outputs = {y};
  return answer;
}

template <typename T>
std::vector<std::byte> bytes_of(const std::vector<T>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

BufferSpec spec_of(DType type) { return {"y", Role::kOut, type, 1, kCount}; }

Comparison compared(DType type, const std::vector<std::byte>& got, const Answer& answer) {
  const std::vector<std::byte> before(got.size(), poison_byte(type));
  return compare_output(spec_of(type), got, before, answer, 0);
}

std::vector<float> counting() {
  std::vector<float> y(kCount);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = static_cast<float>(i);
  return y;
}

TEST(CompareOutput, LooksAtTheNamedElements) {
  auto y = counting();
  EXPECT_EQ(compared(DType::kF32, bytes_of(y), told_of({0, 7, 99})).worst, 0);
  y[7] = 8;
  EXPECT_THAT(compared(DType::kF32, bytes_of(y), told_of({0, 7, 99})).place,
              HasSubstr("y[0, 7]: expected 7"));
  y[7] = 7;
  y[8] = 0;  // not named
  EXPECT_EQ(compared(DType::kF32, bytes_of(y), told_of({0, 7, 99})).worst, 0);
}

TEST(CompareOutput, WantsEveryOtherElementWritten) {
  auto bytes = bytes_of(counting());
  std::fill_n(bytes.begin() + 4 * 50, 4, poison_byte(DType::kF32));
  EXPECT_THAT(compared(DType::kF32, bytes, told_of({0, 99})).place,
              HasSubstr("y[0, 50]: NaN or never written"));
}

TEST(CompareOutput, LooksForPoisonEverywhereInALargeOutput) {
  const std::size_t count = 3 * 4096 + 40;
  for (const DType type : {DType::kU8, DType::kF16, DType::kF32, DType::kF64}) {
    const auto size = static_cast<std::size_t>(values::info(type).block_bytes);
    BufferSpec spec = spec_of(type);
    spec.cols = static_cast<std::int64_t>(count);
    Answer answer = told_of({0, 20});
    answer.outputs[0].values = {0, 0};
    for (const std::size_t at : {32UL, 4096UL / size - 16, 4096UL / size, 8192UL / size + 16, count - 16}) {
      std::vector<std::byte> bytes(count * size);
      EXPECT_EQ(compare_output(spec, bytes, {}, answer, 0).worst, 0);
      std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at / 16 * 16 * size), 16 * size,
                  poison_byte(type));
      EXPECT_GT(compare_output(spec, bytes, {}, answer, 0).worst, 1) << values::info(type).name << " " << at;
    }
  }
}

TEST(CompareOutput, TakesOneByteThatLooksLikePoisonForAnAnswer) {
  std::vector<std::byte> bytes(kCount, std::byte{1});
  std::fill_n(bytes.begin() + 33, 15, poison_byte(DType::kU8));
  Answer answer = told_of({0, 99});
  answer.outputs[0].values = {1, 1};
  EXPECT_EQ(compared(DType::kU8, bytes, answer).worst, 0);
  bytes[32] = poison_byte(DType::kU8);
  EXPECT_THAT(compared(DType::kU8, bytes, answer).place, HasSubstr("y[0, 32]: NaN or never written"));
}

TEST(Corrupt, ChangesAnElementThatIsLookedAt) {
  auto bytes = bytes_of(counting());
  const Answer answer = told_of({3, 5});
  corrupt(spec_of(DType::kF32), bytes, answer.outputs[0].at);
  EXPECT_THAT(compared(DType::kF32, bytes, answer).place, HasSubstr("y[0, 5]: expected 5, got -5"));
}

TEST(Fill, RepeatsALargeBufferWithAPrimePeriod) {
  const BufferSpec spec{"x", Role::kIn, DType::kU8, 1, kFillPeriod + 5};
  std::vector<std::byte> bytes(static_cast<std::size_t>(spec.cols));
  fill(spec, Point(), 1, bytes);
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.begin() + 5, bytes.begin() + kFillPeriod));
  EXPECT_FALSE(std::equal(bytes.begin(), bytes.begin() + 5, bytes.begin() + kFillPeriod - 5));
}

}  // namespace
}  // namespace assay::suite
