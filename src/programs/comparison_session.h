// SPDX-License-Identifier: Apache-2.0
#pragma once
// All rows of one comparison: each is measured, all are judged together, a red gate is measured again with
// fresh processes, and each becomes a row of the record. Arms and clock are injected.
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "measure/comparison.h"
#include "programs/interleave.h"
#include "record/comparison.h"

namespace assay::programs {

struct RowToCompare {
  std::string id;
  std::string a;  // names of the arms
  std::string b;
  std::unique_ptr<measure::ArmStarter> arms;
};

struct ComparisonSessionOptions {
  std::int64_t budget_ns = 10'000'000'000;  // for one row; a confirmation may take as much again
  std::int64_t end_ns =
      0;                // on the clock; rows share what is left until then, none is begun after it; 0: none
  double alpha = 0.01;  // chance that the report claims a difference where there is none
  double target = 0.01;
  std::optional<measure::Gate> gate = {};
  std::uint64_t seed = 1;
  std::optional<double> empty_process_ns = {};
  const std::atomic<bool>* stop = nullptr;
  std::function<void(std::size_t row, const measure::ComparisonProgress&)> progress = {};
};

struct ComparisonSession {
  std::vector<record::ComparedRow> rows;  // of those that could be measured
  std::vector<Error> failed;              // one a row that could not
  std::size_t left_out = 0;               // rows for which there was no time
};

// Errors: kCancelled if `stop` was set; nothing is judged then. What goes wrong in one row costs that row.
[[nodiscard]] Result<ComparisonSession> compare_rows(std::vector<RowToCompare>& rows, Clock& clock,
                                                     const ComparisonSessionOptions& options);

}  // namespace assay::programs
