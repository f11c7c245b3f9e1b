// SPDX-License-Identifier: Apache-2.0
// A scripted runner moves a scripted clock, so that whole results can be compared.
#include "measure/sampler.h"

#include <gtest/gtest.h>

#include <numeric>
#include <string>

#include "measure/testing/scripted_noise.h"

namespace assay::measure {
namespace {

constexpr std::int64_t kMs = 1'000'000;
using Times = std::vector<std::int64_t>;

class ScriptedRunner : public Runner {
 public:
  explicit ScriptedRunner(ScriptedClock& clock) : clock_(clock) {}

  Result<void> restore() override {
    steps += 'r';
    clock_.advance_ns(restore_ns);
    return {};
  }
  void poison() override { steps += 'p'; }
  Result<void> call() override {
    steps += '*';
    calls += 1;
    clock_.advance_ns(noise ? noise->next_ns() : call_ns);
    if (calls == fails_at) return fail(error, "scripted failure at call {}", calls);
    if (calls == interrupts_at) interrupt.store(true);
    return {};
  }
  Result<void> check(OutputEvidence& evidence) override {
    steps += 'c';
    evidence.calls_checked += 1;
    evidence.calls_wrong += is_wrong ? 1 : 0;
    clock_.advance_ns(check_ns);
    return {};
  }

  std::string steps;
  std::int64_t calls = 0;
  std::int64_t restore_ns = 0;
  std::int64_t call_ns = kMs;
  std::int64_t check_ns = 0;
  testing::NoiseSeries* noise = nullptr;
  std::int64_t fails_at = -1;
  ErrorCode error = ErrorCode::kDevice;
  std::int64_t interrupts_at = -1;
  std::atomic<bool> interrupt{false};
  bool is_wrong = false;

 private:
  ScriptedClock& clock_;
};

struct Outcome {
  Result<Samples> samples;
  OutputEvidence output;
};

class SamplerTest : public ::testing::Test {
 protected:
  Outcome run() {
    Outcome outcome{Samples{}, {}};
    outcome.samples = sample(runner_, clock_, options_, outcome.output);
    return outcome;
  }

  ScriptedClock clock_{12345};
  ScriptedRunner runner_{clock_};
  SamplerOptions options_;
};

TEST_F(SamplerTest, StopsAtTheFirstLookWhenEveryCallTakesTheSame) {
  const Outcome outcome = run();
  ASSERT_TRUE(outcome.samples);
  const Samples& samples = *outcome.samples;
  EXPECT_EQ(samples.times_ns, Times(100, kMs));
  EXPECT_EQ(samples.warmup_calls, 16);
  EXPECT_TRUE(samples.warmup_settled);
  EXPECT_EQ(samples.stop_reason, "precise");
  EXPECT_EQ(samples.budget_ns, options_.budget_ns);
  EXPECT_EQ(samples.spent_ns, runner_.calls * kMs);
  EXPECT_EQ(static_cast<std::int64_t>(samples.times_ns.size() + samples.checked_times_ns.size()) + 16,
            runner_.calls);
}

TEST_F(SamplerTest, ChecksAboutATenthAndTheLastCallAndKeepsTheirTimesApart) {
  const Outcome outcome = run();
  ASSERT_TRUE(outcome.samples);
  const auto checked = outcome.samples->checked_times_ns.size();
  EXPECT_GE(checked, 5u);
  EXPECT_LE(checked, 20u);
  EXPECT_EQ(outcome.output.calls_checked, static_cast<std::int64_t>(checked));
  EXPECT_TRUE(runner_.steps.ends_with("rp*c"));
}

TEST_F(SamplerTest, TellsWhereTheCheckedCallsWere) {
  const Outcome outcome = run();
  ASSERT_TRUE(outcome.samples);
  const Samples& samples = *outcome.samples;
  ASSERT_EQ(samples.checked_before_sample.size(), samples.checked_times_ns.size());
  std::string steps;
  std::size_t checked = 0;
  for (std::size_t i = 0; i <= samples.times_ns.size(); ++i) {
    for (; checked < samples.checked_before_sample.size() &&
           samples.checked_before_sample[checked] == static_cast<std::int64_t>(i);
         ++checked) {
      steps += "rp*c";
    }
    if (i < samples.times_ns.size()) steps += "r*";
  }
  EXPECT_EQ(runner_.steps.substr(2 * 16), steps);  // after the warm-up
}

TEST_F(SamplerTest, RestoresThenPoisonsThenCallsThenChecks) {
  ASSERT_TRUE(run().samples);
  std::string rest = runner_.steps;
  for (const std::string whole : {"rp*c", "r*"}) {
    for (auto at = rest.find(whole); at != std::string::npos; at = rest.find(whole))
      rest.erase(at, whole.size());
  }
  EXPECT_EQ(rest, "");
  EXPECT_EQ(runner_.steps.find('p'), runner_.steps.find("p*c"));
  EXPECT_GE(runner_.steps.find('p'), 2u * 16u);  // no warm-up call is checked
}

TEST_F(SamplerTest, TimesTheCallAloneAndSpendsTheBudgetOnEverything) {
  runner_.restore_ns = 3 * kMs;
  runner_.check_ns = 7 * kMs;
  const Outcome outcome = run();
  ASSERT_TRUE(outcome.samples);
  EXPECT_EQ(outcome.samples->times_ns, Times(100, kMs));
  const auto checks = static_cast<std::int64_t>(outcome.samples->checked_times_ns.size());
  EXPECT_EQ(outcome.samples->spent_ns, runner_.calls * 4 * kMs + checks * 7 * kMs);
}

TEST_F(SamplerTest, ChecksTheSameCallsForTheSameSeedAndOthersForAnother) {
  ASSERT_TRUE(run().samples);
  const std::string first = runner_.steps;
  runner_.steps.clear();
  ASSERT_TRUE(run().samples);
  EXPECT_EQ(runner_.steps, first);
  runner_.steps.clear();
  options_.seed = 2;
  ASSERT_TRUE(run().samples);
  EXPECT_NE(runner_.steps, first);
}

TEST_F(SamplerTest, ChecksNothingIfToldSo) {
  options_.check_fraction = 0;
  const Outcome outcome = run();
  ASSERT_TRUE(outcome.samples);
  EXPECT_TRUE(outcome.samples->checked_times_ns.empty());
  EXPECT_EQ(runner_.steps.find('c'), std::string::npos);
}

TEST_F(SamplerTest, GoesOnWhenOutputsAreWrong) {
  runner_.is_wrong = true;
  const Outcome outcome = run();
  ASSERT_TRUE(outcome.samples);
  EXPECT_EQ(outcome.samples->stop_reason, "precise");
  EXPECT_EQ(outcome.output.calls_wrong, outcome.output.calls_checked);
}

TEST_F(SamplerTest, EndsWithTheBudgetOnNoiseThatIsTooWide) {
  testing::NoiseSeries noise(testing::Noise::kNormal, 0.3, 0, 1);
  runner_.noise = &noise;
  options_.budget_ns = 500 * kMs;
  const Outcome outcome = run();
  ASSERT_TRUE(outcome.samples);
  EXPECT_EQ(outcome.samples->stop_reason, "budget");
  EXPECT_GE(outcome.samples->spent_ns, options_.budget_ns);
  EXPECT_LE(outcome.samples->spent_ns,
            options_.budget_ns + 5 * kMs);  // the call that crosses it, and the last check
}

TEST_F(SamplerTest, TakesAsManySamplesOfASlowCaseAsFit) {
  runner_.call_ns = 100 * kMs;  // warm-up: 1 s of 5; (4 s / 100 ms) * 0.9 = 36
  const Outcome outcome = run();
  ASSERT_TRUE(outcome.samples);
  EXPECT_EQ(outcome.samples->warmup_calls, 10);
  EXPECT_FALSE(outcome.samples->warmup_settled);
  EXPECT_EQ(outcome.samples->stop_reason, "fixed-count");
  EXPECT_EQ(outcome.samples->times_ns, Times(36, 100 * kMs));
  EXPECT_TRUE(summarise(*outcome.samples).independence_assumed);
}

TEST_F(SamplerTest, OverdrawsTheBudgetForTwentySamples) {
  runner_.call_ns = 500 * kMs;
  const Outcome outcome = run();
  ASSERT_TRUE(outcome.samples);
  EXPECT_EQ(outcome.samples->warmup_calls, 3);
  EXPECT_EQ(outcome.samples->times_ns.size(), 20u);
  EXPECT_GE(outcome.samples->checked_times_ns.size(), 1u);
}

TEST_F(SamplerTest, GivesUpOnAVerySlowCaseAtThreeBudgets) {
  runner_.call_ns = 4'000 * kMs;
  const Outcome outcome = run();
  ASSERT_TRUE(outcome.samples);
  EXPECT_EQ(outcome.samples->warmup_calls, 1);
  EXPECT_EQ(outcome.samples->stop_reason, "budget");
  EXPECT_LE(outcome.samples->spent_ns, 15'000 * kMs + 2 * runner_.call_ns);
  EXPECT_GE(outcome.samples->checked_times_ns.size(), 1u);
}

TEST_F(SamplerTest, ReturnsTheErrorOfACall) {
  runner_.fails_at = 40;
  const Outcome outcome = run();
  ASSERT_FALSE(outcome.samples);
  EXPECT_EQ(outcome.samples.error().message, "scripted failure at call 40");
  EXPECT_EQ(runner_.calls, 40);
}

TEST_F(SamplerTest, KeepsWhatWasMeasuredWhenInterrupted) {
  runner_.interrupts_at = 60;
  options_.stop = &runner_.interrupt;
  const Outcome outcome = run();
  ASSERT_TRUE(outcome.samples);
  EXPECT_EQ(outcome.samples->stop_reason, "interrupted");
  EXPECT_EQ(outcome.samples->times_ns.size() + outcome.samples->checked_times_ns.size(), 60u - 16u);
  EXPECT_EQ(runner_.calls, 60);
}

TEST_F(SamplerTest, TakesACancelledCallForTheInterruption) {
  struct SetsTheFlagInTheCall final : ScriptedRunner {
    using ScriptedRunner::ScriptedRunner;
    Result<void> call() override {
      if (calls == 59) interrupt.store(true);
      return ScriptedRunner::call();
    }
  } runner(clock_);
  runner.fails_at = 60;
  runner.error = ErrorCode::kCancelled;
  options_.stop = &runner.interrupt;
  OutputEvidence output;
  const Result<Samples> samples = sample(runner, clock_, options_, output);
  ASSERT_TRUE(samples);
  EXPECT_EQ(samples->stop_reason, "interrupted");
  EXPECT_EQ(samples->times_ns.size() + samples->checked_times_ns.size(), 59u - 16u);
}

TEST_F(SamplerTest, TakesACancelledCallForAnErrorIfNobodyAskedToStop) {
  runner_.fails_at = 60;
  runner_.error = ErrorCode::kCancelled;
  options_.stop = &runner_.interrupt;
  EXPECT_FALSE(run().samples);
}

TEST_F(SamplerTest, EndsAtOnceIfInterruptedBefore) {
  runner_.interrupt.store(true);
  options_.stop = &runner_.interrupt;
  const Outcome outcome = run();
  ASSERT_TRUE(outcome.samples);
  EXPECT_EQ(outcome.samples->stop_reason, "interrupted");
  EXPECT_TRUE(outcome.samples->times_ns.empty());
  EXPECT_EQ(runner_.calls, 0);
}

TEST_F(SamplerTest, TellsProgressTenTimesASecondAtMost) {
  std::vector<Progress> told;
  options_.progress = [&](const Progress& progress) { told.push_back(progress); };
  runner_.call_ns = 30 * kMs;
  ASSERT_TRUE(run().samples);
  ASSERT_GT(told.size(), 2u);
  EXPECT_TRUE(told.front().warming_up);
  EXPECT_FALSE(told.back().warming_up);
  for (std::size_t i = 1; i < told.size(); ++i) EXPECT_GE(told[i].spent_ns - told[i - 1].spent_ns, 100 * kMs);
}

}  // namespace
}  // namespace assay::measure
