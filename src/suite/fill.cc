// SPDX-License-Identifier: Apache-2.0
#include "suite/fill.h"

#include <cmath>

#include "base/check.h"
#include "base/random.h"
#include "values/blocks.h"

namespace assay::suite {
namespace {

double draw(Random& random, Fill how) {
  switch (how) {
    case Fill::kNormal:
      return random.normal();
    case Fill::kUniform:
      return 2 * random.uniform() - 1;
    case Fill::kSpread:
      return random.normal() * std::exp(2 * random.normal());
    case Fill::kWeights:
      return random.normal() * 0.14;
    case Fill::kPositive:
      return 0.5 + random.uniform();
    case Fill::kZeros:
      return 0;
  }
  ASSAY_CHECK(false, "no fill has the number {}", static_cast<int>(how));
}

bool is_zero_bits(const BufferSpec& spec) {
  return spec.fill == Fill::kZeros && !values::info(spec.dtype).is_quantised;
}

void fill_random_bits(const BufferSpec& spec, Random& random, std::span<std::byte> bytes) {
  const std::uint32_t mask = spec.dtype == DType::kBool ? 1 : 0xFF;
  for (std::byte& b : bytes) b = static_cast<std::byte>((random.next_u32() >> 24) & mask);
}

void fill_rows(const BufferSpec& spec, Random& random, std::span<std::byte> bytes) {
  std::vector<float> row(static_cast<std::size_t>(spec.cols));
  const auto size = static_cast<std::size_t>(values::row_bytes(spec.dtype, spec.cols));
  for (std::size_t r = 0; r < static_cast<std::size_t>(spec.rows); ++r) {
    for (float& value : row) value = static_cast<float>(draw(random, spec.fill));
    values::encode_row(spec.dtype, row, bytes.subspan(r * size, size));
  }
}

// Copies what stands in the first `period` bytes over the rest.
void repeat(std::span<std::byte> bytes, std::size_t period) {
  for (std::size_t at = period; at < bytes.size(); at += period)
    std::memcpy(bytes.data() + at, bytes.data(), std::min(period, bytes.size() - at));
}

}  // namespace

std::uint64_t seed_of(std::uint64_t run_seed, std::string_view entry, std::string_view buffer) {
  std::uint64_t h = 14695981039346656037u ^ run_seed;  // FNV-1a
  for (const std::string_view text : {entry, std::string_view("\n"), buffer}) {
    for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211u;
  }
  return h;
}

std::span<const std::byte> without_repetition(const BufferSpec& spec, std::span<const std::byte> bytes) {
  if (spec.filler || values::info(spec.dtype).is_quantised || spec.rows * spec.cols <= kFillPeriod)
    return bytes;
  return bytes.first(static_cast<std::size_t>(values::row_bytes(spec.dtype, kFillPeriod)));
}

void fill(const BufferSpec& spec, const Point& point, std::uint64_t seed, std::span<std::byte> bytes) {
  if (spec.filler) return spec.filler(bytes, point, seed);
  if (const std::size_t period = without_repetition(spec, bytes).size(); period < bytes.size()) {
    BufferSpec drawn = spec;
    drawn.rows = 1;
    drawn.cols = kFillPeriod;
    fill(drawn, point, seed, bytes.first(period));
    return repeat(bytes, period);
  }
  Random random(seed);
  if (is_zero_bits(spec)) {
    std::fill(bytes.begin(), bytes.end(), std::byte{0});
  } else if (values::is_weight_type(spec.dtype)) {
    fill_rows(spec, random, bytes);
  } else if (spec.dtype == DType::kF64) {
    for (std::size_t at = 0; at < bytes.size(); at += sizeof(double)) {
      const double value = draw(random, spec.fill);
      std::memcpy(bytes.data() + at, &value, sizeof value);
    }
  } else {
    fill_random_bits(spec, random, bytes);
  }
}

Contents contents_before(const Entry& entry, const Point& point, const std::vector<BufferSpec>& specs,
                         std::uint64_t run_seed) {
  Contents contents;
  for (const BufferSpec& spec : specs) {
    const auto size = static_cast<std::size_t>(values::row_bytes(spec.dtype, spec.cols) * spec.rows);
    contents.emplace_back(size, poison_byte(spec.dtype));
    if (spec.role != Role::kOut) fill(spec, point, seed_of(run_seed, entry.name, spec.name), contents.back());
  }
  return contents;
}

std::byte poison_byte(DType type) {
  const bool is_float =
      type == DType::kF32 || type == DType::kF64 || type == DType::kF16 || type == DType::kBF16;
  return is_float ? std::byte{0xFF} : std::byte{0xC9};
}

}  // namespace assay::suite
