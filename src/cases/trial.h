// SPDX-License-Identifier: Apache-2.0
#pragma once
// Puts the table of expectations to the test: every program is measured as any other suite is, in a worker
// process, and its verdict held against the table.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "assay/assay.h"
#include "base/clock.h"
#include "base/result.h"
#include "cases/expectations.h"
#include "checks/finding.h"
#include "measure/limits.h"

namespace assay::cases {

struct Trial {
  const Expectation* expected = nullptr;
  std::vector<checks::Finding> findings;  // of all cases of the entry, each code and severity once
  bool as_expected = false;  // the lie was called by its code and severity; the honest twin was not accused
  int attempts = 1;
  std::vector<std::string> tolerated;  // codes that an honest twin carried and may carry
};

struct TrialOptions {
  Device device = Device::kCpu;            // that the programs run on
  std::string filter;                      // regular expression; empty: all
  std::int64_t budget_ns = 250'000'000;    // of one case
  double longest_silence_s = 1.5;          // then a case has timed out
  std::int64_t retry_ns = 30'000'000'000;  // since the begin of the run
  std::function<void(const Trial&)> progress = {};
};

// A trial that does not go as expected is made again, up to five times in all and only within `retry_ns`:
// what a busy machine does to one time is no fault of the check, and a check that is blind, or accuses the
// innocent, does so every time. `attempts` tells. Errors: kInvalidArgument for a filter that is no regular
// expression or finds nothing; kUnavailable if workers cannot be started (this process has threads). Forks.
[[nodiscard]] Result<std::vector<Trial>> run_trials(const measure::Limits& limits, Clock& clock,
                                                    const TrialOptions& options);

// Judges findings by an expectation; fills everything but `expected` and `findings`. For tests, too.
void judge_trial(Trial& trial);

struct Score {
  int lies = 0, caught = 0;
  int honest = 0, accused = 0;
  int repeated = 0;   // trials that took more than one attempt
  int tolerated = 0;  // honest twins that carry something that they may carry
};
[[nodiscard]] Score score_of(const std::vector<Trial>& trials);

}  // namespace assay::cases
