// SPDX-License-Identifier: Apache-2.0
#include "programs/isolated_bench.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>

namespace assay::programs {
namespace {

using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;

SteadyClock g_clock;

std::int64_t spin_us(std::int64_t us) {
  const std::int64_t end_ns = g_clock.now_ns() + us * 1000;
  while (g_clock.now_ns() < end_ns) {
  }
  return us;
}

bool g_device_is_lost = false;  // of this process, for good

// Does what its name says in its tenth call.
class NamedRunner final : public measure::Runner {
 public:
  explicit NamedRunner(std::string does) : does_(std::move(does)) {}
  Result<void> restore() override { return {}; }
  Result<void> call() override {
    spin_us(50);
    if (++calls_ == 10 && does_ == "lose") g_device_is_lost = true;
    if (g_device_is_lost) return fail(ErrorCode::kDevice, "the device is lost");
    if (calls_ != 10) return {};
    if (does_ == "exit") exit(0);
    if (does_ == "throw") throw std::runtime_error("oh");
    if (does_ == "error") return fail(ErrorCode::kDevice, "no device");
    if (does_ == "print") puts("warning: x");
    while (does_ == "hang") pause();
    return {};
  }

 private:
  std::string does_;
  std::int64_t calls_ = 0;
};

class NamedProgram final : public Program {
 public:
  NamedProgram() {
    for (const char* name : {"good", "exit", "throw", "error", "print", "hang", "stopped", "lose", "fill"}) {
      suite::Case one;
      one.entry = name;
      cases_.push_back(one);
    }
  }
  std::string name() const override { return "named"; }
  std::string detail() const override { return std::to_string(getpid()); }
  const std::vector<suite::Case>& cases() const override { return cases_; }
  int threads() const override { return 1; }
  int threads_of(const suite::Case& one) const override { return one.entry == "good" ? 1 : 2; }
  std::vector<std::string> not_here() const override { return {"x: needs y"}; }
  Result<std::unique_ptr<measure::Runner>> make_runner(const suite::Case& wanted) override {
    if (wanted.entry == "fill") return fail(ErrorCode::kUnavailable, "allocating 80 GB: out of memory");
    if (wanted.entry == "stopped") return fail(ErrorCode::kCancelled, "stopped before the first sample");
    return std::make_unique<NamedRunner>(wanted.entry);
  }
  std::string runner_description() const override { return "named runner"; }
  std::vector<std::string> variants_used() const override { return {std::to_string(getpid())}; }

 private:
  std::vector<suite::Case> cases_;
};

Result<std::unique_ptr<Program>> open_named() { return std::make_unique<NamedProgram>(); }

IsolatedOptions short_options() {
  IsolatedOptions options;
  options.budget_ns = 60'000'000;
  options.stop_ns = options.kill_ns = g_clock.now_ns() + 60'000'000'000;
  options.longest_silence_s = 1;
  return options;
}

CaseOutcome outcome_of(IsolatedBench& bench, std::string_view name, const IsolatedOptions& options) {
  const auto& cases = bench.program().cases;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (cases[i].what.entry != name) continue;
    auto outcome = bench.measure(i, {}, options);
    EXPECT_TRUE(outcome) << outcome.error().message;
    return outcome ? std::move(*outcome) : CaseOutcome{};
  }
  ADD_FAILURE() << name;
  return {};
}

TEST(IsolatedBench, DescribesAProgramThatItNeverRunsItself) {
  const auto bench = IsolatedBench::open(open_named, IsolatedBench::Lifetime::kOneCase, g_clock);
  ASSERT_TRUE(bench) << bench.error().message;
  EXPECT_EQ(bench->program().name, "named");
  EXPECT_NE(bench->program().detail, std::to_string(getpid()));
  ASSERT_EQ(bench->program().cases.size(), 9u);
  EXPECT_EQ(bench->program().cases[0].what.id(), "good");
  EXPECT_EQ(bench->program().cases[0].threads, 1);
  EXPECT_EQ(bench->program().cases[1].threads, 2);
  EXPECT_EQ(bench->program().not_here, std::vector<std::string>{"x: needs y"});
}

TEST(IsolatedBench, ACaseThatEndsBadlyCostsItselfOnly) {
  for (const auto lifetime : {IsolatedBench::Lifetime::kOneCase, IsolatedBench::Lifetime::kAllCases}) {
    auto bench = IsolatedBench::open(open_named, lifetime, g_clock);
    ASSERT_TRUE(bench);
    for (const auto& [name, crash] :
         std::vector<std::pair<std::string, std::string>>{{"exit", "exit(0) during warm-up"},
                                                          {"throw", "exception: oh during"},
                                                          {"error", "error: no device"},
                                                          {"lose", "error: the device is lost"},
                                                          {"fill", "error: allocating 80 GB"}}) {
      const auto bad = outcome_of(*bench, name, short_options()).measurement;
      ASSERT_TRUE(bad) << name;
      EXPECT_EQ(bad->verdict, checks::Verdict::kRejected);
      EXPECT_EQ(bad->evidence.statistics.n, 0);
      EXPECT_THAT(bad->evidence.outcome.crash, HasSubstr(crash.substr(0, crash.find(" during"))));
      EXPECT_THAT(bad->findings, Contains(Field(&checks::Finding::code, "crashed")));
      const auto good = outcome_of(*bench, "good", short_options()).measurement;
      ASSERT_TRUE(good);
      EXPECT_GE(good->evidence.statistics.n, 20);
      EXPECT_EQ(good->evidence.outcome.crash, "");
    }
  }
}

TEST(IsolatedBench, EndsACaseThatHangs) {
  auto bench = IsolatedBench::open(open_named, IsolatedBench::Lifetime::kAllCases, g_clock);
  ASSERT_TRUE(bench);
  auto options = short_options();
  options.longest_silence_s = 0.2;
  const auto hung = outcome_of(*bench, "hang", options).measurement;
  ASSERT_TRUE(hung);
  EXPECT_THAT(hung->findings, Contains(Field(&checks::Finding::code, "timed-out")));
  EXPECT_TRUE(outcome_of(*bench, "good", short_options()).measurement);
}

TEST(IsolatedBench, ACaseThatIsKilledBecauseTheRunIsOverIsNotMeasured) {
  auto bench = IsolatedBench::open(open_named, IsolatedBench::Lifetime::kOneCase, g_clock);
  ASSERT_TRUE(bench);
  auto options = short_options();
  options.stop_ns = options.kill_ns = g_clock.now_ns() + 100'000'000;
  const auto outcome = outcome_of(*bench, "hang", options);
  EXPECT_FALSE(outcome.measurement);
  EXPECT_FALSE(outcome.interrupted);
}

TEST(IsolatedBench, KeepsAWorkerForAllCasesOrForOne) {
  for (const auto lifetime : {IsolatedBench::Lifetime::kOneCase, IsolatedBench::Lifetime::kAllCases}) {
    auto bench = IsolatedBench::open(open_named, lifetime, g_clock);
    ASSERT_TRUE(bench);
    const auto first = outcome_of(*bench, "good", short_options()).measurement;
    const auto second = outcome_of(*bench, "good", short_options()).measurement;
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->variants == second->variants, lifetime == IsolatedBench::Lifetime::kAllCases);
  }
}

TEST(IsolatedBench, KeepsAWorkerWhoseCaseEndedBeforeItsFirstSample) {
  auto bench = IsolatedBench::open(open_named, IsolatedBench::Lifetime::kAllCases, g_clock);
  ASSERT_TRUE(bench);
  const auto first = outcome_of(*bench, "good", short_options()).measurement;
  EXPECT_FALSE(outcome_of(*bench, "stopped", short_options()).measurement);
  const auto second = outcome_of(*bench, "good", short_options()).measurement;
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->variants, second->variants);
}

TEST(IsolatedBench, HandsOnWhatTheCasePrinted) {
  auto bench = IsolatedBench::open(open_named, IsolatedBench::Lifetime::kOneCase, g_clock);
  ASSERT_TRUE(bench);
  const auto printed = outcome_of(*bench, "print", short_options()).measurement;
  ASSERT_TRUE(printed);
  EXPECT_EQ(printed->evidence.log.first_warning, "warning: x");
  EXPECT_THAT(printed->findings, Contains(Field(&checks::Finding::code, "log-warnings")));
}

TEST(IsolatedBench, TellsWhatTheCaseIsDoing) {
  auto bench = IsolatedBench::open(open_named, IsolatedBench::Lifetime::kOneCase, g_clock);
  ASSERT_TRUE(bench);
  std::vector<std::string> phases;
  auto options = short_options();
  options.progress = [&](const CaseProgress& progress) { phases.emplace_back(progress.phase); };
  static_cast<void>(outcome_of(*bench, "good", options));
  EXPECT_THAT(phases, Contains("set-up"));
  EXPECT_THAT(phases, Contains("sampling"));
}

TEST(IsolatedBench, SaysThatOpeningFailed) {
  const auto error = IsolatedBench::open(
      []() -> Result<std::unique_ptr<Program>> { return fail(ErrorCode::kNotFound, "x: no such file"); },
      IsolatedBench::Lifetime::kOneCase, g_clock);
  ASSERT_FALSE(error);
  EXPECT_EQ(error.error().message, "x: no such file");
  const auto died = IsolatedBench::open([]() -> Result<std::unique_ptr<Program>> { _exit(7); },
                                        IsolatedBench::Lifetime::kOneCase, g_clock);
  ASSERT_FALSE(died);
  EXPECT_THAT(died.error().message, HasSubstr("exit(7) during opening"));
}

}  // namespace
}  // namespace assay::programs
