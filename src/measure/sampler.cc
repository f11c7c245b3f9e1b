// SPDX-License-Identifier: Apache-2.0
#include "measure/sampler.h"

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "measure/core_speed.h"
#include "measure/stop_rule.h"
#include "measure/warmup.h"

namespace assay::measure {
namespace {

constexpr std::int64_t kProgressEvery_ns = 100'000'000;
// Readings of the core are ten times as long apart as one takes, and later as far as keeps them under 2,000
// or so.
constexpr std::int64_t kReadingsApart_ns = 60'000;
constexpr std::int64_t kReadingsInElapsed = 300;
constexpr std::int64_t kReadingsInBudget = 1'000;

class Sampler {
 public:
  Sampler(Runner& runner, Clock& clock, const SamplerOptions& options, OutputEvidence& output)
      : runner_(runner),
        clock_(clock),
        options_(options),
        output_(output),
        random_(options.seed),
        start_ns_(clock.now_ns()),
        now_ns_(start_ns_),
        last_progress_ns_(start_ns_) {}

  Result<Samples> run() {
    samples_.budget_ns = options_.budget_ns;
    samples_.calls_per_sample = options_.calls_per_sample;
    ASSAY_TRY_VOID(warm_up());
    ASSAY_TRY_VOID(take_samples());
    ASSAY_TRY_VOID(check_last_call());
    now_ns_ = clock_.now_ns();
    samples_.spent_ns = spent_ns();
    return std::move(samples_);
  }

 private:
  [[nodiscard]] bool is_interrupted() const {
    return options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed);
  }
  // As of the end of the last region or check: between regions the clock is not read again.
  [[nodiscard]] std::int64_t spent_ns() const { return now_ns_ - start_ns_; }

  // An error after the user asked to stop is the interruption itself.
  [[nodiscard]] bool is_interruption(const Error& error) const {
    return error.code == ErrorCode::kCancelled && is_interrupted();
  }

  Result<void> call_all() {
    for (std::int64_t i = 1; i < options_.calls_per_sample; ++i) ASSAY_TRY_VOID(runner_.call());
    return runner_.call();
  }

  // One region; its time goes to `times`, or nowhere if it was cut off by an interruption.
  Result<void> timed_region(bool checked, std::vector<std::int64_t>& times) {
    ASSAY_TRY_VOID(runner_.restore());
    if (checked) runner_.poison();

    const std::int64_t begin_ns = clock_.now_ns();
    const Result<void> called = call_all();
    now_ns_ = clock_.now_ns();

    if (!called) {
      if (is_interruption(called.error())) return {};
      return tl::unexpected(called.error());
    }
    times.push_back(runner_.region_ns().value_or(now_ns_ - begin_ns));
    if (!checked) return {};
    samples_.checked_before_sample.push_back(static_cast<std::int64_t>(samples_.times_ns.size()));
    ASSAY_TRY_VOID(runner_.check(output_));
    now_ns_ = clock_.now_ns();
    return {};
  }

  Result<void> warm_up() {
    const auto budget_ns = static_cast<double>(options_.budget_ns) * options_.warmup_fraction;
    const WarmupOptions limits{.budget_ns = static_cast<std::int64_t>(budget_ns)};
    std::vector<std::int64_t> times;
    std::vector<std::int64_t> wall_times;
    WarmupState state = WarmupState::kContinue;
    while (state == WarmupState::kContinue && !is_interrupted()) {
      const std::int64_t before_ns = now_ns_;
      ASSAY_TRY_VOID(timed_region(false, times));
      wall_times.push_back(now_ns_ - before_ns);
      state = warmup_state(times, spent_ns(), limits);
      tell_progress(true, static_cast<std::int64_t>(times.size()));
    }
    samples_.warmup_calls = static_cast<std::int64_t>(times.size()) * options_.calls_per_sample;
    samples_.warmup_settled = state == WarmupState::kSettled;
    if (!wall_times.empty()) {
      // The later half: the first calls are often slow, and a plan made from them would ask for too few
      // samples.
      const auto half = wall_times.begin() + static_cast<std::ptrdiff_t>(wall_times.size() / 2);
      const auto middle = half + (wall_times.end() - half) / 2;
      std::nth_element(half, middle, wall_times.end());
      region_ns_ = *middle;
    }
    return {};
  }

  Result<void> take_samples() {
    const StopOptions rule{.budget_ns = options_.budget_ns,
                           .target_half_width = options_.target_half_width,
                           .check_fraction = options_.check_fraction,
                           .max_samples = options_.max_samples};
    const SamplePlan plan = plan_samples(region_ns_, spent_ns(), rule);
    std::int64_t calls = 0;
    read_core();
    while (!is_interrupted()) {
      last_was_checked_ = random_.uniform() < options_.check_fraction;
      ASSAY_TRY_VOID(
          timed_region(last_was_checked_, last_was_checked_ ? samples_.checked_times_ns : samples_.times_ns));
      calls += 1;
      read_core();
      if (!last_was_checked_) look_for_progress();
      tell_progress(false, calls);
      const Decision decision =
          last_was_checked_ ? decide_on_budget(plan) : decide(samples_.times_ns, spent_ns(), plan, rule);
      if (decision == Decision::kContinue) continue;
      samples_.stop_reason = stop_reason(decision);
      return {};
    }
    samples_.stop_reason = "interrupted";
    return {};
  }

  // The last call is always checked: a program that stops working half-way is not missed.
  Result<void> check_last_call() {
    if (options_.check_fraction <= 0 || last_was_checked_ || is_interrupted()) return {};
    return timed_region(true, samples_.checked_times_ns);
  }

  // A checked call adds no sample, so that only the budget can have changed.
  [[nodiscard]] Decision decide_on_budget(const SamplePlan& plan) const {
    return spent_ns() >= plan.limit_ns ? Decision::kStopBudget : Decision::kContinue;
  }

  static std::string stop_reason(Decision decision) {
    switch (decision) {
      case Decision::kStopPrecise:
        return "precise";
      case Decision::kStopFixedCount:
        return "fixed-count";
      case Decision::kStopBudget:
        return "budget";
      case Decision::kContinue:
        break;
    }
    ASSAY_CHECK(false, "no reason to stop");
  }

  // How the core runs, outside the regions.
  void read_core() {
    if (!options_.read_core || now_ns_ < next_reading_ns_) return;
    const CoreReading reading = measure::read_core(clock_);
    next_reading_ns_ =
        now_ns_ + std::max(kReadingsApart_ns,
                           std::min(spent_ns() / kReadingsInElapsed, options_.budget_ns / kReadingsInBudget));
    if (reading.chain_ns <= 0 || reading.wide_ns <= 0) return;  // a clock that cannot tell
    samples_.core.before_sample.push_back(static_cast<std::int64_t>(samples_.times_ns.size()));
    samples_.core.chain_ns.push_back(reading.chain_ns);
    samples_.core.wide_ns.push_back(reading.wide_ns);
  }

  // Where the stop rule looks too, so that telling costs no more than the rule does.
  void look_for_progress() {
    if (!options_.progress || !is_look(static_cast<std::int64_t>(samples_.times_ns.size()))) return;
    half_width_ = summarise(samples_.times_ns).relative_half_width();
  }

  void tell_progress(bool warming_up, std::int64_t calls) {
    if (!options_.progress) return;
    if (now_ns_ - last_progress_ns_ < kProgressEvery_ns) return;
    last_progress_ns_ = now_ns_;
    options_.progress({warming_up, calls, spent_ns(), options_.budget_ns, half_width_});
  }

  Runner& runner_;
  Clock& clock_;
  const SamplerOptions& options_;
  OutputEvidence& output_;
  Random random_;
  Samples samples_;
  std::int64_t start_ns_;
  std::int64_t now_ns_;
  std::int64_t last_progress_ns_;
  std::int64_t next_reading_ns_ = 0;
  std::int64_t region_ns_ = 0;
  bool last_was_checked_ = false;
  std::optional<double> half_width_;
};

}  // namespace

Result<Samples> sample(Runner& runner, Clock& clock, const SamplerOptions& options, OutputEvidence& output) {
  ASSAY_CHECK(options.budget_ns > 0, "budget {} ns", options.budget_ns);
  ASSAY_CHECK(options.check_fraction >= 0 && options.check_fraction < 1, "fraction {}",
              options.check_fraction);
  ASSAY_CHECK(options.calls_per_sample > 0, "{} calls per sample", options.calls_per_sample);
  return Sampler(runner, clock, options, output).run();
}

Statistics summarise(const Samples& samples) {
  Statistics s = summarise(samples.times_ns, samples.stop_reason == "fixed-count");
  s.divide_times(static_cast<double>(samples.calls_per_sample));
  return s;
}

}  // namespace assay::measure
