// SPDX-License-Identifier: Apache-2.0
#include "measure/data_probe.h"

#include <gtest/gtest.h>

namespace assay::measure {
namespace {

// Calls take 100 ns with their own inputs, `random_ns` with random ones, and ten times that right after a
// change.
class Kernel final : public Runner {
 public:
  Kernel(ScriptedClock& clock, std::int64_t random_ns) : clock_(clock), random_ns_(random_ns) {}
  Result<void> restore() override {
    restores += 1;
    return {};
  }
  Result<void> call() override {
    calls += 1;
    clock_.advance_ns((is_random ? random_ns_ : 100) * (is_changed_ ? 10 : 1));
    is_changed_ = false;
    return {};
  }
  bool use_random_inputs(bool random) override {
    if (random_ns_ == 0) return false;
    is_changed_ = random != is_random;
    is_random = random;
    return true;
  }

  int restores = 0;
  int calls = 0;
  bool is_random = false;

 private:
  ScriptedClock& clock_;
  std::int64_t random_ns_;
  bool is_changed_ = false;
};

TEST(DataProbe, GivesTheRelativeChangeOfTheTime) {
  ScriptedClock clock;
  Kernel kernel(clock, 150);
  const auto effect = data_probe(kernel, clock, {.rounds = 7});
  ASSERT_TRUE(effect && *effect);
  EXPECT_DOUBLE_EQ(**effect, 0.5);
  EXPECT_FALSE(kernel.is_random) << "its own inputs have to be back";
}

TEST(DataProbe, TimesAsManyCallsInARegionAsTheHeadline) {
  ScriptedClock clock;
  Kernel kernel(clock, 100);
  const auto effect = data_probe(kernel, clock, {.calls_per_sample = 20, .rounds = 5});
  ASSERT_TRUE(effect && *effect);
  EXPECT_DOUBLE_EQ(**effect, 0);
  EXPECT_EQ(kernel.calls, 20 * kernel.restores);
}

TEST(DataProbe, IsAbsentIfThereAreNoOtherInputs) {
  ScriptedClock clock;
  Kernel kernel(clock, 0);
  const auto effect = data_probe(kernel, clock, {});
  ASSERT_TRUE(effect);
  EXPECT_EQ(*effect, std::nullopt);
  EXPECT_EQ(kernel.calls, 0);
}

TEST(DataProbe, StopsAtItsBudgetAfterFiveRounds) {
  ScriptedClock clock;
  Kernel kernel(clock, 100);
  ASSERT_TRUE(data_probe(kernel, clock, {.budget_ns = 1}));
  EXPECT_EQ(kernel.calls, 5 * 4);
}

}  // namespace
}  // namespace assay::measure
