// SPDX-License-Identifier: Apache-2.0
#pragma once
// When to stop sampling. The rule is fixed before the first sample and looks at the times at n = 100, 150,
// 225, ... only: stopping at the first moment that happens to look precise would make the interval too
// narrow. A case too slow for 100 samples gets a number of samples that is fixed beforehand from its first
// calls and is not looked at in between. Method: docs/measurement.md.
#include <cstdint>
#include <optional>
#include <span>

namespace assay::measure {

struct StopOptions {
  std::int64_t budget_ns = 5'000'000'000;  // of wall time, warm-up and untimed work included
  double target_half_width = 0.01;         // of the median's interval, relative
  double check_fraction = 0.1;             // of the calls give no sample
  std::int64_t max_samples = 100'000;      // memory and the record stay small however fast the case is
};

// Made once, after the warm-up.
struct SamplePlan {
  std::optional<std::int64_t> fixed_count;  // set for a case too slow for 100 samples; at least 20
  std::int64_t limit_ns = 0;                // stop when this much is spent, whatever is reached
};

// `call_ns`: wall time of one call with its untimed work, from the warm-up; `spent_ns`: by the warm-up.
// A slow case may take up to kOverdraft budgets to reach its 20 samples.
inline constexpr std::int64_t kOverdraft = 3;
[[nodiscard]] SamplePlan plan_samples(std::int64_t call_ns, std::int64_t spent_ns,
                                      const StopOptions& options);

enum class Decision : std::uint8_t { kContinue, kStopPrecise, kStopBudget, kStopFixedCount };

// True at n = 100, 150, 225, 337, ... (each half as much again).
[[nodiscard]] bool is_look(std::int64_t n);

// The decision after the last of `times_ns`; depends on nothing else.
[[nodiscard]] Decision decide(std::span<const std::int64_t> times_ns, std::int64_t spent_ns,
                              const SamplePlan& plan, const StopOptions& options);

}  // namespace assay::measure
