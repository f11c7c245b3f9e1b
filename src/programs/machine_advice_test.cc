// SPDX-License-Identifier: Apache-2.0
#include "programs/machine_advice.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace assay::programs {
namespace {

// A machine on which nothing limits a measurement.
MachineFacts quiet_metal() {
  MachineFacts facts;
  facts.clock_step_ns = 1;
  facts.empty_region_ns = 20;
  facts.warm_load_ns = 2;
  facts.cold_load_ns = 90;
  facts.core = {0.004, 0.01};
  facts.governor = "performance";
  facts.boost = false;
  facts.huge_pages = "always";
  facts.has_frequency = true;
  facts.has_thermal = true;
  facts.self = SelfComparison{18, 0, 0.008, 25'000, 10};
  return facts;
}

MachineLine line(const MachineFacts& facts, std::string_view what) {
  const auto lines = advise(facts);
  const auto found = std::find_if(lines.begin(), lines.end(), [&](const auto& l) { return l.what == what; });
  EXPECT_NE(found, lines.end()) << what;
  return found == lines.end() ? MachineLine{} : *found;
}

TEST(MachineAdvice, HasNothingToDoOnAQuietMachineOfMetal) {
  for (const MachineLine& l : advise(quiet_metal())) {
    EXPECT_EQ(l.health, Health::kGood) << l.what;
    EXPECT_EQ(l.advice, "") << l.what;
    EXPECT_FALSE(l.got.empty() || l.means.empty()) << l.what;
  }
}

TEST(MachineAdvice, LeavesTheComparisonOutWhereThereWasNone) {
  MachineFacts facts = quiet_metal();
  facts.self.reset();
  for (const MachineLine& l : advise(facts)) EXPECT_TRUE(l.what != "comparing" && l.what != "false alarms");
}

TEST(MachineAdvice, SaysWhatDifferenceIsResolved) {
  MachineFacts facts = quiet_metal();
  EXPECT_NE(line(facts, "comparing").got.find("0.8 %"), std::string::npos);
  facts.self->smallest_detectable = 0.034;
  EXPECT_EQ(line(facts, "comparing").health, Health::kLimits);
  EXPECT_NE(line(facts, "comparing").advice, "");
}

TEST(MachineAdvice, SaysHowLittleAFewComparisonsShow) {
  MachineFacts facts = quiet_metal();  // 0 of 18: (1 - rate)^18 = 0.05 at rate = 15.3 %
  EXPECT_NE(line(facts, "false alarms").means.find("under 15 %"), std::string::npos);
  facts.self->false_alarms = 1;  // 1 of 18: 23.8 %
  EXPECT_NE(line(facts, "false alarms").means.find("under 24 %"), std::string::npos);
  EXPECT_EQ(line(facts, "false alarms").health, Health::kLimits);
}

TEST(MachineAdvice, FindsACoreThatIsNotSteady) {
  MachineFacts facts = quiet_metal();
  facts.core = {0.03, 0.01};
  EXPECT_EQ(line(facts, "core speed").health, Health::kLimits);
  EXPECT_EQ(line(facts, "neighbours").health, Health::kGood);
  facts.core = {0.004, 0.4};
  EXPECT_EQ(line(facts, "core speed").health, Health::kGood);
  EXPECT_EQ(line(facts, "neighbours").health, Health::kLimits);
}

TEST(MachineAdvice, FindsAFlushThatDoesNothing) {
  MachineFacts facts = quiet_metal();
  facts.cold_load_ns = 3.9;
  EXPECT_NE(line(facts, "cold cache").means.find("cache-unverified"), std::string::npos);
  facts.cold_load_ns.reset();
  EXPECT_EQ(line(facts, "cold cache").health, Health::kMissing);
}

TEST(MachineAdvice, FindsAClockThatIsNotHeld) {
  MachineFacts facts = quiet_metal();
  facts.governor = "schedutil";
  EXPECT_EQ(line(facts, "clock control").health, Health::kLimits);
  facts.governor = "performance";
  facts.boost = true;
  EXPECT_EQ(line(facts, "clock control").health, Health::kLimits);
  facts.governor = "";
  facts.boost.reset();
  EXPECT_EQ(line(facts, "clock control").health, Health::kMissing);
}

TEST(MachineAdvice, StatesTheShortestRegionByStepsAndByEmptyRegions) {
  MachineFacts facts = quiet_metal();
  EXPECT_NE(line(facts, "timer").means.find("under 200 ns"), std::string::npos);
  facts.clock_step_ns = 10;
  EXPECT_NE(line(facts, "timer").means.find("under 1.00 us"), std::string::npos)
      << line(facts, "timer").means;
}

TEST(MachineAdvice, NamesMissingSensors) {
  MachineFacts facts = quiet_metal();
  facts.has_frequency = facts.has_thermal = false;
  facts.is_virtual = true;
  facts.steal_ns = 0;
  for (const char* what : {"frequency sensor", "thermal sensor", "steal counter"}) {
    EXPECT_EQ(line(facts, what).health, Health::kMissing) << what;
  }
  facts.steal_ns = 5'000'000;
  EXPECT_EQ(line(facts, "steal counter").health, Health::kGood);
}

}  // namespace
}  // namespace assay::programs
