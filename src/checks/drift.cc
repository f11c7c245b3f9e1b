// SPDX-License-Identifier: Apache-2.0
#include "checks/drift.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "checks/checks.h"
#include "checks/core_state.h"
#include "checks/pattern.h"
#include "checks/two_levels.h"

namespace assay::checks {
namespace {

constexpr double kSmallestEffect = 0.01;
constexpr double kDisturbed = 0.02;  // of the samples: less does not make a drift
constexpr std::size_t kFewestCalm = 20;
constexpr std::size_t kViewSize = 512;  // the search's cost grows with the square

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

std::vector<View> views_of(std::span<const std::int64_t> times_ns) {
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

std::string describe(const Pattern& pattern, const View& view, double effect, std::size_t calls,
                     std::string_view unit) {
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

bool is_worth_saying(const Drift& drift, const measure::Evidence& evidence) {
  // The interval already tells of anything smaller than itself.
  const double half_width = evidence.statistics.relative_half_width().value_or(0);
  return drift.effect >= std::max(kSmallestEffect, half_width);
}

bool is_the_machines(const measure::Evidence& evidence, const CoreState& state) {
  if (state.calm_share > 1 - kDisturbed) return false;
  const std::vector<std::int64_t> calm = calm_times(evidence.samples, state);
  if (calm.size() < kFewestCalm) return true;
  const auto left = find_drift(calm, calm, region_median_ns(evidence), evidence.samples.calls_per_sample);
  return !left || !is_worth_saying(*left, evidence);
}

}  // namespace

std::vector<std::int64_t> in_beat(const measure::Samples& samples) {
  const auto& times = samples.times_ns;
  std::vector<std::int64_t> all;
  std::size_t checked = 0;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const std::size_t first = checked;
    while (checked < samples.checked_before_sample.size() &&
           samples.checked_before_sample[checked] <= static_cast<std::int64_t>(i)) {
      checked += 1;
    }
    const auto gap = static_cast<std::int64_t>(checked - first);
    const std::int64_t before = i > 0 ? times[i - 1] : times[i];
    for (std::int64_t k = 1; k <= gap; ++k) all.push_back(before + (times[i] - before) * k / (gap + 1));
    all.push_back(times[i]);
  }
  return all;
}

std::optional<Drift> find_drift(std::span<const std::int64_t> times_ns,
                                std::span<const std::int64_t> in_beat_ns, double region_median_ns,
                                std::int64_t calls_per_sample) {
  const std::string_view unit = calls_per_sample == 1 ? "call" : "sample";
  std::optional<Drift> largest;
  const auto offer = [&](Drift drift) {
    if (!largest || drift.effect > largest->effect) largest = std::move(drift);
  };
  for (const View& view : views_of(in_beat_ns)) {
    const auto pattern = find_pattern(winsorised(view.times_ns));
    if (!pattern) continue;
    const double effect = size_of(*pattern, view) / region_median_ns;
    offer({effect, describe(*pattern, view, effect, in_beat_ns.size(), unit)});
  }
  if (const auto levels = find_two_levels(times_ns)) {
    const double effect = (levels->upper - levels->lower) / region_median_ns;
    offer({effect, fmt::format("two levels {:.1f} % apart, {:.0f} % of the {}s in the upper one",
                               100 * effect, 100 * levels->upper_share, unit)});
  }
  return largest;
}

std::optional<JudgedDrift> judge_drift(const measure::Evidence& evidence) {
  if (evidence.statistics.median_ns <= 0) return {};
  auto drift = find_drift(evidence.samples.times_ns, in_beat(evidence.samples), region_median_ns(evidence),
                          evidence.samples.calls_per_sample);
  if (!drift || !is_worth_saying(*drift, evidence)) return {};
  const auto state = core_state(evidence.samples);
  if (!state || !is_the_machines(evidence, *state))
    return JudgedDrift{std::move(*drift), DriftMaker::kProgram};
  const bool neighbour = state->shared_share > (1 - state->calm_share) / 2;
  return JudgedDrift{std::move(*drift), neighbour ? DriftMaker::kNeighbour : DriftMaker::kClock};
}

}  // namespace assay::checks
