// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which of a program's cases are measured: --filter, --shard, and what a record to go on with already has.
#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "programs/program_description.h"
#include "record/measurement.h"

namespace assay::apps {

using CaseIndices = std::vector<std::size_t>;  // into ProgramDescription::cases

// The cases whose name the regular expression finds (empty: all), and of these every N-th for a shard "I/N",
// counted from 1. Errors: kInvalidArgument for an expression that is none or finds nothing, and for a shard
// that is none or is left with nothing.
[[nodiscard]] Result<CaseIndices> select_cases(const std::vector<programs::DescribedCase>& cases,
                                               const std::string& filter, const std::string& shard);

// The same cases in the order in which they are measured: entries ("matmul" of "matmul/cpu.avx2 rows=576")
// take turns, so that a run whose time is over has measured some of each.
[[nodiscard]] CaseIndices by_turns(const std::vector<programs::DescribedCase>& cases,
                                   const CaseIndices& chosen);

// The case with this name, or the only one that the name is a part of. Errors: kInvalidArgument.
[[nodiscard]] Result<std::size_t> only_case(const std::vector<suite::Case>& cases, const std::string& name);

// Leaves out what `run` has measured.
[[nodiscard]] CaseIndices not_in(const record::Run& run, const std::vector<programs::DescribedCase>& cases,
                                 const CaseIndices& chosen);

// Whether `recorded` is of the same subject, program and machine as a run that would start now.
// Errors: kInvalidArgument, naming what differs.
[[nodiscard]] Result<void> check_same(const record::Run& recorded, const record::Run& now,
                                      const std::string& record);

}  // namespace assay::apps
