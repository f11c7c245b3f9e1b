// SPDX-License-Identifier: Apache-2.0
// The 256-value blocks: each group's scale is found by a least-squares scan over a few candidate grids, then
// quantised itself, and the codes are taken again with the quantised scale. The order of every sum is fixed:
// the bytes equal those of ggml's reference quantiser, without an importance matrix.
#include <algorithm>
#include <array>
#include <cmath>

#include "values/blocks.h"
#include "values/blocks_encode.h"

namespace assay::values {
namespace {

constexpr float kNothing = 1e-15f;  // groups of smaller values are stored as zeros

int nearest_code(float value, int low, int high) {
  return to_code(value, low, high, [](float v) { return std::nearbyint(v); });
}

// codes * scale - minimum approximates the group; minimum >= 0.
struct AffineFit {
  float scale = 0;
  float minimum = 0;
  std::array<int, 32> codes{};
};

struct AffineSearch {
  int greatest_code;
  float first_step;  // candidate i has greatest_code + first_step + i / 10 steps over the group's range
  int last_candidate;
};

using Group = std::array<float, 32>;

Group weights_of(const float* x) {
  float sum = 0;
  for (int i = 0; i < 32; ++i) sum += x[i] * x[i];
  const float root_mean_square = std::sqrt(sum / 32);
  Group weights;
  for (std::size_t i = 0; i < 32; ++i) weights[i] = root_mean_square + std::fabs(x[i]);
  return weights;
}

float weighted_error(const float* x, const Group& weights, const AffineFit& fit) {
  float error = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    const float difference = fit.scale * static_cast<float>(fit.codes[i]) - fit.minimum - x[i];
    error += weights[i] * (difference * difference);
  }
  return error;
}

// The best scale and minimum for given codes, by weighted least squares. False if the codes are all equal.
bool solve(const float* x, const Group& weights, AffineFit& fit) {
  float sum_w = 0, sum_x = 0, sum_l = 0, sum_ll = 0, sum_xl = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    const float w = weights[i], l = static_cast<float>(fit.codes[i]);
    sum_w += w;
    sum_x += w * x[i];
    sum_l += w * l;
    sum_ll += w * l * l;
    sum_xl += w * l * x[i];
  }
  const float determinant = sum_w * sum_ll - sum_l * sum_l;
  if (!(determinant > 0)) return false;
  fit.scale = (sum_w * sum_xl - sum_x * sum_l) / determinant;
  const float offset = (sum_ll * sum_x - sum_l * sum_xl) / determinant;
  fit.minimum = -offset;
  if (offset > 0) {  // the format can only subtract: leave the minimum out
    fit.minimum = 0;
    fit.scale = sum_xl / sum_ll;
  }
  return true;
}

// Grids of several densities over the group's range, each from the best minimum found so far.
AffineFit fit_affine(const float* x, const AffineSearch& search) {
  const float greatest = *std::max_element(x, x + 32);
  AffineFit best{.minimum = -std::min(*std::min_element(x, x + 32), 0.0f)};
  if (greatest + best.minimum == 0) return best;
  const auto codes_for = [&](float steps) {
    std::array<int, 32> codes;
    const float inverse = steps / (greatest + best.minimum);
    for (std::size_t i = 0; i < 32; ++i) {
      codes[i] = nearest_code(inverse * (x[i] + best.minimum), 0, search.greatest_code);
    }
    return codes;
  };
  const Group weights = weights_of(x);
  const auto greatest_code = static_cast<float>(search.greatest_code);
  best.scale = 1 / (greatest_code / (greatest + best.minimum));
  best.codes = codes_for(greatest_code);
  float best_error = weighted_error(x, weights, best);
  for (int i = 0; i <= search.last_candidate; ++i) {
    AffineFit candidate{.codes = codes_for(search.first_step + 0.1f * static_cast<float>(i) + greatest_code)};
    if (!solve(x, weights, candidate)) continue;
    const float error = weighted_error(x, weights, candidate);
    if (error < best_error) {
      best_error = error;
      best = candidate;
    }
  }
  return best;
}

void pack_scale_and_minimum(std::uint8_t* scales, int g, int scale, int minimum) {
  const auto put = [&](int at, int bits) { scales[at] = static_cast<std::uint8_t>(scales[at] | bits); };
  if (g < 4) {
    put(g, scale);
    put(g + 4, minimum);
  } else {
    put(g + 4, (scale & 15) | (minimum & 15) << 4);
    put(g - 4, scale >> 4 << 6);
    put(g, minimum >> 4 << 6);
  }
}

// Q4_K, Q5_K.
template <typename Block>
void encode_k(const float* values, Block& block, const AffineSearch& search) {
  std::array<AffineFit, 8> fits;
  float greatest_scale = 0, greatest_minimum = 0;
  for (std::size_t g = 0; g < 8; ++g) {
    fits[g] = fit_affine(values + 32 * g, search);
    greatest_scale = std::max(greatest_scale, fits[g].scale);
    greatest_minimum = std::max(greatest_minimum, fits[g].minimum);
  }
  block.d = f32_to_f16(greatest_scale / 63);
  block.dmin = f32_to_f16(greatest_minimum / 63);
  const float inverse_scale = greatest_scale > 0 ? 63 / greatest_scale : 0;
  const float inverse_minimum = greatest_minimum > 0 ? 63 / greatest_minimum : 0;
  for (int g = 0; g < 8; ++g) {
    AffineFit& fit = fits[static_cast<std::size_t>(g)];
    const int scale = nearest_code(inverse_scale * fit.scale, 0, 63);
    const int minimum = nearest_code(inverse_minimum * fit.minimum, 0, 63);
    pack_scale_and_minimum(block.scales, g, scale, minimum);
    const float d = f16_to_f32(block.d) * static_cast<float>(scale);
    const float m = f16_to_f32(block.dmin) * static_cast<float>(minimum);
    for (int l = 0; l < 32; ++l) {
      int code = fit.codes[static_cast<std::size_t>(l)];
      if (d != 0) code = nearest_code((values[32 * g + l] + m) / d, 0, search.greatest_code);
      block.codes[32 * (g / 2) + l] |= static_cast<std::uint8_t>((code & 15) << (4 * (g % 2)));
      if constexpr (BlockWithHighBits<Block>) block.high[l] |= static_cast<std::uint8_t>((code >> 4) << g);
    }
  }
}

// codes * scale approximates the group of 16, with codes from -32 to 31.
struct SymmetricFit {
  float scale = 0;
  std::array<int, 16> codes;
};

SymmetricFit fit_symmetric(const float* x) {
  SymmetricFit best{.codes = {}};
  float extreme = 0;
  for (int i = 0; i < 16; ++i) {
    if (std::fabs(x[i]) > std::fabs(extreme)) extreme = x[i];
  }
  if (std::fabs(extreme) < kNothing) {
    best.codes.fill(-32);  // all bits zero in the block
    return best;
  }
  float best_gain = 0;
  for (const int step : {0, -9, -8, -7, -6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6, 7, 8, 9}) {
    const float inverse = -(32 + 0.1f * static_cast<float>(step)) / extreme;
    SymmetricFit fit;
    float sum_xl = 0, sum_ll = 0;  // weighted by x^2
    for (std::size_t i = 0; i < 16; ++i) {
      fit.codes[i] = nearest_code(inverse * x[i], -32, 31);
      const float w = x[i] * x[i], l = static_cast<float>(fit.codes[i]);
      sum_xl += w * x[i] * l;
      sum_ll += w * l * l;
    }
    if (step == 0 || (sum_ll > 0 && sum_xl * sum_xl > best_gain * sum_ll)) {
      fit.scale = sum_ll != 0 ? sum_xl / sum_ll : 0;
      best_gain = fit.scale * sum_xl;
      best = fit;
    }
  }
  return best;
}

}  // namespace

void encode(const float* values, BlockQ4_K& block) { encode_k(values, block, {15, -1.0f, 20}); }
void encode(const float* values, BlockQ5_K& block) { encode_k(values, block, {31, -0.5f, 15}); }

void encode(const float* values, BlockQ6_K& block) {
  std::array<SymmetricFit, 16> fits;
  float extreme = 0;
  for (std::size_t g = 0; g < 16; ++g) {
    fits[g] = fit_symmetric(values + 16 * g);
    if (std::fabs(fits[g].scale) > std::fabs(extreme)) extreme = fits[g].scale;
  }
  if (std::fabs(extreme) < kNothing) return;  // the block stays zero
  const float inverse = -128.0f / extreme;
  block.d = f32_to_f16(1 / inverse);
  for (int i = 0; i < 256; ++i) {
    const SymmetricFit& fit = fits[static_cast<std::size_t>(i / 16)];
    const int scale = nearest_code(inverse * fit.scale, -128, 127);
    block.scales[i / 16] = static_cast<std::int8_t>(scale);
    const float d = f16_to_f32(block.d) * static_cast<float>(scale);
    const int code =
        32 + (d != 0 ? nearest_code(values[i] / d, -32, 31) : fit.codes[static_cast<std::size_t>(i % 16)]);
    const int h = i / 128, q = i / 32 % 4, l = i % 32;
    block.codes[64 * h + 32 * (q % 2) + l] |= static_cast<std::uint8_t>((code & 15) << (4 * (q / 2)));
    block.high[32 * h + l] |= static_cast<std::uint8_t>((code >> 4) << (2 * q));
  }
}

}  // namespace assay::values
