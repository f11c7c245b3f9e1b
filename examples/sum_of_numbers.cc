// SPDX-License-Identifier: Apache-2.0
// The sum of the numbers of a text, read by the C++ library and by hand. Shows inputs of one's own (text, not
// random bytes), an exact integer result, and a figure of things a second.
#include <assay/assay.h>

#include <charconv>
#include <random>

namespace {

constexpr std::int64_t kNumbers = 10'000;

// Numbers of `digits` digits, each with a space behind it.
void write_numbers(std::span<std::byte> text, const assay::Point& point, std::uint64_t seed) {
  const auto width = static_cast<std::size_t>(point["digits"] + 1);
  std::mt19937_64 random(seed);
  for (std::size_t i = 0; i < text.size(); ++i)
    text[i] = std::byte(i % width + 1 == width ? ' ' : static_cast<char>('0' + random() % 10));
}

std::int64_t by_library(std::span<const char> text) {
  std::int64_t sum = 0;
  for (const char* at = text.data(); at < text.data() + text.size(); ++at) {
    std::int64_t number = 0;
    at = std::from_chars(at, text.data() + text.size(), number).ptr;
    sum += number;
  }
  return sum;
}

std::int64_t by_hand(std::span<const char> text) {
  std::int64_t sum = 0, number = 0;
  for (const char c : text) {
    sum += c == ' ' ? number : 0;
    number = c == ' ' ? 0 : 10 * number + (c - '0');
  }
  return sum;
}

auto call(std::int64_t (*function)(std::span<const char>)) {
  return [=](assay::Call& c) {
    return [=, text = c.data<const char>("text"), sum = c.data<std::int64_t>("sum")] {
      sum[0] = function(text);
    };
  };
}

void define(assay::Suite& suite) {
  suite.entry("sum_of_numbers")
      .axis("digits", {1, 4, 9})
      .in("text", assay::DType::kU8, {[](const assay::Point& p) { return kNumbers * (p["digits"] + 1); }},
          write_numbers)
      .out("sum", assay::DType::kI64, {1})
      .work([](const assay::Point& p) {
        return assay::Work{
            .bytes_read = {kNumbers * (p["digits"] + 1)}, .items = kNumbers, .item_name = "number"};
      })
      .reference(
          [](assay::Call& c) { c.data<std::int64_t>("sum")[0] = by_library(c.data<const char>("text")); })
      .variant("library", call(by_library))
      .variant("by_hand", call(by_hand));
}

}  // namespace

ASSAY_SUITE("sum_of_numbers", define)
