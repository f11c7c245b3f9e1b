// SPDX-License-Identifier: Apache-2.0
// How the score is kept. Whether the lies are caught is shown by `assay cases run`, not here: it takes a
// machine's time.
#include "cases/trial.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "cases/cases.h"
#include "cases/cuda_cases.h"
#include "cases/scripted.h"
#include "checks/checks.h"
#include "suite/expand.h"

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

// A table of expectations and what it is about.
struct Table {
  std::span<const Expectation> expectations;
  void (*define)(Suite&);
  std::optional<measure::Evidence> (*scripted)(std::string_view);
};
const Table kTables[] = {{expectations(), define_cases, scripted_evidence},
                         {cuda_expectations(), define_cuda_cases, cuda_scripted_evidence}};

TEST(Expectations, NameEveryEntryAndNoOther) {
  for (const Table& table : kTables) {
    Suite suite("cases", table.define);
    if (suite.entries.empty()) continue;  // those for CUDA, in a build without it
    std::set<std::string> expected, entries;
    for (const Entry& entry : suite.entries) entries.insert(entry.name);
    for (const Expectation& one : table.expectations) {
      if (one.way != Way::kScripted) expected.insert(std::string(one.name));
    }
    EXPECT_EQ(expected, entries);
  }
}

TEST(Expectations, HaveTwoCasesForTwoArms) {
  for (const Table& table : kTables) {
    Suite suite("cases", table.define);
    if (suite.entries.empty()) continue;
    const auto expansion = suite::expand(suite);
    ASSERT_TRUE(expansion) << expansion.error().message;
    for (const Expectation& one : table.expectations) {
      if (one.way == Way::kScripted) continue;
      const auto count = std::count_if(expansion->cases.begin(), expansion->cases.end(),
                                       [&](const auto& made) { return made.entry->name == one.name; });
      EXPECT_TRUE(one.way == Way::kTwoArms ? count == 2 : count >= 1) << one.name << " has " << count;
    }
  }
}

TEST(Expectations, HaveAnHonestTwinForEachLie) {
  for (const Table& table : kTables) {
    std::set<std::string> honest;
    for (const Expectation& one : table.expectations) {
      if (one.code.empty()) honest.insert(std::string(one.name));
    }
    for (const Expectation& one : table.expectations) {
      if (one.code.empty()) continue;
      EXPECT_TRUE(one.name.starts_with(std::string(one.code) + "/lie")) << one.name;
      EXPECT_TRUE(honest.contains(std::string(one.code) + "/honest")) << one.name;
    }
  }
}

TEST(Expectations, HoldForTheScriptedEvidence) {
  for (const Table& table : kTables) {
    for (const Expectation& one : table.expectations) {
      const auto evidence = table.scripted(one.name);
      ASSERT_EQ(evidence.has_value(), one.way == Way::kScripted) << one.name;
      if (!evidence) continue;
      EXPECT_TRUE(trial_of(one, checks::run_all(*evidence)).as_expected) << one.name;
    }
  }
}

}  // namespace
}  // namespace assay::cases
