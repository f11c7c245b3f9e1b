// SPDX-License-Identifier: Apache-2.0
#include "programs/machine_facts.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "measure/testing/scripted_arms.h"

namespace assay::programs {
namespace {

using measure::testing::ArmNoise;
using measure::testing::ScriptedArms;

class MachineFiles : public testing::Test {
 protected:
  void SetUp() override {
    root_ = std::filesystem::path(testing::TempDir()) /
            testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(root_);
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }
  [[nodiscard]] MachineFacts read() const {
    MachineFacts facts;
    read_machine_files(root_.string(), facts);
    return facts;
  }

  std::filesystem::path root_;
};

TEST_F(MachineFiles, TellNothingWhereThereAreNone) {
  const MachineFacts facts = read();
  EXPECT_EQ(facts.governor, "");
  EXPECT_EQ(facts.boost, std::nullopt);
  EXPECT_EQ(facts.huge_pages, "");
  EXPECT_FALSE(facts.has_frequency || facts.is_virtual);
}

TEST_F(MachineFiles, TellGovernorFrequencyPagesAndHypervisor) {
  write("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n");
  write("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "2600000\n");
  write("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
  write("proc/cpuinfo", "model name\t: X\nflags\t\t: fpu hypervisor avx2\n");
  const MachineFacts facts = read();
  EXPECT_EQ(facts.governor, "powersave");
  EXPECT_EQ(facts.huge_pages, "madvise");
  EXPECT_TRUE(facts.has_frequency && facts.is_virtual);
}

TEST_F(MachineFiles, TellBoostInTheWordsOfEitherDriver) {
  write("sys/devices/system/cpu/intel_pstate/no_turbo", "1\n");
  EXPECT_EQ(read().boost, false);
  write("sys/devices/system/cpu/cpufreq/boost", "1\n");
  EXPECT_EQ(read().boost, true);
}

TEST(CoreSteadiness, TellsTheClockFromANeighbour) {
  std::vector<measure::CoreReading> slower(50, {1000, 2000}), shared(50, {1000, 2000});
  slower.resize(100, {1100, 2200});  // both loops take 10 % longer: the clock
  shared.resize(100, {1000, 2600});  // one of them 30 %: something else fills the core
  EXPECT_NEAR(core_steadiness(slower).clock_moved, 0.1, 1e-9);
  EXPECT_NEAR(core_steadiness(slower).shared, 0, 1e-9);
  EXPECT_NEAR(core_steadiness(shared).clock_moved, 0, 1e-9);
  EXPECT_NEAR(core_steadiness(shared).shared, 0.3, 1e-9);
}

TEST(CoreSteadiness, IsNotMovedByAFewInterruptedReadings) {
  std::vector<measure::CoreReading> readings(97, {1000, 2000});
  readings.resize(100, {90'000, 2000});
  EXPECT_EQ(core_steadiness(readings).clock_moved, 0);
  EXPECT_EQ(core_steadiness(readings).shared, 0);
}

TEST(SelfComparison, ResolvesLessOnANoisierMachine) {
  double quiet = 0;
  for (const double between : {0.001, 0.02}) {
    ScriptedClock clock;
    ArmNoise noise;
    noise.between = between;
    ScriptedArms arms(noise, 1, clock, 7);
    const auto self = compare_with_itself(arms, clock, {});
    ASSERT_TRUE(self) << self.error().message;
    EXPECT_EQ(self->comparisons, 18);
    EXPECT_LE(self->false_alarms, 1);
    EXPECT_NEAR(self->call_ns, noise.call_ns, 0.05 * noise.call_ns);
    EXPECT_GT(self->smallest_detectable, quiet * 5);
    quiet = self->smallest_detectable;
  }
}

TEST(SelfComparison, CountsComparisonsThatClaimADifference) {
  ScriptedClock clock;
  ScriptedArms arms({.spread = 0.001}, 1.1, clock, 7);  // B is not A
  const auto self = compare_with_itself(arms, clock, {.short_ones = 3});
  ASSERT_TRUE(self) << self.error().message;
  EXPECT_EQ(self->false_alarms, 4);
}

TEST(SelfComparison, EndsWhenItIsToldTo) {
  ScriptedClock clock;
  ScriptedArms arms({}, 1, clock, 7);
  const std::atomic<bool> stop{true};
  const auto self = compare_with_itself(arms, clock, {.stop = &stop});
  ASSERT_FALSE(self);
  EXPECT_EQ(self.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace assay::programs
