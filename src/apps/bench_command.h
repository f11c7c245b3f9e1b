// SPDX-License-Identifier: Apache-2.0
#pragma once
// The options of `assay bench` that a program with its own suite has too.
#include "apps/bench_session.h"

namespace CLI {
class App;
}

namespace assay::apps {

// `options` must outlive the parsing.
void add_bench_options(CLI::App& command, BenchSessionOptions& options);

// How cases are measured, and what the exit statuses mean: the end of the help.
extern const char* const kBenchMethod;

}  // namespace assay::apps
