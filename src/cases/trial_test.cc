// SPDX-License-Identifier: Apache-2.0
// How the score is kept. Whether the lies are caught is shown by `assay cases run`, not here: it takes a
// machine's time.
#include "cases/trial.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "cases/cases.h"
#include "cases/scripted.h"
#include "checks/checks.h"

namespace assay::cases {
namespace {

using checks::Severity;

Trial trial_of(const Expectation& expected, std::vector<checks::Finding> findings) {
  Trial trial;
  trial.expected = &expected;
  trial.findings = std::move(findings);
  judge_trial(trial);
  return trial;
}

TEST(Trial, CatchesALieOnlyByItsCodeAndItsSeverity) {
  const Expectation lie{"drifting/lie", "drifting", Severity::kReject};
  EXPECT_TRUE(trial_of(lie, {{"drifting", Severity::kReject, "", ""}}).as_expected);
  EXPECT_FALSE(trial_of(lie, {{"drifting", Severity::kQualify, "", ""}}).as_expected);
  EXPECT_FALSE(trial_of(lie, {{"contended", Severity::kReject, "", ""}}).as_expected);
  EXPECT_FALSE(trial_of(lie, {}).as_expected);
}

TEST(Trial, LetsAnHonestTwinCarryWhatTheMachineCauses) {
  const Expectation honest{"drifting/honest", ""};
  EXPECT_TRUE(trial_of(honest, {}).as_expected);
  const Trial disturbed = trial_of(honest, {{"contended", Severity::kReject, "", ""}});
  EXPECT_TRUE(disturbed.as_expected);
  EXPECT_EQ(disturbed.tolerated, std::vector<std::string>{"contended"});
  EXPECT_FALSE(trial_of(honest, {{"drifting", Severity::kQualify, "", ""}}).as_expected);
}

TEST(Trial, KeepsTheScore) {
  const Expectation lie{"a/lie", "a"};
  const Expectation honest{"a/honest", ""};
  const Score score = score_of({trial_of(lie, {{"a", Severity::kReject, "", ""}}), trial_of(lie, {}),
                                trial_of(honest, {{"imprecise", Severity::kQualify, "", ""}}),
                                trial_of(honest, {{"a", Severity::kQualify, "", ""}})});
  EXPECT_EQ(score.lies, 2);
  EXPECT_EQ(score.caught, 1);
  EXPECT_EQ(score.honest, 2);
  EXPECT_EQ(score.accused, 1);
  EXPECT_EQ(score.tolerated, 1);
}

std::set<std::string> entries() {
  Suite suite("cases", define_cases);
  std::set<std::string> names;
  for (const Entry& entry : suite.entries) names.insert(entry.name);
  return names;
}

TEST(Expectations, NameEveryEntryAndNoOther) {
  std::set<std::string> expected;
  for (const Expectation& one : expectations()) {
    if (one.way != Way::kScripted) expected.insert(std::string(one.name));
  }
  EXPECT_EQ(expected, entries());
}

TEST(Expectations, HaveAnHonestTwinForEachLie) {
  std::set<std::string> honest;
  for (const Expectation& one : expectations()) {
    if (one.code.empty()) honest.insert(std::string(one.name));
  }
  for (const Expectation& one : expectations()) {
    if (one.code.empty()) continue;
    EXPECT_TRUE(one.name.starts_with(std::string(one.code) + "/lie")) << one.name;
    EXPECT_TRUE(honest.contains(std::string(one.code) + "/honest")) << one.name;
  }
}

TEST(Expectations, HoldForTheScriptedEvidence) {
  for (const Expectation& one : expectations()) {
    const auto evidence = scripted_evidence(one.name);
    ASSERT_EQ(evidence.has_value(), one.way == Way::kScripted) << one.name;
    if (!evidence) continue;
    EXPECT_TRUE(trial_of(one, checks::run_all(*evidence)).as_expected) << one.name;
  }
}

}  // namespace
}  // namespace assay::cases
