// SPDX-License-Identifier: Apache-2.0
#include "checks/pattern.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "base/check.h"

namespace assay::checks {
namespace {

constexpr std::size_t kFewestValues = 16;
constexpr std::size_t kFinestHalfTurns = 16;
constexpr double kReach = 5;                // standard deviations kept by winsorised()
constexpr double kDeviationsToSd = 1.4826;  // of the normal distribution

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Mean square of what AR(1) noise cannot predict in a series of residuals around 0.
double innovation(std::span<const double> residuals) {
  double products = 0;
  double squares_before = 0;
  double squares_after = 0;
  for (std::size_t t = 1; t < residuals.size(); ++t) {
    products += residuals[t - 1] * residuals[t];
    squares_before += residuals[t - 1] * residuals[t - 1];
    squares_after += residuals[t] * residuals[t];
  }
  if (squares_before <= 0) return squares_after;
  return std::max(squares_after - products * products / squares_before, 0.0);
}

// What AR(1) noise with rho from -0.9 to 0.95 reaches in less than one series of a hundred, from simulation;
// so does skewed independent noise. More places and frequencies are tried for some kinds, which gives chance
// more chances.
double evidence_needed(PatternKind kind, double values) {
  switch (kind) {
    case PatternKind::kTrend:
      return 15;
    case PatternKind::kStep:
      return 19;
    case PatternKind::kAlternation:
      break;
  }
  return 21 + 2 * std::log(std::max(values, 100.0) / 100);
}

// Compares patterns of one series with each other and keeps the strongest.
class Search {
 public:
  explicit Search(std::span<const double> values)
      : values_(values.begin(), values.end()), residuals_(values.size()) {
    const double mean = std::accumulate(values_.begin(), values_.end(), 0.0) / size();
    for (double& value : values_) value -= mean;
    noise_alone_ = innovation(values_);
    // Rounding leaves a little noise in a perfect pattern; its evidence would be infinite.
    least_ = 1e-9 * noise_alone_;
  }

  [[nodiscard]] double size() const { return static_cast<double>(values_.size()); }
  [[nodiscard]] bool all_equal() const { return noise_alone_ <= 0; }
  [[nodiscard]] const std::vector<double>& values() const { return values_; }
  [[nodiscard]] std::optional<Pattern> found() && { return std::move(best_); }

  // `shape(t)`: the fitted pattern, of mean 0.
  template <typename Shape>
  void consider(PatternKind kind, double place, const Shape& shape) {
    for (std::size_t t = 0; t < values_.size(); ++t) residuals_[t] = values_[t] - shape(t);
    const double left = std::max(innovation(residuals_), least_);
    const double evidence = (size() - 1) * std::log(noise_alone_ / left);
    const double needed = evidence_needed(kind, size());
    if (evidence - needed <= (best_ ? best_->evidence - best_->needed : 0)) return;
    best_ = {kind, evidence, needed, place, std::vector<double>(values_.size())};
    for (std::size_t t = 0; t < values_.size(); ++t) best_->shape[t] = shape(t);
  }

 private:
  std::vector<double> values_;
  std::vector<double> residuals_;
  double noise_alone_ = 0;
  double least_ = 0;
  std::optional<Pattern> best_;
};

void consider_steps(Search& search) {
  const std::size_t n = search.values().size();
  const std::size_t margin = std::max<std::size_t>(n / 20, 4);  // a step near an end is a few odd values
  double sum_before = 0;
  for (std::size_t split = 1; split + margin <= n; ++split) {
    sum_before += search.values()[split - 1];
    if (split < margin) continue;
    const double before = sum_before / static_cast<double>(split);
    const double after = -sum_before / static_cast<double>(n - split);
    search.consider(PatternKind::kStep, static_cast<double>(split),
                    [&](std::size_t t) { return t < split ? before : after; });
  }
}

void consider_trend(Search& search) {
  const double middle = (search.size() - 1) / 2;
  double products = 0;
  double squares = 0;
  for (std::size_t t = 0; t < search.values().size(); ++t) {
    const double x = static_cast<double>(t) - middle;
    products += x * search.values()[t];
    squares += x * x;
  }
  const double slope = products / squares;
  search.consider(PatternKind::kTrend, 0,
                  [&](std::size_t t) { return slope * (static_cast<double>(t) - middle); });
}

// Least-squares waves of any number of half turns over one series.
class Waves {
 public:
  explicit Waves(const std::vector<double>& values)
      : values_(values), n_(values.size()), circle_(4 * n_), cosines_(n_), sines_(n_), wave_(n_) {
    for (std::size_t i = 0; i < circle_.size(); ++i) {
      circle_[i] = std::cos(std::numbers::pi * static_cast<double>(i) / static_cast<double>(2 * n_));
    }
  }

  // The fitted wave, of mean 0; valid until the next call.
  const std::vector<double>& fit(std::size_t half_turns) {
    sample(half_turns);
    double cc = 0, ss = 0, cs = 0, vc = 0, vs = 0;
    for (std::size_t t = 0; t < n_; ++t) {
      cc += cosines_[t] * cosines_[t];
      ss += sines_[t] * sines_[t];
      cs += cosines_[t] * sines_[t];
      vc += values_[t] * cosines_[t];
      vs += values_[t] * sines_[t];
    }
    // At the highest frequency the cosine is 0 everywhere, and the sine alone is fitted.
    const bool sine_alone = half_turns == n_;
    const double determinant = cc * ss - cs * cs;
    const double a = sine_alone ? 0 : (vc * ss - vs * cs) / determinant;
    const double b = sine_alone ? vs / ss : (vs * cc - vc * cs) / determinant;
    for (std::size_t t = 0; t < n_; ++t) wave_[t] = a * cosines_[t] + b * sines_[t];
    return wave_;
  }

 private:
  // Cosine and sine at the middle of each value, less their means (a half turn too many leaves one).
  void sample(std::size_t half_turns) {
    double cosine_sum = 0;
    double sine_sum = 0;
    for (std::size_t t = 0; t < n_; ++t) {
      const std::size_t angle = half_turns * (2 * t + 1) % (4 * n_);
      cosines_[t] = circle_[angle];
      sines_[t] = circle_[(angle + 3 * n_) % (4 * n_)];
      cosine_sum += cosines_[t];
      sine_sum += sines_[t];
    }
    for (double& value : cosines_) value -= cosine_sum / static_cast<double>(n_);
    for (double& value : sines_) value -= sine_sum / static_cast<double>(n_);
  }

  const std::vector<double>& values_;
  std::size_t n_;
  std::vector<double> circle_;  // cosine of a whole turn in 4 n steps
  std::vector<double> cosines_;
  std::vector<double> sines_;
  std::vector<double> wave_;
};

// A square wave is mostly its first harmonic. Slow waves need not fit a whole number of times.
void consider_alternations(Search& search) {
  const std::size_t n = search.values().size();
  Waves waves(search.values());
  std::size_t half_turns = 2;
  while (half_turns < n) {
    half_turns = std::min(half_turns + (half_turns < kFinestHalfTurns ? 1 : 2), n);
    const std::vector<double>& wave = waves.fit(half_turns);
    search.consider(PatternKind::kAlternation, 2 * static_cast<double>(n) / static_cast<double>(half_turns),
                    [&](std::size_t t) { return wave[t]; });
  }
}

}  // namespace

std::vector<double> winsorised(std::span<const double> values) {
  ASSAY_CHECK(!values.empty(), "no values");
  std::vector<double> result(values.begin(), values.end());
  const double median = median_of(result);
  std::vector<double> deviations(result.size());
  std::transform(result.begin(), result.end(), deviations.begin(),
                 [&](double v) { return std::abs(v - median); });
  const double reach = kReach * kDeviationsToSd * median_of(std::move(deviations));
  if (reach <= 0) return result;  // a coarse clock: more than half are equal
  for (double& value : result) value = std::clamp(value, median - reach, median + reach);
  return result;
}

std::optional<Pattern> find_pattern(std::span<const double> values) {
  if (values.size() < kFewestValues) return std::nullopt;
  Search search(values);
  if (search.all_equal()) return std::nullopt;
  consider_steps(search);
  consider_trend(search);
  consider_alternations(search);
  return std::move(search).found();
}

}  // namespace assay::checks
