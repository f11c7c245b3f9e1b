// SPDX-License-Identifier: Apache-2.0
#include "cases/trial.h"

#include <algorithm>
#include <memory>
#include <regex>

#include "base/check.h"
#include "cases/cases.h"
#include "cases/cuda_cases.h"
#include "cases/scripted.h"
#include "checks/checks.h"
#include "programs/isolated_bench.h"
#include "programs/suite_program.h"

namespace assay::cases {
namespace {

constexpr std::int64_t kLongestCase_ns = 20'000'000'000;
constexpr int kAttempts = 5;

using Measurements = std::vector<record::Measurement>;

Result<std::unique_ptr<programs::Program>> open_cases() {
  static Suite suite("cases", define_cases);
  ASSAY_TRY(auto program, programs::make_suite_program(suite, {}));
  return std::unique_ptr<programs::Program>(std::move(program));
}

Result<std::unique_ptr<programs::Program>> open_cuda_cases() {
  static Suite suite("cases", define_cuda_cases);
  ASSAY_TRY(auto program, programs::make_suite_program(suite, {}));
  return std::unique_ptr<programs::Program>(std::move(program));
}

class TrialRun {
 public:
  TrialRun(programs::IsolatedBench bench, const measure::Limits& limits, Clock& clock,
           const TrialOptions& options)
      : bench_(std::move(bench)),
        limits_(limits),
        clock_(clock),
        options_(options),
        begin_ns_(clock.now_ns()) {}

  Result<Trial> run(const Expectation& expected) {
    for (int attempt = 1;; ++attempt) {
      ASSAY_TRY(Trial trial, run_once(expected));
      trial.attempts = attempt;
      const bool may_retry = attempt < kAttempts && clock_.now_ns() - begin_ns_ < options_.retry_ns;
      if (trial.as_expected || !may_retry) return trial;
    }
  }

 private:
  Result<Trial> run_once(const Expectation& expected) {
    Trial trial;
    trial.expected = &expected;
    if (expected.way == Way::kScripted) {
      const auto evidence = options_.device == Device::kCuda ? cuda_scripted_evidence(expected.name)
                                                             : scripted_evidence(expected.name);
      ASSAY_CHECK(evidence.has_value(), "no script for {}", expected.name);
      add(trial, checks::run_all(*evidence));
    } else {
      ASSAY_TRY(const Measurements measured, measure(expected.name));
      for (const record::Measurement& one : measured) add(trial, one.findings);
      if (expected.way == Way::kTwoArms) add(trial, compared(measured));
    }
    judge_trial(trial);
    return trial;
  }

  static void add(Trial& trial, const checks::Findings& found) {
    for (const checks::Finding& finding : found) {
      const bool known =
          std::any_of(trial.findings.begin(), trial.findings.end(), [&](const checks::Finding& other) {
            return other.code == finding.code && other.severity == finding.severity;
          });
      if (!known) trial.findings.push_back(finding);
    }
  }

  static checks::Findings compared(const Measurements& arms) {
    if (arms.size() != 2) return {};
    const measure::Evidence& a = arms[0].evidence;
    const measure::Evidence& b = arms[1].evidence;
    checks::Findings found = checks::check_numerics_differ(a.numerics, b.numerics);
    for (checks::Finding& finding : checks::check_cache_mixed(a.cache, b.cache))
      found.push_back(std::move(finding));
    return found;
  }

  // All cases of the entry.
  Result<Measurements> measure(std::string_view entry) {
    const std::string prefix = std::string(entry) + "/";
    const auto& cases = bench_.program().cases;
    Measurements measured;
    for (std::size_t i = 0; i < cases.size(); ++i) {
      if (!cases[i].what.entry.starts_with(prefix)) continue;
      programs::IsolatedOptions options;
      options.budget_ns = options_.budget_ns;
      options.longest_silence_s = options_.longest_silence_s;
      options.stop_ns = options.kill_ns = clock_.now_ns() + kLongestCase_ns;
      options.earlier = measured;
      ASSAY_TRY(programs::CaseOutcome outcome, bench_.measure(i, limits_, options));
      if (outcome.measurement) measured.push_back(std::move(*outcome.measurement));
    }
    return measured;
  }

  programs::IsolatedBench bench_;
  const measure::Limits& limits_;
  Clock& clock_;
  const TrialOptions& options_;
  std::int64_t begin_ns_;
};

Result<std::vector<const Expectation*>> chosen_by(const TrialOptions& options) {
  const std::string& filter = options.filter;
  const auto all = options.device == Device::kCuda ? cuda_expectations() : expectations();
  std::vector<const Expectation*> chosen;
  try {
    const std::regex wanted(filter);
    for (const Expectation& one : all) {
      if (filter.empty() || std::regex_search(one.name.begin(), one.name.end(), wanted))
        chosen.push_back(&one);
    }
  } catch (const std::regex_error& error) {
    return fail(ErrorCode::kInvalidArgument, "filter '{}' is no regular expression: {}", filter,
                error.what());
  }
  if (chosen.empty())
    return fail(ErrorCode::kInvalidArgument,
                "filter '{}' finds none of the {} cases; without a filter all are run", filter, all.size());
  return chosen;
}

}  // namespace

void judge_trial(Trial& trial) {
  const Expectation& expected = *trial.expected;
  const auto& findings = trial.findings;
  if (!expected.code.empty()) {
    trial.as_expected = std::any_of(findings.begin(), findings.end(), [&](const checks::Finding& finding) {
      return finding.code == expected.code && finding.severity == expected.severity;
    });
    return;
  }
  trial.as_expected = true;
  for (const checks::Finding& finding : findings) {
    if (is_tolerated(finding.code)) {
      trial.tolerated.push_back(finding.code);
    } else {
      trial.as_expected = false;
    }
  }
}

Result<std::vector<Trial>> run_trials(const measure::Limits& limits, Clock& clock,
                                      const TrialOptions& options) {
  ASSAY_TRY(const auto chosen, chosen_by(options));
  // A worker that uses a device takes most of a second to start: it is kept until a program ends it.
  using Lifetime = programs::IsolatedBench::Lifetime;
  const bool on_cuda = options.device == Device::kCuda;
  ASSAY_TRY(auto bench,
            programs::IsolatedBench::open(on_cuda ? open_cuda_cases : open_cases,
                                          on_cuda ? Lifetime::kAllCases : Lifetime::kOneCase, clock));
  TrialRun run(std::move(bench), limits, clock, options);
  std::vector<Trial> trials;
  for (const Expectation* expected : chosen) {
    ASSAY_TRY(trials.emplace_back(), run.run(*expected));
    if (options.progress) options.progress(trials.back());
  }
  return trials;
}

Score score_of(const std::vector<Trial>& trials) {
  Score score;
  for (const Trial& trial : trials) {
    score.repeated += trial.attempts > 1 ? 1 : 0;
    if (!trial.expected->code.empty()) {
      score.lies += 1;
      score.caught += trial.as_expected ? 1 : 0;
      continue;
    }
    score.honest += 1;
    score.accused += trial.as_expected ? 0 : 1;
    score.tolerated += trial.tolerated.empty() ? 0 : 1;
  }
  return score;
}

}  // namespace assay::cases
