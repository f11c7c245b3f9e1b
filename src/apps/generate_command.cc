// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "apps/command.h"
#include "apps/interrupt.h"
#include "apps/model_source.h"
#include "engine/generate.h"
#include "model/chat_template.h"

namespace assay::apps {
namespace {

constexpr std::int64_t kMaxBatch = 512;

struct Options {
  std::string model;
  std::string prompt;
  bool chat = false;
  std::int64_t max_tokens = 128;
  engine::SamplingOptions sampling;
  BackendChoice backend;
};

Result<std::vector<model::TokenId>> prompt_ids(const OpenModel& open, const Options& options) {
  if (!options.chat)
    return open.tokenizer->encode(options.prompt, {.add_special = true, .parse_special = false});
  ASSAY_TRY(const auto chat, model::read_chat_template(*open.model.file));
  const std::string text = chat.render({{"user", options.prompt}}, /*add_generation_prompt=*/true);
  return open.tokenizer->encode(text, {.add_special = false, .parse_special = true});
}

void write_piece(std::string_view piece) {
  std::fwrite(piece.data(), 1, piece.size(), stdout);
  std::fflush(stdout);
}

Result<int> run(const Options& options) {
  ASSAY_TRY(const OpenModel open, open_model(options.model));
  ASSAY_TRY(const auto ids, prompt_ids(open, options));
  ASSAY_TRY(const auto backend, open_backend(open.model, options.backend));
  const auto prompt_length = static_cast<std::int64_t>(ids.size());
  const std::int64_t positions = std::min(open.model.config.context, prompt_length + options.max_tokens);
  ASSAY_TRY_VOID(backend->prepare(std::clamp<std::int64_t>(prompt_length, 1, kMaxBatch), positions));
  ASSAY_TRY(engine::KvCache cache, engine::KvCache::create(open.model.config, positions));
  engine::GenerateOptions generate;
  generate.max_tokens = options.max_tokens;
  generate.sampling = options.sampling;
  generate.stop = &interrupt_flag();
  ASSAY_TRY(const engine::Generation result, engine::generate(*backend, open.model.config, *open.tokenizer,
                                                              cache, ids, generate, write_piece));
  if (isatty(STDOUT_FILENO)) std::fputc('\n', stdout);
  return result.reason == engine::StopReason::kStopped ? kInterrupted : kSuccess;
}

}  // namespace

void add_generate_command(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("generate", "Continue a text; standard output carries the continuation only");
  command->add_option("model", options->model, "Name of a model (assay model list) or a GGUF file")
      ->required();
  command->add_option("--prompt", options->prompt, "The text to continue, as it is")->required();
  command->add_flag("--chat", options->chat,
                    "Put the prompt into the model's chat template as a user's message");
  command->add_option("--max-tokens", options->max_tokens, "Stop after this many tokens")
      ->capture_default_str()
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 20));
  command
      ->add_option("--temperature", options->sampling.temperature, "0 takes the most likely token each time")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 100.0));
  command->add_option("--top-k", options->sampling.top_k, "Sample among the k most likely tokens; 0: all")
      ->capture_default_str()
      ->check(CLI::Range(0, 1 << 30));
  command
      ->add_option("--top-p", options->sampling.top_p,
                   "Sample among the most likely tokens of this total probability")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  command->add_option("--seed", options->sampling.seed, "Of the random numbers")->capture_default_str();
  command->add_option("--threads", options->backend.threads, "0: every CPU")
      ->capture_default_str()
      ->check(CLI::Range(0, 1024));
  command->add_flag("--pin", options->backend.pin, "Bind each thread to a CPU");
  command->add_option("--isa", options->backend.isa_name, "auto, reference, avx2 or avx512vnni")
      ->capture_default_str();
  command->footer(
      "Examples:\n"
      "  assay generate smollm2-135m-instruct --chat --prompt 'Why is the sky blue?'\n"
      "  assay generate model.gguf --prompt 'Once upon a time' --temperature 0.8 --seed 7");
  command->callback([options, &chosen] { chosen = [options](const CommandLine&) { return run(*options); }; });
}

}  // namespace assay::apps
