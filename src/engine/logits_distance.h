// SPDX-License-Identifier: Apache-2.0
#pragma once
// How far a backend's logits are from the reference's, and how far they may be.
//
// A fast backend rounds activations to 8 bits in front of every quantised matrix: an error of about 1 % a
// product that a trained network carries through all its layers. Measured on SmolLM2-135M (Q4_1, 3 texts and
// random tokens, 40 positions each) against the reference in floats: 5 to 10 % of the logits' own spread over
// all positions, up to 25 % at single ones, the same as llama.cpp's distance from the same reference. A whole
// model can therefore be held to kWholeModelBound only. On the same model that bound shows a skipped layer
// (37 % and more), exchanged key heads of one layer (28 % and more) and rotations that are one position off
// (37 %), but not eight missing rows of one matrix (6 to 14 %; for q and k of some layers 31 % and more).
// Rounding the reference's activations too does not help: after a few layers the tiny differences at rounding
// borders have grown to the same noise. One layer alone (engine/layer_check.h) has no such growth: see
// kOneLayerBound.
#include <cstdint>
#include <span>

namespace assay::engine {

struct LogitsDistance {
  std::int64_t rows = 0;
  // Root mean square of all differences over that of the reference's deviations from each row's mean; not
  // finite if any logit is not.
  double relative_rms = 0.0;
  double worst_row = 0.0;        // the same of the worst row
  std::int64_t same_argmax = 0;  // rows whose largest logit is at the same place
  // Rows where it is not, although the reference's two largest logits are at least three times the row's root
  // mean square difference apart.
  std::int64_t wrong_argmax = 0;

  // False also if the distance is not a number.
  [[nodiscard]] bool within(double bound) const { return relative_rms <= bound; }
};

// Twice the worst that an honest backend gave, for 8 rows and more.
inline constexpr double kWholeModelBound = 0.20;
// For one decode step: twice the worst single row.
inline constexpr double kSingleRowBound = 0.50;

// Both (rows, vocab) and of the same size. No rows: a distance of 0.
[[nodiscard]] LogitsDistance logits_distance(std::span<const float> reference,
                                             std::span<const float> candidate, std::int64_t vocab);

}  // namespace assay::engine
