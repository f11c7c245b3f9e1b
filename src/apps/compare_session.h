// SPDX-License-Identifier: Apache-2.0
#pragma once
// Compares arms, keeps the rows in a record, prints them and says how to exit: what `assay compare
// --interleave` and `assay bench --vs` have in common.
#include <cstdint>
#include <string>
#include <vector>

#include "apps/command.h"
#include "base/result.h"
#include "programs/arm_link.h"

namespace assay::apps {

struct CompareSessionOptions {
  double seconds = 10;      // for one row, at most
  std::int64_t end_ns = 0;  // of all rows, on the steady clock; 0: as long as the rows take
  double precision = 0.01;  // a row may end once a difference of this would have been found
  std::string gate;         // "slower than 2%"; empty: none
  std::uint64_t seed = 1;
  bool json = false;
  std::string record;  // empty: assay-out/compare-<time>.jsonl
  bool anonymise = false;
};

// `command_a` and `command_b` alternate. If both are assay suites, or plug-ins named *.so, their processes
// stay and every case that both have is a row; other commands are one row, timed as whole processes. Exit
// status: 0; 1 if a gate is red; 2 if one is open or a row is unusable; 3 if a row is rejected; 4 if one
// could not be measured. Errors: nothing to compare; those of starting the commands; kCancelled on Ctrl-C.
[[nodiscard]] Result<int> compare_commands(const std::vector<std::string>& command_a,
                                           const std::vector<std::string>& command_b,
                                           const CompareSessionOptions& options, const CommandLine& words);

// What `assay bench SUBJECT --vs OTHER` compares.
struct BenchSubject {
  std::string name;            // "kernels", "./libsaxpy.so"
  programs::MakeProgram open;  // called in child processes only
  std::string filter;          // regular expression on case names; empty: all
};
// `vs` is a shared library, a program (an assay suite) or, if no such file exists, a variant: each case of
// another variant then stands against the same case of that variant. Errors and exit status as above.
[[nodiscard]] Result<int> compare_subject(const BenchSubject& subject, const std::string& vs,
                                          const CompareSessionOptions& options, const CommandLine& words);

}  // namespace assay::apps
