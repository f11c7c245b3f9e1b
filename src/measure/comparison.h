// SPDX-License-Identifier: Apache-2.0
#pragma once
// Compares two arms, A and B, by interleaved turns of fresh processes, with a second process of A beside
// them: what A/A shows is the noise floor that the claim stands on. The plan (comparison_plan.h) is fixed
// from a pilot; the rounds are looked at only where the plan says. Processes are injected (ArmStarter), so
// that tests and experiments script them. Not supported: arms in different machines, more than one A.
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "measure/comparison_gate.h"
#include "measure/comparison_plan.h"
#include "measure/comparison_ratio.h"

namespace assay::measure {

// A process that holds one arm ready.
class ArmProcess {
 public:
  virtual ~ArmProcess() = default;
  // Makes `calls` calls, one after the other; the time of each in ns. Errors: the arm died, hung or failed.
  [[nodiscard]] virtual Result<std::vector<double>> turn(int calls) = 0;
  // After the last turn: hands its evidence to whoever started it, and ends. Errors as turn().
  [[nodiscard]] virtual Result<void> finish() { return {}; }
};

class ArmStarter {
 public:
  virtual ~ArmStarter() = default;
  // A fresh process of the arm (kArmAgain is A's program), warmed up. Errors: it does not start.
  [[nodiscard]] virtual Result<std::unique_ptr<ArmProcess>> start(Arm arm) = 0;
  // True if every call is a fresh process anyway: a command that runs once and ends.
  [[nodiscard]] virtual bool whole_processes() const { return false; }
};

struct ComparisonProgress {
  int round = 0;  // of those done
  int rounds = 0;
  std::optional<LogRatio> ratio;  // so far, from 2 rounds on
  std::int64_t spent_ns = 0;
  std::int64_t budget_ns = 0;
};

struct ComparisonOptions {
  std::int64_t budget_ns = 10'000'000'000;  // of wall time for this row
  double alpha = 0.01;                      // chance that any row of the report is claimed without cause
  int rows = 1;                             // of the report
  double target = 0.01;                     // enough once a true difference of this would have been found
  std::optional<Gate> gate = {};            // then it goes on until the gate is decided
  std::uint64_t seed = 1;                   // of the orders
  const std::atomic<bool>* stop = nullptr;
  std::function<void(const ComparisonProgress&)> progress = {};
};

struct Comparison {
  ComparisonPlan plan;
  std::vector<Round> rounds;
  std::size_t look = 0;  // the one that ended it
  LogRatio ratio;        // B over A
  LogRatio again;        // A over A

  [[nodiscard]] std::int64_t pairs() const { return static_cast<std::int64_t>(rounds.size()) * plan.blocks; }
  // `alpha`, or what it is worth at the look that ended the comparison.
  [[nodiscard]] double spent_alpha(double alpha) const { return alpha * plan.share(look); }
};

// Runs the comparison. Errors: those of starter and processes; kUnsupported if a turn took no measurable
// time; kCancelled once `stop` is set (nothing is kept: its looks are fixed). Uses the calling thread only.
[[nodiscard]] Result<Comparison> compare(ArmStarter& starter, Clock& clock, const ComparisonOptions& options);

// What one row of a report says.
enum class Claim : std::uint8_t {
  kNoDifference,  // none resolved at +- smallest_detectable
  kFaster,        // B takes less time
  kSlower,        // B takes more time
  kUnusable,      // A differs from itself: nothing is claimed
};
[[nodiscard]] std::string_view claim_name(Claim claim);  // "no difference", "faster", "slower", "unusable"

struct JudgedRow {
  Claim claim = Claim::kNoDifference;
  Interval ratio;                  // at the level at which the row was decided
  Interval again;                  // of A over A, at the same level
  double smallest_detectable = 0;  // 0.01: a true difference of 1 % would have been claimed, 19 times in 20
};

// Judges all rows of a report together: rows are claimed in the order of their evidence, each against what
// Holm's procedure leaves of `alpha` (S. Holm 1979, "A Simple Sequentially Rejective Multiple Test
// Procedure"), so that a report without any difference claims one with a chance of at most alpha.
[[nodiscard]] std::vector<JudgedRow> judge_rows(std::span<const Comparison* const> rows, double alpha);

}  // namespace assay::measure
