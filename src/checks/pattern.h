// SPDX-License-Identifier: Apache-2.0
#pragma once
// The strongest pattern in a series that stationary noise does not explain: a step, a trend, or an
// alternation of any period. Noise whose neighbours depend on each other wanders, and a plain test takes the
// wandering for a change. So each pattern is fitted together with noise of the first order, AR(1), and must
// explain the series much better than such noise alone: the evidence is the logarithm of the ratio of the two
// likelihoods, times two. Source: the likelihood ratio of an intervention in autoregressive noise, G. C. Tiao
// and G. E. P. Box 1975, "Intervention Analysis with Applications to Economic and Environmental Problems".
// Not supported: noise with a longer memory than AR(1), such as 1/f noise, is told from a trend only in part.
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace assay::checks {

enum class PatternKind : std::uint8_t { kStep, kTrend, kAlternation };

struct Pattern {
  PatternKind kind = PatternKind::kStep;
  double evidence = 0;        // twice the log-likelihood ratio against noise alone
  double needed = 0;          // evidence that noise alone does not reach in 99 of 100 series, for this kind
  double place = 0;           // step: index of the first value after it; alternation: its period in values
  std::vector<double> shape;  // the fitted pattern without its level: above 0 where it says "high"
};

// The pattern with the most evidence beyond what it needs. Nothing if none has as much as it needs, for fewer
// than 16 values, or if all are equal. The cost grows with the square of the number of values: give it a few
// hundred.
[[nodiscard]] std::optional<Pattern> find_pattern(std::span<const double> values);

// Values further from the median than five standard deviations (judged by the median deviation) are brought
// in to there, so that single slow calls neither make nor hide a pattern.
[[nodiscard]] std::vector<double> winsorised(std::span<const double> values);

}  // namespace assay::checks
