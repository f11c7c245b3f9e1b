// SPDX-License-Identifier: Apache-2.0
// Findings `drifting`: the calls of one window did not all measure the same thing. Stationary noise, even
// with a long memory (AR(1) with rho = 0.9), is no finding; see pattern.h and two_levels.h for how they are
// told apart.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "checks/checks.h"
#include "checks/pattern.h"
#include "checks/two_levels.h"

namespace assay::checks {
namespace {

constexpr double kSmallestEffect = 0.01;
constexpr std::size_t kViewSize = 512;  // the search's cost grows with the square

struct Drift {
  double effect = 0;  // share of the median
  std::string text;
};

// Part of the window that is searched: neighbours joined by their median, so that slow patterns of the whole
// window show, or a stretch of single calls, so that fast alternation shows.
struct View {
  std::vector<double> times_ns;
  std::size_t calls_each = 1;
};

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::vector<View> views_of(const std::vector<std::int64_t>& times_ns) {
  const std::vector<double> all(times_ns.begin(), times_ns.end());
  if (all.size() <= kViewSize) return {{all, 1}};
  const auto middle = all.begin() + static_cast<std::ptrdiff_t>((all.size() - kViewSize) / 2);
  View close{{middle, middle + static_cast<std::ptrdiff_t>(kViewSize)}, 1};
  View whole{{}, (all.size() + kViewSize - 1) / kViewSize};
  for (std::size_t begin = 0; begin + whole.calls_each <= all.size(); begin += whole.calls_each) {
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(begin);
    whole.times_ns.push_back(median_of({first, first + static_cast<std::ptrdiff_t>(whole.calls_each)}));
  }
  return {whole, close};
}

// How far apart in time the "high" and the "low" part of a pattern are.
double size_of(const Pattern& pattern, const View& view) {
  if (pattern.kind == PatternKind::kTrend) return std::abs(pattern.shape.back() - pattern.shape.front());
  std::vector<double> high;
  std::vector<double> low;
  const std::size_t n = view.times_ns.size();
  const auto place = static_cast<std::size_t>(pattern.place);
  for (std::size_t i = 0; i < n; ++i) {
    // A slope is sometimes taken for a step; near the step it would make the step look small.
    const bool near_step =
        pattern.kind == PatternKind::kStep && i >= place / 2 && i < place + (n - place) / 2;
    if (!near_step) (pattern.shape[i] > 0 ? high : low).push_back(view.times_ns[i]);
  }
  if (high.empty() || low.empty()) return 0;
  return std::abs(median_of(std::move(high)) - median_of(std::move(low)));
}

// What one time is of.
std::string_view unit_of(const measure::Samples& samples) {
  return samples.calls_per_sample == 1 ? "call" : "sample";
}

std::string describe(const Pattern& pattern, const View& view, double effect,
                     const measure::Samples& samples) {
  const std::size_t calls = samples.times_ns.size();
  const std::string_view unit = unit_of(samples);
  const auto calls_each = static_cast<double>(view.calls_each);
  const std::string why = fmt::format("evidence {:.0f} > {:.0f}", pattern.evidence, pattern.needed);
  switch (pattern.kind) {
    case PatternKind::kStep:
      return fmt::format("a step of {:.1f} % near {} {:.0f} of {} ({})", 100 * effect, unit,
                         pattern.place * calls_each, calls, why);
    case PatternKind::kTrend:
      return fmt::format("a trend of {:.1f} % over {} {}s ({})", 100 * effect, calls, unit, why);
    case PatternKind::kAlternation:
      break;
  }
  return fmt::format("an alternation of {:.1f} % with a period of {:.3g} {}s ({})", 100 * effect,
                     pattern.place * calls_each, unit, why);
}

void find_patterns(const measure::Evidence& evidence, std::vector<Drift>& drifts) {
  for (const View& view : views_of(evidence.samples.times_ns)) {
    const auto pattern = find_pattern(winsorised(view.times_ns));
    if (!pattern) continue;
    const double effect = size_of(*pattern, view) / region_median_ns(evidence);
    drifts.push_back({effect, describe(*pattern, view, effect, evidence.samples)});
  }
}

void find_levels(const measure::Evidence& evidence, std::vector<Drift>& drifts) {
  const auto levels = find_two_levels(evidence.samples.times_ns);
  if (!levels) return;
  const double effect = (levels->upper - levels->lower) / region_median_ns(evidence);
  drifts.push_back({effect, fmt::format("two levels {:.1f} % apart, {:.0f} % of the {}s in the upper one",
                                        100 * effect, 100 * levels->upper_share, unit_of(evidence.samples))});
}

}  // namespace

Findings check_drifting(const measure::Evidence& evidence) {
  if (evidence.statistics.median_ns <= 0) return {};
  std::vector<Drift> drifts;
  find_patterns(evidence, drifts);
  find_levels(evidence, drifts);
  if (drifts.empty()) return {};
  const Drift& largest = *std::max_element(
      drifts.begin(), drifts.end(), [](const Drift& a, const Drift& b) { return a.effect < b.effect; });
  // The interval already tells of anything smaller than itself.
  const double half_width = evidence.statistics.relative_half_width().value_or(0);
  if (largest.effect < std::max(kSmallestEffect, half_width)) return {};
  return {{"drifting", severity_by_effect(largest.effect, evidence.statistics), largest.text,
           "Look at the plot of times in order: give the case a longer warm-up, fix the clock frequency, or "
           "find what "
           "changes from call to call."}};
}

}  // namespace assay::checks
