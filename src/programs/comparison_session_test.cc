// SPDX-License-Identifier: Apache-2.0
#include "programs/comparison_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "measure/testing/scripted_arms.h"

namespace assay::programs {
namespace {

using measure::testing::ArmNoise;
using measure::testing::ScriptedArms;
using ::testing::HasSubstr;

class BrokenArms final : public measure::ArmStarter {
 public:
  Result<std::unique_ptr<measure::ArmProcess>> start(measure::Arm) override {
    return fail(ErrorCode::kUnavailable, "arm A: its process ended: exit(2)");
  }
};

struct Rows {
  void add(const std::string& id, double ratio) {
    rows.push_back({id, "a", "b", std::make_unique<ScriptedArms>(ArmNoise{}, ratio, clock, rows.size() + 5)});
  }
  ComparisonSession run(const ComparisonSessionOptions& options = {}) {
    auto session = compare_rows(rows, clock, options);
    EXPECT_TRUE(session);
    return *session;
  }
  ScriptedClock clock;
  std::vector<RowToCompare> rows;
};

TEST(ComparisonSession, ClaimsTheRowsThatDiffer) {
  Rows rows;
  rows.add("same", 1);
  rows.add("slower", 1.05);
  rows.add("faster", 0.9);
  const auto session = rows.run();
  ASSERT_EQ(session.rows.size(), 3u);
  EXPECT_EQ(session.rows[0].claim, "no difference");
  EXPECT_EQ(session.rows[1].claim, "slower");
  EXPECT_EQ(session.rows[2].claim, "faster");
  EXPECT_NEAR(session.rows[1].ratio.estimate, 1.05, 0.01);
  EXPECT_NEAR(session.rows[1].noise->estimate, 1, 0.01);
  EXPECT_EQ(session.rows[1].b.turn_ns.size(),
            static_cast<std::size_t>(2 * session.rows[1].rounds * session.rows[1].blocks));
}

TEST(ComparisonSession, BeginsNoRowAfterItsEnd) {
  Rows rows;
  for (const char* id : {"first", "second", "third"}) rows.add(id, 1);
  ComparisonSessionOptions options;
  options.end_ns = rows.clock.now_ns() + 1;
  const auto session = rows.run(options);
  ASSERT_EQ(session.rows.size(), 1u);
  EXPECT_EQ(session.rows[0].id, "first");
  EXPECT_EQ(session.left_out, 2u);
  EXPECT_TRUE(session.failed.empty());
}

TEST(ComparisonSession, SharesTheTimeAmongItsRows) {
  Rows rows;
  for (const char* id : {"first", "second", "third"}) rows.add(id, 1);
  ComparisonSessionOptions options;
  options.target = 1e-6;  // never enough
  const std::int64_t begin_ns = rows.clock.now_ns();
  options.end_ns = begin_ns + 12'000'000'000;
  const auto session = rows.run(options);
  EXPECT_EQ(session.rows.size(), 3u);
  EXPECT_EQ(session.left_out, 0u);
  EXPECT_NEAR(static_cast<double>(rows.clock.now_ns() - begin_ns) * 1e-9, 12, 3);
}

TEST(ComparisonSession, GatesEveryRow) {
  Rows rows;
  rows.add("same", 1);
  rows.add("slower", 1.08);
  ComparisonSessionOptions options;
  options.gate = measure::Gate{0.02};
  const auto session = rows.run(options);
  EXPECT_EQ(session.rows[0].gate->state, "green");
  EXPECT_EQ(session.rows[1].gate->state, "red");
  EXPECT_GT(session.rows[1].gate->lower, 0.02);
}

// B is slow in the processes of the first comparison only, as a bad placement might make it.
TEST(ComparisonSession, ConfirmsARedGateWithFreshProcesses) {
  class OnceSlow final : public measure::ArmStarter {
   public:
    explicit OnceSlow(ScriptedClock& clock) : slow_({}, 1.1, clock, 1), same_({}, 1, clock, 2) {}
    Result<std::unique_ptr<measure::ArmProcess>> start(measure::Arm arm) override {
      pilots_ += arm == measure::kArmAgain ? 0 : 1;
      return (slow_.started[measure::kArmAgain] < 5 || pilots_ <= 12 ? slow_ : same_).start(arm);
    }

   private:
    ScriptedArms slow_;
    ScriptedArms same_;
    int pilots_ = 0;
  };
  Rows rows;
  rows.rows.push_back({"once", "a", "b", std::make_unique<OnceSlow>(rows.clock)});
  ComparisonSessionOptions options;
  options.gate = measure::Gate{0.02};
  EXPECT_EQ(rows.run(options).rows[0].gate->state, "unconfirmed");
}

TEST(ComparisonSession, ARowThatFailsCostsNoOther) {
  Rows rows;
  rows.rows.push_back({"broken", "a", "b", std::make_unique<BrokenArms>()});
  rows.add("same", 1);
  const auto session = rows.run();
  ASSERT_EQ(session.rows.size(), 1u);
  ASSERT_EQ(session.failed.size(), 1u);
  EXPECT_EQ(session.failed[0].message, "broken: arm A: its process ended: exit(2)");
}

TEST(ComparisonSession, EndsWhenInterrupted) {
  const std::atomic<bool> stop = true;
  Rows rows;
  rows.add("same", 1);
  ComparisonSessionOptions options;
  options.stop = &stop;
  const auto session = compare_rows(rows.rows, rows.clock, options);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace assay::programs
