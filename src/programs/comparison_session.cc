// SPDX-License-Identifier: Apache-2.0
#include "programs/comparison_session.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace assay::programs {
namespace {

using measure::Arm;
using measure::Comparison;

record::Ratio ratio_of(const measure::LogRatio& estimate, const measure::Interval& interval) {
  return {std::exp(estimate.mean), interval.lower, interval.upper, interval.confidence};
}

record::ComparedArm arm_of(const Comparison& row, Arm arm, const std::string& name, const SuiteArms* suite) {
  record::ComparedArm made;
  made.name = name;
  if (suite != nullptr) made.runner = suite->runner(arm);
  const measure::ArmTime time = measure::arm_time(row.rounds, arm);
  made.median_ns = time.median_ns;
  made.interval = time.interval;
  for (const measure::Round& round : row.rounds) {
    for (const measure::Block& block : round.blocks) {
      made.turn_ns.insert(made.turn_ns.end(), block[arm].begin(), block[arm].end());
    }
  }
  return made;
}

std::string_view state_name(measure::GateState state) {
  switch (state) {
    case measure::GateState::kGreen:
      return "green";
    case measure::GateState::kRed:
      return "red";
    case measure::GateState::kOpen:
      return "open";
  }
  ASSAY_CHECK(false, "gate state {}", static_cast<int>(state));
  return {};
}

class Session {
 public:
  Session(std::vector<RowToCompare>& rows, Clock& clock, const ComparisonSessionOptions& options)
      : rows_(rows), clock_(clock), options_(options) {}

  Result<ComparisonSession> run() {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (options_.end_ns > 0 && clock_.now_ns() >= options_.end_ns) {
        result_.left_out = rows_.size() - i;
        break;
      }
      auto row = compare(i, options_.seed + i);
      if (!row && is_interruption(row.error())) return tl::unexpected<Error>(row.error());
      if (!row) {
        result_.failed.push_back(row.error().with_context(rows_[i].id));
        continue;
      }
      measured_.push_back({i, std::move(*row)});
    }
    std::vector<const Comparison*> all;
    for (const Measured& m : measured_) all.push_back(&m.comparison);
    const auto judged = measure::judge_rows(all, options_.alpha);
    for (std::size_t i = 0; i < measured_.size(); ++i) ASSAY_TRY_VOID(add_row(measured_[i], judged[i]));
    return std::move(result_);
  }

 private:
  struct Measured {
    std::size_t row;
    Comparison comparison;
  };

  [[nodiscard]] bool is_interruption(const Error& error) const {
    return error.code == ErrorCode::kCancelled || (options_.stop != nullptr && options_.stop->load());
  }

  Result<Comparison> compare(std::size_t row, std::uint64_t seed) {
    measure::ComparisonOptions one;
    one.budget_ns = options_.budget_ns;
    if (options_.end_ns > 0) {
      const auto rows_left = static_cast<std::int64_t>(rows_.size() - row);
      const std::int64_t share_ns = (options_.end_ns - clock_.now_ns()) / rows_left;
      one.budget_ns = std::clamp<std::int64_t>(share_ns, 1, options_.budget_ns);
    }
    one.alpha = options_.alpha;
    one.rows = static_cast<int>(rows_.size());
    one.target = options_.target;
    one.gate = options_.gate;
    one.seed = seed;
    one.stop = options_.stop;
    if (options_.progress) one.progress = [this, row](const auto& p) { options_.progress(row, p); };
    return measure::compare(*rows_[row].arms, clock_, one);
  }

  Result<void> add_row(const Measured& measured, const measure::JudgedRow& judged) {
    const RowToCompare& asked = rows_[measured.row];
    const Comparison& comparison = measured.comparison;
    const auto* suite = dynamic_cast<const SuiteArms*>(asked.arms.get());
    record::ComparedRow row;
    row.id = asked.id;
    row.kind = suite != nullptr ? "resident" : "whole-process";
    row.a = arm_of(comparison, measure::kArmA, asked.a, suite);
    row.again = arm_of(comparison, measure::kArmAgain, asked.a, suite);
    row.b = arm_of(comparison, measure::kArmB, asked.b, suite);
    row.rounds = static_cast<std::int64_t>(comparison.rounds.size());
    row.blocks = comparison.plan.blocks;
    row.calls = comparison.plan.calls;
    row.ratio = ratio_of(comparison.ratio, judged.ratio);
    row.noise = ratio_of(comparison.again, judged.again);
    row.smallest_detectable = judged.smallest_detectable;
    row.claim = measure::claim_name(judged.claim);
    row.empty_process_ns = options_.empty_process_ns;
    if (options_.gate) {
      auto gate = judge(measured, judged);
      if (!gate && is_interruption(gate.error())) return tl::unexpected<Error>(gate.error());
      if (!gate) {
        result_.failed.push_back(gate.error().with_context(asked.id));
        return {};
      }
      row.gate = *gate;
    }
    if (suite != nullptr) row.findings = suite->findings();
    const bool rejected = std::any_of(row.findings.begin(), row.findings.end(), [](const auto& finding) {
      return finding.severity == checks::Severity::kReject;
    });
    if (rejected) row.claim = "none";
    result_.rows.push_back(std::move(row));
    return {};
  }

  // Red counts only if it is red again in processes that had no part in the first comparison.
  Result<record::ComparedGate> judge(const Measured& measured, const measure::JudgedRow& judged) {
    const int rows = static_cast<int>(rows_.size());
    const measure::GateJudgement first =
        measure::judge_gate(measured.comparison, *options_.gate, options_.alpha, rows);
    record::ComparedGate gate{options_.gate->slower_than, std::string(state_name(first.state)), first.lower,
                              first.upper, first.pairs_needed};
    if (judged.claim == measure::Claim::kUnusable) {
      gate.state = "open";
      gate.pairs_needed = measure::kPairsUnknown;
    } else if (first.state == measure::GateState::kRed) {
      ASSAY_TRY(const Comparison again, compare(measured.row, ~(options_.seed + measured.row)));
      const auto second = measure::judge_gate(again, *options_.gate, options_.alpha, rows);
      if (second.state != measure::GateState::kRed) gate.state = "unconfirmed";
    }
    return gate;
  }

  std::vector<RowToCompare>& rows_;
  Clock& clock_;
  const ComparisonSessionOptions& options_;
  std::vector<Measured> measured_;
  ComparisonSession result_;
};

}  // namespace

Result<ComparisonSession> compare_rows(std::vector<RowToCompare>& rows, Clock& clock,
                                       const ComparisonSessionOptions& options) {
  return Session(rows, clock, options).run();
}

}  // namespace assay::programs
