// SPDX-License-Identifier: Apache-2.0
// Prints what the harness costs a sample beyond the readings of the clock: the sampler runs on a scripted
// clock, whose reading is a load, so that nothing has to be subtracted. The stop rule's looks are included,
// since the target cannot be reached. Run by hand: `overhead_experiment`. docs/measurement.md quotes its
// output.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "measure/core_speed.h"
#include "measure/runner.h"
#include "measure/sampler.h"
#include "measure/stop_rule.h"

namespace assay::measure::testing {
namespace {

constexpr int kRepetitions = 51;
constexpr std::int64_t kSamples = 100'000;

// A call of a little under 200 ns, each another time.
class ShortCall final : public Runner {
 public:
  explicit ShortCall(ScriptedClock& clock) : clock_(clock) {}
  Result<void> restore() override { return {}; }
  Result<void> call() override {
    state_ = state_ * 1664525U + 1013904223U;
    clock_.advance_ns(128 + (state_ >> 26));
    return {};
  }

 private:
  ScriptedClock& clock_;
  std::uint32_t state_ = 1;
};

double sample_ns(Clock& clock) {
  ScriptedClock scripted;
  ShortCall runner(scripted);
  OutputEvidence output;
  const SamplerOptions options{
      .budget_ns = 60'000'000'000, .target_half_width = 1e-12, .max_samples = kSamples};
  const std::int64_t begin_ns = clock.now_ns();
  const Samples samples = *sample(runner, scripted, options, output);
  const std::int64_t spent_ns = clock.now_ns() - begin_ns;
  return static_cast<double>(spent_ns) / static_cast<double>(samples.times_ns.size());
}

// The part of it that the stop rule's looks take: summarising the first 100, 150, 225, ... times.
double looks_ns(Clock& clock) {
  ScriptedClock scripted;
  ShortCall runner(scripted);
  std::vector<std::int64_t> times;
  std::int64_t spent_ns = 0;
  const StopOptions options{.target_half_width = 1e-12};
  const SamplePlan plan{std::nullopt, options.budget_ns};
  for (std::int64_t n = 1; n <= kSamples; ++n) {
    const std::int64_t before_ns = scripted.now_ns();
    (void)runner.call();
    times.push_back(scripted.now_ns() - before_ns);
    if (!is_look(n)) continue;
    const std::int64_t begin_ns = clock.now_ns();
    (void)decide(times, 0, plan, options);
    spent_ns += clock.now_ns() - begin_ns;
  }
  return static_cast<double>(spent_ns) / kSamples;
}

double clock_reading_ns(Clock& clock) {
  const std::int64_t begin_ns = clock.now_ns();
  for (std::int64_t i = 1; i < kSamples; ++i) (void)clock.now_ns();
  return static_cast<double>(clock.now_ns() - begin_ns) / kSamples;
}

double core_reading_ns(Clock& clock) {
  const std::int64_t begin_ns = clock.now_ns();
  (void)read_core(clock);
  return static_cast<double>(clock.now_ns() - begin_ns);
}

template <typename Measure>
void print(const char* what, const Measure& measure) {
  SteadyClock clock;
  std::vector<double> values(kRepetitions);
  std::generate(values.begin(), values.end(), [&] { return measure(clock); });
  std::sort(values.begin(), values.end());
  fmt::print("{:<56}{:>9.1f} ns ({:.1f} to {:.1f})\n", what, values[kRepetitions / 2], values.front(),
             values.back());
}

}  // namespace
}  // namespace assay::measure::testing

int main() {
  using namespace assay::measure::testing;
  fmt::print("median (range) of {}\n", kRepetitions);
  print("a sample beyond the readings of the clock", sample_ns);
  print("of it the looks of the stop rule", looks_ns);
  print("a reading of the clock, two a sample", clock_reading_ns);
  print("a reading of the core, at most one in 2.5 ms", core_reading_ns);
  return 0;
}
