// SPDX-License-Identifier: Apache-2.0
#pragma once
// `assay bench MODEL`: open the model, look up the machine's limits, measure and judge every case, keep each
// result as soon as it is known, and report.
#include <cstdint>
#include <string>
#include <vector>

#include "apps/model_source.h"
#include "base/result.h"

namespace assay::apps {

struct BenchSessionOptions {
  std::string model;
  std::string filter;
  bool list = false;
  bool dry_run = false;
  bool json = false;
  std::string record;  // empty: assay-out/<time>.jsonl
  std::string html = "report.html";
  bool no_html = false;
  BackendChoice backend;
  double max_seconds = 140;
  double target_half_width = 0.01;
  std::uint64_t seed = 1;
  bool show_rejected = false;
  bool anonymise = false;
  std::string colour = "auto";
};

// Exit status 0, 3 (something was rejected) or 130 (interrupted; what was measured is in the record).
// Errors: those of every step, kInvalidArgument for a filter that is no regular expression or finds nothing.
[[nodiscard]] Result<int> run_bench_session(const BenchSessionOptions& options,
                                            const std::vector<std::string>& command_line);

}  // namespace assay::apps
