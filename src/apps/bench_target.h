// SPDX-License-Identifier: Apache-2.0
#pragma once
// From what the user wants measured to something that a worker process can open.
#include <filesystem>

#include "apps/bench_session.h"
#include "programs/isolated_bench.h"

namespace assay::apps {

struct BenchTarget {
  programs::IsolatedBench::Open open;  // what it opens lives as long as the function does
  programs::IsolatedBench::Lifetime lifetime = programs::IsolatedBench::Lifetime::kOneCase;
  std::filesystem::path file;  // whose content is what is measured: a model, a plug-in, this program
};

// Errors: those of find_model; kNotFound for a plug-in that is not there; kInvalidArgument for an --axis that
// is not name=value[,value...]. What is wrong inside a file is found when it is opened.
[[nodiscard]] Result<BenchTarget> bench_target(const BenchSessionOptions& options, const Suite* linked);

}  // namespace assay::apps
