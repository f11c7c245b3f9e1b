// SPDX-License-Identifier: Apache-2.0
#pragma once
// `assay bench`: open what is to be measured in a worker process, look up the machine's limits, measure and
// judge every case, keep each result as soon as it is known, and report.
#include <cstdint>
#include <string>
#include <vector>

#include "apps/model_source.h"
#include "assay/assay.h"
#include "base/result.h"

namespace assay::apps {

struct BenchSessionOptions {
  std::string
      target;  // a model's name or file, a plug-in, "kernels"; not looked at where a suite is linked in
  std::string filter;
  std::vector<std::string> axes;  // "n=4096,8192"
  std::string device = "cpu";     // "cpu", "cuda" or "all": whose variants of a suite are measured
  std::string vs;                 // another variant, plug-in or program to compare with; empty: none
  std::string gate;               // with vs: "slower than 2%"
  std::string shard;              // "2/5"; empty: everything
  bool list = false;
  bool dry_run = false;
  std::string profile_once;  // a case
  bool json = false;
  std::string record;                // empty: assay-out/<time>.jsonl
  std::string resume;                // a record to go on with
  std::vector<std::string> exports;  // "google-benchmark=FILE"
  std::string html = "report.html";
  bool no_html = false;
  BackendChoice backend;
  double max_seconds = 140;
  double max_case_seconds = 0;  // 0: an equal part of what is left
  double timeout_seconds = 60;
  double target_half_width = 0.01;
  std::uint64_t seed = 1;
  bool show_rejected = false;
  bool anonymise = false;
  std::string colour = "auto";
};

// `linked`: the suite of a program that has its own main(); null in `assay` itself. It outlives the call.
// Exit status 0, 2 (the time was over before every case was measured), 3 (something was rejected) or 130
// (interrupted); what was measured is in the record. Errors: those of every step, kInvalidArgument for
// options that make no sense or leave nothing to measure.
[[nodiscard]] Result<int> run_bench_session(const BenchSessionOptions& options,
                                            const std::vector<std::string>& command_line,
                                            const Suite* linked = nullptr);

}  // namespace assay::apps
