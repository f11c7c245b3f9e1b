// SPDX-License-Identifier: Apache-2.0
// Teacher-forced logits for comparing engines; scripts/peer/compare_logits uses it.
#include <CLI/CLI.hpp>
#include <charconv>
#include <memory>

#include "apps/command.h"
#include "apps/model_source.h"
#include "base/mapped_file.h"
#include "base/text.h"
#include "values/formats/npy.h"

namespace assay::apps {
namespace {

struct Options {
  std::string model;
  std::string ids_file;
  std::string output;
  bool reference = false;
  BackendChoice backend;
};

Result<std::vector<std::vector<model::TokenId>>> read_ids(const std::string& path) {
  ASSAY_TRY(const std::string text, read_text_file(path));
  std::vector<std::vector<model::TokenId>> prompts;
  int line_number = 0;
  for (const std::string_view line : split(text, '\n')) {
    ++line_number;
    if (line.empty()) continue;
    std::vector<model::TokenId> ids;
    for (const std::string_view word : split(line, ' ')) {
      model::TokenId id = 0;
      const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), id);
      if (error != std::errc() || end != word.data() + word.size()) {
        return fail(ErrorCode::kCorrupt, "{}:{}: expected token ids separated by single spaces, got '{}'",
                    path, line_number, printable(word));
      }
      ids.push_back(id);
    }
    if (!prompts.empty() && ids.size() != prompts.front().size()) {
      return fail(ErrorCode::kCorrupt, "{}:{}: expected {} ids as in the first line, got {}", path,
                  line_number, prompts.front().size(), ids.size());
    }
    prompts.push_back(std::move(ids));
  }
  if (prompts.empty())
    return fail(ErrorCode::kCorrupt, "{}: expected a line of token ids for each prompt, got none", path);
  return prompts;
}

Result<int> run(const Options& options) {
  ASSAY_TRY(const OpenModel open, open_model(options.model));
  ASSAY_TRY(const auto prompts, read_ids(options.ids_file));
  const auto positions = static_cast<std::int64_t>(prompts.front().size());
  std::unique_ptr<engine::Backend> backend;
  if (options.reference) {
    backend = engine::make_reference_backend();
    ASSAY_TRY_VOID(backend->upload(open.model));
  } else {
    ASSAY_TRY(backend, open_backend(open.model, options.backend));
  }
  ASSAY_TRY_VOID(backend->prepare(positions, positions));
  const std::int64_t vocab = open.model.config.vocab;
  values::Tensor all(values::DType::kF32, {static_cast<std::int64_t>(prompts.size()), positions, vocab});
  auto rest = all.as<float>();
  for (const auto& ids : prompts) {
    ASSAY_TRY(engine::KvCache cache, engine::KvCache::create(open.model.config, positions));
    const auto part = rest.first(static_cast<std::size_t>(positions * vocab));
    ASSAY_TRY_VOID(backend->forward(ids, cache, engine::LogitsFor::kAll, part));
    rest = rest.subspan(part.size());
  }
  ASSAY_TRY_VOID(values::write_npy(options.output, all.view()));
  return kSuccess;
}

}  // namespace

void add_logits_command(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("logits", "Write the logits of every position of forced token ids");
  command->group("");
  command->add_option("model", options->model, "Name or GGUF file")->required();
  command->add_option("--ids", options->ids_file, "A line of space-separated ids for each prompt")
      ->required();
  command->add_option("-o,--output", options->output, ".npy file: f32 (prompts, positions, vocab)")
      ->required();
  command->add_flag("--reference", options->reference, "Use the reference backend");
  command->add_option("--threads", options->backend.threads, "0: every CPU")->check(CLI::Range(0, 1024));
  command->add_option("--isa", options->backend.isa_name, "auto, reference, avx2 or avx512vnni");
  command->callback([options, &chosen] { chosen = [options](const CommandLine&) { return run(*options); }; });
}

}  // namespace assay::apps
