// SPDX-License-Identifier: Apache-2.0
#pragma once
// The order in which integer variants read quantised weights. `lanes` rows are interleaved so that one vector
// holds four consecutive codes of each row: four bytes of x, broadcast, serve all rows, and no sum runs
// across a vector.
//
// A group is `lanes` rows; a tile is a group's 32 columns. Tiles of a group follow each other, groups follow
// each other, and rows beyond the last are zeros. A tile holds
//   codes     4 bits: 4 vectors; byte t of lane r of vector j has column 4j + t low and column 16 + 4j + t
//   high
//             8 bits: 8 vectors; byte t of lane r of vector j has column 4j + t
//   scales    one for each lane, or two runs of them (columns 0..15, columns 16..31)
//   minimums  one for each lane, where the type has them
// Value = (code - zero point) * scale + minimum. K types multiply their scales out to f32; the others keep
// their f16.
#include <cstddef>
#include <cstdint>

#include "kernels/matmul/matmul.h"
#include "values/dtype.h"

namespace assay::kernels::matmul {

struct TileFormat {
  int code_bits = 4;    // 4: unsigned; 8: signed
  int scale_bytes = 2;  // f16 or f32; minimums alike
  int scales_per_lane = 1;
  bool has_minimum = false;
  int zero_point = 0;  // a code stands for code - zero_point

  [[nodiscard]] constexpr std::int64_t code_bytes(int lanes) const {
    return std::int64_t{lanes} * 4 * code_bits;
  }
  [[nodiscard]] constexpr std::int64_t scale_run_bytes(int lanes) const {
    return std::int64_t{lanes} * scale_bytes;
  }
  [[nodiscard]] constexpr std::int64_t tile_bytes(int lanes) const {
    return code_bytes(lanes) + scale_run_bytes(lanes) * (scales_per_lane + (has_minimum ? 1 : 0));
  }
};

inline constexpr TileFormat kTileQ4_0{4, 2, 1, false, 8};
inline constexpr TileFormat kTileQ4_1{4, 2, 1, true, 0};
inline constexpr TileFormat kTileQ8_0{8, 2, 1, false, 0};  // Q5_0 too: its codes less 16
inline constexpr TileFormat kTileQ5_1{8, 2, 1, true, 0};
inline constexpr TileFormat kTileQ4_K{4, 4, 1, true, 0};
inline constexpr TileFormat kTileQ5_K{8, 4, 1, true, 0};
inline constexpr TileFormat kTileQ6_K{8, 4, 2, false, 0};

// The tiles of one matrix and where a product puts its results.
struct InterleavedView {
  const std::byte* tiles = nullptr;
  std::int64_t rows = 0;    // true rows, without padding
  std::int64_t blocks = 0;  // tiles in a group
};
// y for `part` of the rows, as PackedMatrix::multiply.
using InterleavedMultiply = void (*)(const InterleavedView& w, const Activations& x, float* y,
                                     std::int64_t y_stride, device::Range part);

// How one variant computes on one type.
struct InterleavedVariant {
  const char* name = nullptr;
  int lanes = 8;
  std::uint8_t code_flip = 0;  // 8-bit codes are stored XOR this: 0x80 makes code + 128 of a signed code
  InterleavedMultiply multiply = nullptr;
};
// multiply is null for a type that the variant does not take.
[[nodiscard]] InterleavedVariant interleaved_avx2(values::DType type);
[[nodiscard]] InterleavedVariant interleaved_avx512vnni(values::DType type);

[[nodiscard]] TileFormat tile_format(values::DType type);  // of a quantised type

}  // namespace assay::kernels::matmul
