// SPDX-License-Identifier: Apache-2.0
#pragma once
// From what the user typed, a model's name or a file, to a model that is open.
#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "device/cpu_features.h"
#include "engine/backend.h"
#include "model/tokenizer.h"
#include "model/weights.h"

namespace assay::apps {

struct OpenModel {
  std::string name;  // as in reports: the registry's name, or the file's without folder and extension
  std::filesystem::path path;
  model::Model model;
  std::unique_ptr<model::Tokenizer> tokenizer;
};

// Errors: kNotFound, saying which known model is nearest, how to download one, and what to do without a
// network.
[[nodiscard]] Result<std::filesystem::path> find_model(const std::string& name_or_path);

// Errors: those of find_model, Model::open and read_tokenizer; kCorrupt if tokenizer and weights disagree in
// size.
[[nodiscard]] Result<OpenModel> open_model(const std::string& name_or_path);

// A backend with the model's weights uploaded. `isa_name` is a name of device::Isa or "auto".
// Errors: kInvalidArgument for an unknown name; those of make_cpu_backend and upload.
struct BackendChoice {
  int threads = 0;  // 0: every CPU that the process may use
  bool pin = false;
  std::string isa_name = "auto";
};
[[nodiscard]] Result<std::unique_ptr<engine::Backend>> open_backend(const model::Model& model,
                                                                    const BackendChoice& choice);
// The number of threads that `choice` means.
[[nodiscard]] int thread_count(const BackendChoice& choice);

}  // namespace assay::apps
