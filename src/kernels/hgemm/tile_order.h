// SPDX-License-Identifier: Apache-2.0
#pragma once
// In which order blocks take the tiles of the output. Blocks that run at the same time should share rows of A
// and columns of B, so that the L2 cache reads each of them once.

namespace assay::kernels::hgemm {

struct TilePlace {
  int row = 0;
  int col = 0;
};

// Bands of `band` rows of tiles, walked column by column; the last band may be lower. Each index below
// rows * cols is one tile.
constexpr TilePlace tile_in_bands(int index, int rows, int cols, int band) {
  const int in_band = band * cols;
  const int first = index / in_band * band;
  const int height = rows - first < band ? rows - first : band;
  const int rest = index % in_band;
  return {first + rest % height, rest / height};
}

}  // namespace assay::kernels::hgemm
