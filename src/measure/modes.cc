// SPDX-License-Identifier: Apache-2.0
#include "measure/modes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/text.h"

namespace assay::measure {
namespace {

constexpr double kIsolatedShare = 0.8;  // of the budget
constexpr std::int64_t kMaxCalls = 1 << 17;
constexpr int kProbes = 5;
// Warm-up and 20 samples are the least that a mode takes.
constexpr std::int64_t kLeastRegions = 25;

class DoesNothing final : public Runner {
 public:
  Result<void> restore() override { return {}; }
  Result<void> call() override { return {}; }
};

// Median time of one region of so many calls; restores before each.
Result<std::int64_t> region_ns(Runner& runner, Clock& clock, std::int64_t calls) {
  std::int64_t times[kProbes];
  for (std::int64_t& time : times) {
    ASSAY_TRY_VOID(runner.restore());
    const std::int64_t begin_ns = clock.now_ns();
    for (std::int64_t i = 0; i < calls; ++i) ASSAY_TRY_VOID(runner.call());
    time = clock.now_ns() - begin_ns;
  }
  std::nth_element(times, times + kProbes / 2, times + kProbes);
  return times[kProbes / 2];
}

double wanted_region_ns(const EmptyRegion& empty) {
  return std::max({100 * empty.clock_step_ns, 200 * empty.median_ns, 10'000.0});
}

// Doubles the number until a region is long enough, so that a region of few calls, which the clock cannot
// tell, decides nothing.
Result<std::int64_t> choose_calls(Runner& runner, Clock& clock, const EmptyRegion& empty,
                                  double isolated_ns) {
  const double wanted = wanted_region_ns(empty);
  if (2 * isolated_ns > 4 * wanted) return 2;
  for (std::int64_t calls = 2; calls < kMaxCalls; calls *= 2) {
    ASSAY_TRY(const std::int64_t time, region_ns(runner, clock, calls));
    if (static_cast<double>(time) < wanted / 2) continue;
    const double each = static_cast<double>(time) / static_cast<double>(calls);
    return std::clamp<std::int64_t>(static_cast<std::int64_t>(std::ceil(wanted / each)), 2, kMaxCalls);
  }
  return kMaxCalls;
}

bool is_interrupted(const SamplerOptions& options) {
  return options.stop != nullptr && options.stop->load(std::memory_order_relaxed);
}

void judge_length(ModeResult& mode, const EmptyRegion& empty) {
  if (mode.samples.times_ns.empty()) return;
  mode.statistics = summarise(mode.samples);
  const auto calls = static_cast<double>(mode.samples.calls_per_sample);
  mode.too_short = is_too_short(mode.statistics.median_ns * calls, empty);
}

Result<ModeResult> back_to_back(Runner& runner, Clock& clock, const EmptyRegion& empty,
                                SamplerOptions options, const ModeResult& isolated, OutputEvidence& output) {
  ModeResult mode;
  mode.mode = "back_to_back";
  mode.unavailable = runner.why_not_repeat();
  if (!mode.unavailable.empty()) return mode;
  if (is_interrupted(options) || isolated.samples.times_ns.empty()) {
    mode.unavailable = "interrupted before it began";
    return mode;
  }
  ASSAY_TRY(options.calls_per_sample, choose_calls(runner, clock, empty, isolated.statistics.median_ns));
  options.budget_ns = std::max<std::int64_t>(options.budget_ns - isolated.samples.spent_ns, 1);
  const double least_ns =
      isolated.statistics.median_ns * static_cast<double>(options.calls_per_sample * kLeastRegions);
  if (!isolated.too_short && least_ns > static_cast<double>(options.budget_ns)) {
    mode.unavailable =
        fmt::format("{} regions of {} calls do not fit into the {} left of the budget", kLeastRegions,
                    options.calls_per_sample, format_duration_ns(static_cast<double>(options.budget_ns)));
    return mode;
  }
  options.seed += 1;
  ASSAY_TRY(mode.samples, sample(runner, clock, options, output));
  if (mode.samples.times_ns.empty()) mode.unavailable = "interrupted before its first sample";
  judge_length(mode, empty);
  DoesNothing nothing;
  ASSAY_TRY(const std::int64_t nothing_ns, region_ns(nothing, clock, options.calls_per_sample));
  mode.empty_call_ns = static_cast<double>(nothing_ns) / static_cast<double>(options.calls_per_sample);
  return mode;
}

}  // namespace

bool is_too_short(double region_ns, const EmptyRegion& empty) {
  return region_ns < 100 * empty.clock_step_ns || region_ns < 10 * empty.median_ns;
}

Result<ModesResult> measure_modes(Runner& runner, Clock& clock, const EmptyRegion& empty,
                                  const SamplerOptions& options, OutputEvidence& output) {
  ModesResult result;
  ModeResult& isolated = result.headline;
  isolated.mode = "isolated";
  isolated.empty_call_ns = empty.median_ns;
  SamplerOptions first = options;
  if (runner.can_repeat()) {
    first.budget_ns = std::max<std::int64_t>(
        static_cast<std::int64_t>(static_cast<double>(options.budget_ns) * kIsolatedShare), 1);
  }
  ASSAY_TRY(isolated.samples, sample(runner, clock, first, output));
  judge_length(isolated, empty);

  ASSAY_TRY(ModeResult repeated, back_to_back(runner, clock, empty, options, isolated, output));
  if (isolated.too_short && repeated.unavailable.empty()) std::swap(result.headline, repeated);
  result.others.push_back(std::move(repeated));
  return result;
}

}  // namespace assay::measure
