// SPDX-License-Identifier: Apache-2.0
#include "kernels/matmul/interleaved.h"

#include <cstring>

#include "base/check.h"
#include "kernels/large_memory.h"
#include "kernels/matmul/variants.h"
#include "values/block_layout.h"
#include "values/blocks.h"

namespace assay::kernels::matmul {
namespace {

using values::DType;

// 32 columns of one row in the form that tiles hold. Scales as bits: of f16 in the low half, or of f32.
struct RowBlock {
  std::uint8_t codes[32] = {};
  std::uint32_t scales[2] = {};
  std::uint32_t minimum = 0;
};

std::uint32_t float_bits(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, 4);
  return bits;
}

template <typename Block>
Block load_block(const std::byte* row, std::int64_t index) {
  Block block;
  std::memcpy(&block, row + index * static_cast<std::int64_t>(sizeof(Block)), sizeof(Block));
  return block;
}

// Q4_0 and Q4_1: nibbles already lie as the tile wants them.
template <typename Block>
RowBlock split_nibbles(const std::byte* row, std::int64_t index) {
  const auto block = load_block<Block>(row, index);
  RowBlock out;
  std::memcpy(out.codes, block.codes, 16);
  out.scales[0] = block.d;
  if constexpr (values::BlockWithMinimum<Block>) out.minimum = block.m;
  return out;
}

// Q5_0 (signed: less 16) and Q5_1.
template <typename Block>
RowBlock split_five_bits(const std::byte* row, std::int64_t index) {
  const auto block = load_block<Block>(row, index);
  constexpr bool kHasMinimum = values::BlockWithMinimum<Block>;
  RowBlock out;
  for (int j = 0; j < 32; ++j) {
    const int low = j < 16 ? block.codes[j] & 15 : block.codes[j - 16] >> 4;
    const int high = block.high[j / 8] >> (j % 8) & 1;
    out.codes[j] = static_cast<std::uint8_t>((low | high << 4) - (kHasMinimum ? 0 : 16));
  }
  out.scales[0] = block.d;
  if constexpr (kHasMinimum) out.minimum = block.m;
  return out;
}

RowBlock split_q8_0(const std::byte* row, std::int64_t index) {
  const auto block = load_block<values::BlockQ8_0>(row, index);
  RowBlock out;
  std::memcpy(out.codes, block.codes, 32);
  out.scales[0] = block.d;
  return out;
}

// Group `index` % 8 of a block of 256: the 6-bit scale and minimum as values/block_layout.h describes them.
template <typename Block>
void split_k_scales(const Block& block, std::int64_t g, RowBlock& out) {
  const std::uint8_t* s = block.scales;
  const int scale = g < 4 ? s[g] & 63 : (s[g + 4] & 15) | (s[g - 4] >> 6 << 4);
  const int minimum = g < 4 ? s[g + 4] & 63 : (s[g + 4] >> 4) | (s[g] >> 6 << 4);
  out.scales[0] = float_bits(values::f16_to_f32(block.d) * static_cast<float>(scale));
  out.minimum = float_bits(-(values::f16_to_f32(block.dmin) * static_cast<float>(minimum)));
}

RowBlock split_q4_k(const std::byte* row, std::int64_t index) {
  const auto block = load_block<values::BlockQ4_K>(row, index / 8);
  const std::int64_t g = index % 8;
  const auto code = [&](int l) { return block.codes[32 * (g / 2) + l] >> (4 * (g % 2)) & 15; };
  RowBlock out;
  for (int j = 0; j < 16; ++j) out.codes[j] = static_cast<std::uint8_t>(code(j) | code(j + 16) << 4);
  split_k_scales(block, g, out);
  return out;
}

RowBlock split_q5_k(const std::byte* row, std::int64_t index) {
  const auto block = load_block<values::BlockQ5_K>(row, index / 8);
  const std::int64_t g = index % 8;
  RowBlock out;
  for (int l = 0; l < 32; ++l) {
    const int low = block.codes[32 * (g / 2) + l] >> (4 * (g % 2)) & 15;
    out.codes[l] = static_cast<std::uint8_t>(low | (block.high[l] >> g & 1) << 4);
  }
  split_k_scales(block, g, out);
  return out;
}

RowBlock split_q6_k(const std::byte* row, std::int64_t index) {
  const auto block = load_block<values::BlockQ6_K>(row, index / 8);
  const std::int64_t h = index % 8 / 4, q = index % 4;
  RowBlock out;
  for (int l = 0; l < 32; ++l) {
    const int low = block.codes[64 * h + 32 * (q % 2) + l] >> (4 * (q / 2)) & 15;
    const int high = block.high[32 * h + l] >> (2 * q) & 3;
    out.codes[l] = static_cast<std::uint8_t>((low | high << 4) - 32);
  }
  for (int half = 0; half < 2; ++half)
    out.scales[half] =
        float_bits(values::f16_to_f32(block.d) * static_cast<float>(block.scales[2 * (index % 8) + half]));
  return out;
}

using SplitRowBlock = RowBlock (*)(const std::byte* row, std::int64_t index);

SplitRowBlock splitter(DType type) {
  switch (type) {
    case DType::kQ4_0:
      return split_nibbles<values::BlockQ4_0>;
    case DType::kQ4_1:
      return split_nibbles<values::BlockQ4_1>;
    case DType::kQ5_0:
      return split_five_bits<values::BlockQ5_0>;
    case DType::kQ5_1:
      return split_five_bits<values::BlockQ5_1>;
    case DType::kQ8_0:
      return split_q8_0;
    case DType::kQ4_K:
      return split_q4_k;
    case DType::kQ5_K:
      return split_q5_k;
    case DType::kQ6_K:
      return split_q6_k;
    default:
      ASSAY_CHECK(false, "{} has no blocks", values::info(type).name);
  }
}

// Writes one row's block into lane `lane` of a tile.
void put(const RowBlock& block, const TileFormat& format, const InterleavedVariant& variant, int lane,
         std::byte* tile) {
  const int words = format.code_bits;  // of four bytes: 4 or 8
  for (int j = 0; j < words; ++j) {
    std::uint32_t word = 0;
    std::memcpy(&word, block.codes + 4 * j, 4);
    if (format.code_bits == 8) word ^= 0x01010101u * variant.code_flip;
    std::memcpy(tile + 4 * (j * variant.lanes + lane), &word, 4);
  }
  std::byte* run = tile + format.code_bytes(variant.lanes);
  const auto size = static_cast<std::size_t>(format.scale_bytes);
  for (int i = 0; i < format.scales_per_lane; ++i, run += format.scale_run_bytes(variant.lanes))
    std::memcpy(run + lane * format.scale_bytes, &block.scales[i], size);
  if (format.has_minimum) std::memcpy(run + lane * format.scale_bytes, &block.minimum, size);
}

class InterleavedMatrix final : public PackedMatrix {
 public:
  InterleavedMatrix(values::TensorView weights, const InterleavedVariant& variant, device::ThreadPool* pool)
      : variant_(variant), format_(tile_format(weights.dtype)) {
    rows_ = weights.shape[0];
    cols_ = weights.shape[1];
    blocks_ = cols_ / 32;
    groups_ = (rows_ + variant.lanes - 1) / variant.lanes;
    const auto size = static_cast<std::size_t>(groups_ * blocks_ * format_.tile_bytes(variant.lanes));
    tiles_ = take_large_memory(size);
    const auto pack = [&](int index) {
      const device::Range part = device::part_of(groups_, index, pool != nullptr ? pool->size() : 1);
      for (std::int64_t group = part.begin; group < part.end; ++group) pack_group(weights, group);
    };
    if (pool != nullptr) {
      pool->run(pack);
    } else {
      pack(0);
    }
  }

  std::string_view variant() const override { return variant_.name; }
  bool wants_q8() const override { return true; }
  std::int64_t row_grain() const override { return variant_.lanes; }

  void multiply(const Activations& x, float* y, std::int64_t y_stride, device::Range part) const override {
    ASSAY_CHECK(x.cols == cols_, "x has {} columns, the matrix {}", x.cols, cols_);
    ASSAY_CHECK(part.begin % variant_.lanes == 0 || part.size() == 0, "part begins at row {}", part.begin);
    variant_.multiply({tiles_.get(), rows_, blocks_}, x, y, y_stride, part);
  }

 private:
  void pack_group(const values::TensorView& weights, std::int64_t group) {
    const SplitRowBlock split = splitter(weights.dtype);
    const std::int64_t tile_bytes = format_.tile_bytes(variant_.lanes);
    std::byte* tiles = tiles_.get() + group * blocks_ * tile_bytes;
    for (int lane = 0; lane < variant_.lanes; ++lane) {
      const std::int64_t row = group * variant_.lanes + lane;
      const std::byte* source = row < rows_ ? weights.row(row).data() : nullptr;
      for (std::int64_t b = 0; b < blocks_; ++b)
        put(source != nullptr ? split(source, b) : RowBlock{}, format_, variant_, lane,
            tiles + b * tile_bytes);
    }
  }

  InterleavedVariant variant_;
  TileFormat format_;
  std::int64_t blocks_ = 0;
  std::int64_t groups_ = 0;
  std::shared_ptr<std::byte> tiles_;
};

}  // namespace

TileFormat tile_format(DType type) {
  switch (type) {
    case DType::kQ4_0:
      return kTileQ4_0;
    case DType::kQ4_1:
      return kTileQ4_1;
    case DType::kQ5_0:
    case DType::kQ8_0:
      return kTileQ8_0;
    case DType::kQ5_1:
      return kTileQ5_1;
    case DType::kQ4_K:
      return kTileQ4_K;
    case DType::kQ5_K:
      return kTileQ5_K;
    case DType::kQ6_K:
      return kTileQ6_K;
    default:
      ASSAY_CHECK(false, "{} has no tiles", values::info(type).name);
  }
}

std::unique_ptr<PackedMatrix> make_interleaved(values::TensorView weights, const InterleavedVariant& variant,
                                               device::ThreadPool* pool) {
  return std::make_unique<InterleavedMatrix>(weights, variant, pool);
}

}  // namespace assay::kernels::matmul
