// SPDX-License-Identifier: Apache-2.0
// The entries of quantisation on CUDA. Blocks and values are exact: no tolerance.
#include <algorithm>
#include <cstring>

#include "base/random.h"
#include "kernels/cuda_entry.h"
#include "kernels/entry.h"
#include "kernels/kernel_list.h"
#include "kernels/quantise/quantise.h"
#include "values/blocks.h"
#include "values/dtype.h"

namespace assay::kernels {
namespace {

constexpr std::int64_t kDrawn = 256 * 1009;  // values, after which they repeat

DType type_at(const Point& p, const char* name) { return *values::dtype_from_name(p.word(name)); }

// Normal ones; every fifth block of 32 is special: zeros of both signs, equal magnitudes, tiny or great
// values.
std::vector<float> drawn_values(std::int64_t n, std::uint64_t seed) {
  std::vector<float> drawn(static_cast<std::size_t>(std::min(n, kDrawn)));
  Random random(seed);
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    float x = static_cast<float>(random.normal());
    if (i / 32 % 5 == 3) {
      const std::size_t kind = i / 160 % 5;
      const float sign = random.below(2) == 0 ? -1.0f : 1.0f;
      if (kind == 0) x = sign * 0.0f;
      if (kind == 1) x = sign * 1.5f;
      if (kind == 2) x = static_cast<float>(random.below(3));
      if (kind == 3) x *= 1e-38f;
      if (kind == 4) x *= 1e4f;
    }
    drawn[i] = x;
  }
  return drawn;
}

void repeat(std::span<const std::byte> drawn, std::span<std::byte> bytes) {
  for (std::size_t at = 0; at < bytes.size(); at += drawn.size())
    std::memcpy(bytes.data() + at, drawn.data(), std::min(drawn.size(), bytes.size() - at));
}

void fill_values(std::span<std::byte> bytes, const Point& p, std::uint64_t seed) {
  const std::vector<float> drawn = drawn_values(p["n"], seed);
  repeat(std::as_bytes(std::span(drawn)), bytes);
}

void fill_blocks(std::span<std::byte> bytes, const Point& p, std::uint64_t seed) {
  const std::vector<float> drawn = drawn_values(p["n"], seed);
  const DType type = type_at(p, "from");
  std::vector<std::byte> blocks(
      static_cast<std::size_t>(values::row_bytes(type, static_cast<std::int64_t>(drawn.size()))));
  values::encode_row(type, drawn, blocks);
  repeat(blocks, bytes);
}

// Calls at(place in the output) for all or some of `count` elements.
template <typename At>
std::vector<Expected> expected_of(std::int64_t count, bool omit_last_term, At at) {
  Expected y{.values = {}, .term_rms = {}, .at = checked_elements(count)};
  if (y.at.empty())
    for (std::int64_t i = 0; i < count; ++i) y.values.push_back(at(i));
  for (const std::int64_t i : y.at) y.values.push_back(at(i));
  if (omit_last_term && !y.values.empty()) y.values.back() = kUntouched;  // there are no sums
  return {y};
}

std::vector<Expected> expected_blocks(const Call& call, bool omit_last_term) {
  const DType type = type_at(call.point(), "type");
  const std::int64_t bytes = values::info(type).block_bytes;
  std::vector<std::byte> block(static_cast<std::size_t>(bytes));
  std::int64_t encoded = -1;
  return expected_of(values::row_bytes(type, call["n"]), omit_last_term, [&](std::int64_t i) {
    if (i / bytes != encoded) {
      encoded = i / bytes;
      values::encode_row(type, call.data<float>("x").subspan(static_cast<std::size_t>(encoded) * 32, 32),
                         block);
    }
    return static_cast<double>(std::to_integer<unsigned>(block[static_cast<std::size_t>(i % bytes)]));
  });
}

std::vector<Expected> expected_values(const Call& call, bool omit_last_term) {
  const DType from = type_at(call.point(), "from"), to = type_at(call.point(), "to");
  const values::DTypeInfo& info = values::info(from);
  std::vector<float> block(static_cast<std::size_t>(info.block_elements));
  std::vector<std::byte> rounded(static_cast<std::size_t>(values::row_bytes(to, info.block_elements)));
  std::int64_t decoded = -1;
  return expected_of(call["n"], omit_last_term, [&](std::int64_t i) {
    if (i / info.block_elements != decoded) {
      decoded = i / info.block_elements;
      const auto bytes = static_cast<std::size_t>(info.block_bytes);
      const std::span<const std::byte> all = call.buffer("x").bytes;
      values::decode_row(from, all.subspan(static_cast<std::size_t>(decoded) * bytes, bytes), block);
      values::encode_row(to, block, rounded);
      values::decode_row(to, rounded, block);
    }
    return static_cast<double>(block[static_cast<std::size_t>(i % info.block_elements)]);
  });
}

std::function<CudaStatus()> launch_quantise(QuantiseCuda run, Call& call) {
  const QuantiseArgs args{.x = call.data<float>("x").data(),
                          .n = call["n"],
                          .type = type_at(call.point(), "type"),
                          .y = call.data<std::uint8_t>("y").data()};
  return [=, stream = stream_of(call)] { return run(args, stream); };
}

std::function<CudaStatus()> launch_dequantise(DequantiseCuda run, Call& call) {
  const DequantiseArgs args{.x = call.data<std::uint8_t>("x").data(),
                            .from = type_at(call.point(), "from"),
                            .n = call["n"],
                            .to = type_at(call.point(), "to"),
                            .y = call.buffer("y").bytes.data()};
  return [=, stream = stream_of(call)] { return run(args, stream); };
}

void define_quantise(Suite& suite) {
  Entry& entry = suite.entry("quantise.cuda")
                     .measures("floats in, quantised blocks out")
                     .work([](const Point& p) {
                       return Work{.bytes_read = {4 * p["n"]},
                                   .bytes_written = {values::row_bytes(type_at(p, "type"), p["n"])}};
                     })
                     .tolerance({.eps_out = 0, .eps_acc = 0})
                     .reference(expected_blocks);
  entry.buffers = [](const Point& p) {
    return std::vector<BufferSpec>{
        {"x", Role::kIn, DType::kF32, 1, p["n"], {}, fill_values},
        {"y", Role::kOut, DType::kU8, 1, values::row_bytes(type_at(p, "type"), p["n"])},
    };
  };
  for (const char* type : {"q4_0", "q4_1", "q5_0", "q5_1", "q8_0"}) {
    const auto point = [&](std::int64_t n) { return Point({{"type", type}, {"n", std::to_string(n)}}); };
    entry.points.push_back(point(1 << 27));
    for (const std::int64_t n : {0, 32, 96, 4'064, 4'096, 4'128, 50'016}) entry.corners.push_back(point(n));
  }
  add_cuda_variants(entry, quantise_cuda_variants(), launch_quantise);
}

void define_dequantise(Suite& suite) {
  Entry& entry = suite.entry("dequantise.cuda")
                     .measures("quantised blocks in, values out")
                     .work([](const Point& p) {
                       return Work{.bytes_read = {values::row_bytes(type_at(p, "from"), p["n"])},
                                   .bytes_written = {values::row_bytes(type_at(p, "to"), p["n"])}};
                     })
                     .tolerance({.eps_out = 0, .eps_acc = 0})
                     .reference(expected_values);
  entry.buffers = [](const Point& p) {
    return std::vector<BufferSpec>{
        {"x", Role::kIn, DType::kU8, 1, values::row_bytes(type_at(p, "from"), p["n"]), {}, fill_blocks},
        {"y", Role::kOut, type_at(p, "to"), 1, p["n"]},
    };
  };
  for (const char* from : {"q4_0", "q4_1", "q5_0", "q5_1", "q8_0", "q4_k", "q5_k", "q6_k"}) {
    for (const char* to : {"f16", "bf16", "f32"}) {
      const auto point = [&](std::int64_t n) {
        return Point({{"from", from}, {"to", to}, {"n", std::to_string(n)}});
      };
      if (std::string_view(to) == "f16") entry.points.push_back(point(1 << 27));
      for (const std::int64_t n : {0, 256, 768, 3'840, 4'096, 4'352, 50'176})
        entry.corners.push_back(point(n));
      if (values::info(*values::dtype_from_name(from)).block_elements == 32)
        for (const std::int64_t n : {32, 4'128}) entry.corners.push_back(point(n));
    }
  }
  add_cuda_variants(entry, dequantise_cuda_variants(), launch_dequantise);
}

}  // namespace

void define_quantise_cuda(Suite& suite) {
  define_quantise(suite);
  define_dequantise(suite);
}

}  // namespace assay::kernels
