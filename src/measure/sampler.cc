// SPDX-License-Identifier: Apache-2.0
#include "measure/sampler.h"

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "measure/stop_rule.h"
#include "measure/warmup.h"

namespace assay::measure {
namespace {

constexpr std::int64_t kProgressEvery_ns = 100'000'000;

class Sampler {
 public:
  Sampler(Runner& runner, Clock& clock, const SamplerOptions& options, OutputEvidence& output)
      : runner_(runner),
        clock_(clock),
        options_(options),
        output_(output),
        random_(options.seed),
        start_ns_(clock.now_ns()),
        last_progress_ns_(start_ns_) {}

  Result<Samples> run() {
    samples_.budget_ns = options_.budget_ns;
    ASSAY_TRY_VOID(warm_up());
    ASSAY_TRY_VOID(take_samples());
    ASSAY_TRY_VOID(check_last_call());
    samples_.spent_ns = spent_ns();
    return std::move(samples_);
  }

 private:
  [[nodiscard]] bool is_interrupted() const {
    return options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::int64_t spent_ns() { return clock_.now_ns() - start_ns_; }

  // An error after the user asked to stop is the interruption itself.
  [[nodiscard]] bool is_interruption(const Error& error) const {
    return error.code == ErrorCode::kCancelled && is_interrupted();
  }

  // One call; its time goes to `times`, or nowhere if it was cut off by an interruption.
  Result<void> timed_call(bool checked, std::vector<std::int64_t>& times) {
    ASSAY_TRY_VOID(runner_.restore());
    if (checked) runner_.poison();

    const std::int64_t begin_ns = clock_.now_ns();
    const Result<void> called = runner_.call();
    const std::int64_t end_ns = clock_.now_ns();

    if (!called) {
      if (is_interruption(called.error())) return {};
      return tl::unexpected(called.error());
    }
    times.push_back(end_ns - begin_ns);
    if (checked) return runner_.check(output_);
    return {};
  }

  Result<void> warm_up() {
    const auto budget_ns = static_cast<double>(options_.budget_ns) * options_.warmup_fraction;
    const WarmupOptions limits{.budget_ns = static_cast<std::int64_t>(budget_ns)};
    std::vector<std::int64_t> times;
    std::vector<std::int64_t> wall_times;
    WarmupState state = WarmupState::kContinue;
    while (state == WarmupState::kContinue && !is_interrupted()) {
      const std::int64_t before_ns = clock_.now_ns();
      ASSAY_TRY_VOID(timed_call(false, times));
      wall_times.push_back(clock_.now_ns() - before_ns);
      state = warmup_state(times, spent_ns(), limits);
      tell_progress(true, static_cast<std::int64_t>(times.size()));
    }
    samples_.warmup_calls = static_cast<std::int64_t>(times.size());
    samples_.warmup_settled = state == WarmupState::kSettled;
    if (!wall_times.empty()) {
      // The later half: the first calls are often slow, and a plan made from them would ask for too few
      // samples.
      const auto half = wall_times.begin() + static_cast<std::ptrdiff_t>(wall_times.size() / 2);
      const auto middle = half + (wall_times.end() - half) / 2;
      std::nth_element(half, middle, wall_times.end());
      call_ns_ = *middle;
    }
    return {};
  }

  Result<void> take_samples() {
    const StopOptions rule{.budget_ns = options_.budget_ns,
                           .target_half_width = options_.target_half_width,
                           .check_fraction = options_.check_fraction,
                           .max_samples = options_.max_samples};
    const SamplePlan plan = plan_samples(call_ns_, spent_ns(), rule);
    std::int64_t calls = 0;
    while (!is_interrupted()) {
      last_was_checked_ = random_.uniform() < options_.check_fraction;
      ASSAY_TRY_VOID(
          timed_call(last_was_checked_, last_was_checked_ ? samples_.checked_times_ns : samples_.times_ns));
      calls += 1;
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
    return timed_call(true, samples_.checked_times_ns);
  }

  // A checked call adds no sample, so that only the budget can have changed.
  [[nodiscard]] Decision decide_on_budget(const SamplePlan& plan) {
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

  void tell_progress(bool warming_up, std::int64_t calls) {
    if (!options_.progress) return;
    const std::int64_t now_ns = clock_.now_ns();
    if (now_ns - last_progress_ns_ < kProgressEvery_ns) return;
    last_progress_ns_ = now_ns;
    options_.progress({warming_up, calls, now_ns - start_ns_, options_.budget_ns});
  }

  Runner& runner_;
  Clock& clock_;
  const SamplerOptions& options_;
  OutputEvidence& output_;
  Random random_;
  Samples samples_;
  std::int64_t start_ns_;
  std::int64_t last_progress_ns_;
  std::int64_t call_ns_ = 0;
  bool last_was_checked_ = false;
};

}  // namespace

Result<Samples> sample(Runner& runner, Clock& clock, const SamplerOptions& options, OutputEvidence& output) {
  ASSAY_CHECK(options.budget_ns > 0, "budget {} ns", options.budget_ns);
  ASSAY_CHECK(options.check_fraction >= 0 && options.check_fraction < 1, "fraction {}",
              options.check_fraction);
  return Sampler(runner, clock, options, output).run();
}

Statistics summarise(const Samples& samples) {
  return summarise(samples.times_ns, samples.stop_reason == "fixed-count");
}

}  // namespace assay::measure
