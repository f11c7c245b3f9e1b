// SPDX-License-Identifier: Apache-2.0
#include "apps/model_source.h"

#include <array>

#include "apps/user_folders.h"
#include "base/text.h"
#include "model/registry.h"

namespace assay::apps {
namespace {

Result<device::Isa> parse_isa(const std::string& name) {
  if (name == "auto") return device::best_isa();
  std::string known;
  for (const device::Isa isa : {device::Isa::kReference, device::Isa::kAvx2, device::Isa::kAvx512Vnni}) {
    if (name == device::isa_name(isa)) return isa;
    known += fmt::format(", {}", device::isa_name(isa));
  }
  return fail(ErrorCode::kInvalidArgument, "unknown instruction set '{}'; expected auto{}", printable(name),
              known);
}

}  // namespace

Result<std::filesystem::path> find_model(const std::string& name_or_path) {
  std::error_code ignored;
  if (std::filesystem::exists(name_or_path, ignored)) return std::filesystem::path(name_or_path);
  const auto known = model::find(name_or_path);
  if (!known) {
    const bool looks_like_a_file =
        name_or_path.find('/') != std::string::npos || name_or_path.ends_with(".gguf");
    if (looks_like_a_file) {
      return fail(ErrorCode::kNotFound,
                  "{}: no such file; 'assay model list' names the models that can be downloaded",
                  printable(name_or_path, 512));
    }
    return tl::unexpected<Error>(known.error());
  }
  ASSAY_TRY(const auto folder, model_folder());
  const auto path = folder / known->file_name;
  if (!std::filesystem::exists(path, ignored)) {
    return fail(ErrorCode::kNotFound,
                "model '{0}' is not in {1}; run 'assay model get {0}', or without a network 'assay model "
                "synth --shape "
                "smollm2-135m --dtype q8_0 -o FILE' and give FILE",
                known->name, folder.string());
  }
  return path;
}

Result<OpenModel> open_model(const std::string& name_or_path) {
  OpenModel open;
  ASSAY_TRY(open.path, find_model(name_or_path));
  std::error_code ignored;
  open.name = std::filesystem::exists(name_or_path, ignored) ? open.path.stem().string() : name_or_path;
  ASSAY_TRY(open.model, model::Model::open(open.path));
  ASSAY_TRY(open.tokenizer, model::read_tokenizer(*open.model.file));
  if (open.tokenizer->vocab_size() > open.model.config.vocab) {
    return fail(ErrorCode::kCorrupt, "{}: the tokenizer has {} tokens, the embedding {} rows",
                open.path.string(), open.tokenizer->vocab_size(), open.model.config.vocab);
  }
  return open;
}

int thread_count(const BackendChoice& choice) {
  return choice.threads > 0 ? choice.threads : device::cpu_features().logical_cpus;
}

Result<std::unique_ptr<engine::Backend>> open_backend(const model::Model& model,
                                                      const BackendChoice& choice) {
  ASSAY_TRY(const device::Isa isa, parse_isa(choice.isa_name));
  ASSAY_TRY(auto backend,
            engine::make_cpu_backend({.threads = choice.threads, .pin = choice.pin, .isa = isa}));
  ASSAY_TRY_VOID(backend->upload(model));
  return backend;
}

}  // namespace assay::apps
