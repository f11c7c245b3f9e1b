// SPDX-License-Identifier: Apache-2.0
#pragma once
// One pair of functions for each foreign format: whether the JSON looks like it, and what it holds. Filling
// may throw nlohmann's exceptions for what is missing or of another type; measurements come out unjudged.
// Only the .cc files of this room include this header.
#include <nlohmann/json_fwd.hpp>

#include "record/measurement.h"

namespace assay::record {

[[nodiscard]] bool is_google_benchmark(const nlohmann::json& json);
[[nodiscard]] bool is_nvbench(const nlohmann::json& json);
[[nodiscard]] bool is_hyperfine(const nlohmann::json& json);
[[nodiscard]] bool is_llama_bench(const nlohmann::json& json);

void import_google_benchmark(const nlohmann::json& json, Run& run);  // repetitions as samples
void import_nvbench(const nlohmann::json& json, Run& run);           // the means of the cold measurement
void import_hyperfine(const nlohmann::json& json, Run& run);         // runs of whole processes
void import_llama_bench(const nlohmann::json& json, Run& run);       // repetitions as samples

}  // namespace assay::record
