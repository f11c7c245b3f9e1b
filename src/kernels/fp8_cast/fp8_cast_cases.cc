// SPDX-License-Identifier: Apache-2.0
// The entry of the FP8 cast on CUDA. Codes and amax are exact: no tolerance.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "base/random.h"
#include "kernels/cuda_entry.h"
#include "kernels/entry.h"
#include "kernels/fp8_cast/fp8_cast.h"
#include "kernels/kernel_list.h"
#include "suite/fill.h"
#include "values/blocks.h"
#include "values/dtype.h"

namespace assay::kernels {
namespace {

DType type_at(const Point& p) { return *values::dtype_from_name(p.word("type")); }
Fp8Format format_at(const Point& p) {
  return p.word("format") == "e4m3" ? Fp8Format::kE4M3 : Fp8Format::kE5M2;
}
bool is_dynamic(const Point& p) { return p.word("scale") == "dynamic"; }

// Some values leave the range at these, and the product has to round. At rounding boundaries it must not.
float delayed_scale(const Point& p) {
  if (p.word("values") == "boundaries") return 1;
  return format_at(p) == Fp8Format::kE4M3 ? 117.3f : 15'017.0f;
}

float load(DType type, const std::byte* at) {
  float value = 0;
  values::decode_row(type, {at, static_cast<std::size_t>(values::row_bytes(type, 1))}, {&value, 1});
  return value;
}

// Midway between codes, one bit beside it, beyond the range on either side, subnormals; `specials` also has
// what is no number.
float nasty(const Point& p, Random& random) {
  const std::uint32_t kind = random.below(p.word("values") == "specials" ? 8 : 5);
  const float sign = random.below(2) == 0 ? -1.0f : 1.0f;
  const auto code = static_cast<std::uint8_t>(random.below(format_at(p) == Fp8Format::kE4M3 ? 0x7E : 0x7B));
  const auto below = static_cast<float>(fp8_to_double(code, format_at(p)));
  const auto above = static_cast<float>(fp8_to_double(static_cast<std::uint8_t>(code + 1), format_at(p)));
  const float midway = (below + above) / 2;
  switch (kind) {
    case 0:
      return sign * midway;
    case 1:
      return sign * std::nextafter(midway, random.below(2) == 0 ? 0.0f : 1e9f);
    case 2:
      return sign * below;
    case 3:
      return sign * static_cast<float>(fp8_max(format_at(p))) *
             (1.0f + static_cast<float>(random.below(9)) / 56);
    case 4:
      return sign * std::ldexp(1.0f, -static_cast<int>(random.below(26)));
    case 5:
      return sign * std::numeric_limits<float>::infinity();
    case 6:
      return sign * std::numeric_limits<float>::denorm_min();
    default:
      return random.below(4) == 0 ? std::numeric_limits<float>::quiet_NaN() : sign * 0.0f;
  }
}

// What lies beyond kFillPeriod elements repeats the first, as in suite/fill.h.
void fill_x(std::span<std::byte> bytes, const Point& p, std::uint64_t seed) {
  const DType type = type_at(p);
  const auto drawn = static_cast<std::size_t>(std::min(p["n"], suite::kFillPeriod));
  std::vector<float> row(drawn);
  Random random(seed);
  const bool is_normal = p.word("values") == "normal";
  for (float& x : row) x = is_normal ? static_cast<float>(random.normal()) : nasty(p, random);
  const auto period = static_cast<std::size_t>(values::row_bytes(type, static_cast<std::int64_t>(drawn)));
  values::encode_row(type, row, bytes.first(period));
  for (std::size_t at = period; at < bytes.size(); at += period)
    std::memcpy(bytes.data() + at, bytes.data(), std::min(period, bytes.size() - at));
}

void fill_scale(std::span<std::byte> bytes, const Point& p, std::uint64_t) {
  const float scale = delayed_scale(p);
  std::memcpy(bytes.data(), &scale, sizeof scale);
}

std::uint32_t amax_bits(const Call& call) {
  const DType type = type_at(call.point());
  const auto size = static_cast<std::size_t>(values::row_bytes(type, 1));
  float amax = 0;
  for (std::int64_t i = 0; i < std::min(call["n"], suite::kFillPeriod); ++i) {
    const float x = load(type, call.buffer("x").bytes.data() + static_cast<std::size_t>(i) * size);
    if (std::isnan(x)) return 0x7FC00000;
    amax = std::max(amax, std::fabs(x));
  }
  return std::bit_cast<std::uint32_t>(amax);
}

// There are no sums to leave a term out of: the last code and amax stand for them.
std::vector<Expected> expected(const Call& call, bool omit_last_term) {
  const Point& p = call.point();
  const DType type = type_at(p);
  const auto size = static_cast<std::size_t>(values::row_bytes(type, 1));
  const std::uint32_t bits = amax_bits(call);
  const float scale = is_dynamic(p) ? fp8_dynamic_scale(std::bit_cast<float>(bits), format_at(p))
                                    : call.data<float>("scale")[0];
  Expected y{.values = {}, .term_rms = {}, .at = checked_elements(call["n"])};
  const std::int64_t count = y.at.empty() ? call["n"] : static_cast<std::int64_t>(y.at.size());
  for (std::int64_t k = 0; k < count; ++k) {
    const std::int64_t i = y.at.empty() ? k : y.at[static_cast<std::size_t>(k)];
    const float x = load(type, call.buffer("x").bytes.data() + static_cast<std::size_t>(i) * size);
    y.values.push_back(fp8_from_float(x * scale, format_at(p), p.word("saturate") == "yes"));
  }
  Expected amax{.values = {static_cast<double>(bits)}, .term_rms = {}};
  if (omit_last_term) amax.values[0] = kUntouched;
  return {y, amax};
}

std::function<CudaStatus()> launch(Fp8CastCuda run, Call& call) {
  const Point& p = call.point();
  const auto scratch = cuda_scratch(kFp8CastScratchBytes);
  if (const auto cleared =
          device::cuda::fill(scratch->data(), std::byte{0}, scratch->bytes(), stream_of(call));
      !cleared)
    throw std::runtime_error(cleared.error().message);
  const Fp8CastArgs args{.x = call.buffer("x").bytes.data(),
                         .type = type_at(p),
                         .n = p["n"],
                         .format = format_at(p),
                         .saturate = p.word("saturate") == "yes",
                         .scale = is_dynamic(p) ? nullptr : call.data<float>("scale").data(),
                         .y = call.data<std::uint8_t>("y").data(),
                         .amax = call.data<std::uint32_t>("amax").data(),
                         .scratch = scratch->data()};
  return [=, stream = stream_of(call)] {
    (void)scratch;  // kept alive
    return run(args, stream);
  };
}

Point point(const char* type, const char* format, const char* saturate, const char* scale, const char* values,
            std::int64_t n) {
  return Point({{"type", type},
                {"format", format},
                {"saturate", saturate},
                {"scale", scale},
                {"values", values},
                {"n", std::to_string(n)}});
}

template <typename Each>
void for_each_kind(Each each) {
  for (const char* type : {"bf16", "f32", "f16"})
    for (const char* format : {"e4m3", "e5m2"})
      for (const char* saturate : {"yes", "no"})
        for (const char* scale : {"delayed", "dynamic"}) each(type, format, saturate, scale);
}

}  // namespace

void define_fp8_cast_cuda(Suite& suite) {
  Entry& entry =
      suite.entry("fp8_cast.cuda")
          .measures("a tensor in, its FP8 codes and its greatest magnitude out")
          .work([](const Point& p) {
            const std::int64_t once = values::row_bytes(type_at(p), p["n"]);
            return Work{.bytes_read = {is_dynamic(p) ? 2 * once : once}, .bytes_written = {p["n"]}};
          })
          .tolerance({.eps_out = 0, .eps_acc = 0})
          .reference(expected);
  // The type of x comes with the point.
  entry.buffers = [](const Point& p) {
    return std::vector<BufferSpec>{
        {"x", Role::kIn, type_at(p), 1, p["n"], {}, fill_x},
        {"scale", Role::kIn, DType::kF32, 1, 1, {}, fill_scale},
        {"y", Role::kOut, DType::kU8, 1, p["n"]},
        {"amax", Role::kOut, DType::kU32, 1, 1},
    };
  };
  for_each_kind([&](auto... kind) {
    for (const std::int64_t n : {1 << 21, 1 << 24, 1 << 27}) {
      Point at = point(kind..., "normal", n);
      if (at.word("type") != "f16" || n == 1 << 24) entry.points.push_back(std::move(at));
    }
    for (const std::int64_t n : {0, 1, 7, 9, 4'097}) entry.corners.push_back(point(kind..., "normal", n));
    for (const char* values : {"boundaries", "specials"})
      entry.corners.push_back(point(kind..., values, 1'023));
  });
  // One block, two blocks, more tiles than blocks.
  for (const std::int64_t n : {8'191, 8'200, 5'000'011})
    for (const char* scale : {"delayed", "dynamic"})
      entry.corners.push_back(point("bf16", "e4m3", "no", scale, "boundaries", n));
  add_cuda_variants(entry, fp8_cast_cuda_variants(), launch);
}

}  // namespace assay::kernels
