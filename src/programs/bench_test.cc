// SPDX-License-Identifier: Apache-2.0
#include "programs/bench.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"

namespace assay::programs {
namespace {

// A program whose calls take scripted time and whose outputs are right or wrong as told.
struct Script {
  double call_ns = 1e6;
  double noise = 0.002;  // relative standard deviation
  double drift = 0;      // relative growth over 1000 calls
  bool wrong = false;
  std::int64_t stop_after = 0;  // sets the stop flag after so many calls
  std::int64_t other_cpu_ns = 0;
};

class ScriptedRunner final : public measure::Runner {
 public:
  ScriptedRunner(const Script& script, ScriptedClock& clock, std::atomic<bool>& stop)
      : script_(script), clock_(clock), stop_(stop) {}
  Result<void> restore() override { return {}; }
  Result<void> call() override {
    ++calls_;
    const double factor =
        1 + script_.noise * random_.normal() + script_.drift * static_cast<double>(calls_) / 1000;
    clock_.advance_ns(static_cast<std::int64_t>(script_.call_ns * factor));
    if (script_.stop_after > 0 && calls_ >= script_.stop_after) stop_.store(true);
    return {};
  }
  Result<void> check(measure::OutputEvidence& evidence) override {
    evidence.has_reference = true;
    evidence.reference = "scripted";
    evidence.checker_can_fail = true;
    ++evidence.calls_checked;
    evidence.calls_wrong += script_.wrong ? 1 : 0;
    evidence.worst_error = script_.wrong ? 7 : 0.25;
    evidence.worst_place = "element 3";
    return {};
  }

 private:
  Script script_;
  ScriptedClock& clock_;
  std::atomic<bool>& stop_;
  Random random_{42};
  std::int64_t calls_ = 0;
};

class ScriptedProgram final : public Program {
 public:
  explicit ScriptedProgram(const Script& script) : script_(script) {
    suite::Case one;
    one.entry = "scripted/copy";
    one.axes = {{"size", "64"}};
    one.work.bytes_read = {100'000'000};
    cases_.push_back(one);
  }
  std::string name() const override { return "scripted"; }
  std::string detail() const override { return ""; }
  const std::vector<suite::Case>& cases() const override { return cases_; }
  int threads() const override { return 2; }
  Result<std::unique_ptr<measure::Runner>> make_runner(const suite::Case&) override {
    return std::make_unique<ScriptedRunner>(script_, clock, stop);
  }
  std::string runner_description() const override { return "scripted"; }
  std::vector<std::string> variants_used() const override { return {"copy/scripted"}; }

  ScriptedClock clock;
  std::atomic<bool> stop{false};

 private:
  Script script_;
  std::vector<suite::Case> cases_;
};

class ScriptedSurroundings final : public Surroundings {
 public:
  ScriptedSurroundings(ScriptedClock& clock, std::int64_t other_cpu_ns)
      : clock_(clock), other_cpu_ns_(other_cpu_ns) {}
  void begin() override { began_ns_ = clock_.now_ns(); }
  measure::ContentionEvidence end(int cpus) override {
    measure::ContentionEvidence evidence;
    evidence.wall_ns = clock_.now_ns() - began_ns_;
    evidence.cpus = cpus;
    evidence.other_cpu_ns = other_cpu_ns_;
    evidence.steal_ns = 0;
    return evidence;
  }

 private:
  ScriptedClock& clock_;
  std::int64_t other_cpu_ns_;
  std::int64_t began_ns_ = 0;
};

measure::Limits limits_of_30_gigabytes_a_second() {
  measure::Limits limits;
  limits.bandwidth.push_back({.kind = "read",
                              .size_bytes = 256 << 20,
                              .threads = 2,
                              .bytes_per_second = 30e9,
                              .kernel = "scripted"});
  limits.empty_region_ns = 30;
  return limits;
}

Result<record::Measurement> bench(const Script& script) {
  ScriptedProgram program(script);
  ScriptedSurroundings surroundings(program.clock, script.other_cpu_ns);
  BenchOptions options;
  options.budget_ns = 2'000'000'000;
  options.stop = &program.stop;
  return bench_case(program, program.cases().front(), limits_of_30_gigabytes_a_second(), program.clock,
                    surroundings, options);
}

std::vector<std::string> codes(const record::Measurement& measurement) {
  std::vector<std::string> all;
  for (const auto& finding : measurement.findings) all.push_back(finding.code);
  return all;
}

// 100 MB at 30 GB/s take 3.33 ms at least, so an honest call takes 4 ms.
TEST(BenchCase, TrustsASteadyProgramAndPlacesItBesideItsLimit) {
  const auto m = bench({.call_ns = 4e6});
  ASSERT_TRUE(m);
  EXPECT_EQ(m->verdict, checks::Verdict::kTrusted) << ::testing::PrintToString(codes(*m));
  EXPECT_EQ(m->evidence.statistics.n, 100);
  EXPECT_NEAR(m->evidence.statistics.median_ns, 4e6, 4e3);
  EXPECT_GE(m->evidence.output.calls_checked, 1);
  ASSERT_EQ(m->limits.size(), 1u);
  EXPECT_NEAR(m->limits[0].fraction(), 25.0 / 30.0, 0.01);
  EXPECT_EQ(m->variants, std::vector<std::string>{"copy/scripted"});
}

TEST(BenchCase, RejectsATimeThatMemoryDoesNotAllow) {
  const auto m = bench({.call_ns = 1e6});
  ASSERT_TRUE(m);
  EXPECT_EQ(m->verdict, checks::Verdict::kRejected);
  EXPECT_THAT(codes(*m), ::testing::Contains("impossible"));
}

TEST(BenchCase, RejectsWrongOutputs) {
  const auto m = bench({.call_ns = 4e6, .wrong = true});
  ASSERT_TRUE(m);
  EXPECT_EQ(m->verdict, checks::Verdict::kRejected);
  EXPECT_THAT(codes(*m), ::testing::Contains("wrong-output"));
}

TEST(BenchCase, SaysThatTheTimeDrifts) {
  const auto m = bench({.call_ns = 4e6, .drift = 2});
  ASSERT_TRUE(m);
  EXPECT_NE(m->verdict, checks::Verdict::kTrusted);
  EXPECT_THAT(codes(*m), ::testing::Contains("drifting"));
}

TEST(BenchCase, SaysThatSomebodyElseUsedTheMachine) {
  const auto m = bench({.call_ns = 4e6, .other_cpu_ns = 400'000'000});
  ASSERT_TRUE(m);
  EXPECT_THAT(codes(*m), ::testing::Contains("contended"));
}

TEST(BenchCase, SaysThatTheIntervalIsWide) {
  const auto m = bench({.call_ns = 4e6, .noise = 0.2});
  ASSERT_TRUE(m);
  EXPECT_THAT(codes(*m), ::testing::Contains("imprecise"));
}

TEST(BenchCase, KeepsWhatWasMeasuredBeforeAnInterrupt) {
  const auto m = bench({.call_ns = 4e6, .stop_after = 60});
  ASSERT_TRUE(m);
  EXPECT_EQ(m->evidence.samples.stop_reason, "interrupted");
  EXPECT_GT(m->evidence.statistics.n, 0);
  EXPECT_LE(m->evidence.statistics.n, 60);
}

suite::Work small_work() {
  suite::Work work;
  work.bytes_read = {100};
  work.bytes_written = {20};
  work.flops = {7};
  return work;
}

TEST(FloorOf, TakesOffTheCacheAndNamesTheLimit) {
  auto limits = limits_of_30_gigabytes_a_second();
  limits.bandwidth.push_back({"write", 256 << 20, 2, 20e9, "scripted"});
  limits.last_level_cache_bytes = 32'000'000;
  const auto floor = floor_of(small_work(), limits, {.threads = 2});
  EXPECT_EQ(floor.bytes.count, 120);
  EXPECT_EQ(floor.cache_capacity.count, 32'000'000);
  EXPECT_EQ(floor.bandwidth_name, "read + write, 2 threads, 268 MB");
  EXPECT_EQ(floor.best_bytes_per_second, 30e9);
  EXPECT_FALSE(floor.peak_flops_per_second);
  EXPECT_FALSE(floor_of({}, limits, {}).best_bytes_per_second);
}

TEST(FloorOf, TakesNothingOffWhenTheCacheIsCold) {
  auto limits = limits_of_30_gigabytes_a_second();
  limits.last_level_cache_bytes = 32'000'000;
  EXPECT_EQ(floor_of(small_work(), limits, {.threads = 2, .cold = true}).cache_capacity.count, 0);
}

TEST(LimitsUsed, AreThoseOfAWorkingSetAsLargeAsTheCase) {
  measure::Limits limits;
  limits.last_level_cache_bytes = 32'000'000;
  limits.bandwidth = {{"read", 16 << 10, 1, 200e9, "avx2"}, {"read", 256 << 20, 1, 20e9, "avx2"}};
  suite::Case what;
  what.work.bytes_read = {10'000};
  const auto warm = limits_used(what, limits, 100, {});
  ASSERT_EQ(warm.size(), 1u);
  EXPECT_DOUBLE_EQ(warm[0].limit_per_second, 200e9);
  EXPECT_DOUBLE_EQ(warm[0].reached_per_second, 100e9);
  EXPECT_DOUBLE_EQ(limits_used(what, limits, 100, {.cold = true})[0].limit_per_second, 20e9);
  what.work.bytes_read = {100'000};
  EXPECT_DOUBLE_EQ(limits_used(what, limits, 100, {})[0].limit_per_second, 20e9);
}

}  // namespace
}  // namespace assay::programs
