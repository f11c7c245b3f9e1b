// SPDX-License-Identifier: Apache-2.0
#include "programs/model_program.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "base/text.h"
#include "engine/sampling/sampler.h"
#include "programs/model_reference.h"
#include "programs/prompt_text.h"

namespace assay::programs {
namespace {

constexpr std::uint16_t kPoisonF16 = 0x7E00;  // a NaN
constexpr std::int64_t kMaxBatch = 128;       // larger ones gain nothing here and cost scratch memory

// The backend under test with its cache and output, shared by both entry points.
struct Session {
  engine::Backend& backend;
  ModelReference& reference;
  std::span<const model::TokenId> ids;
  engine::KvCache cache;
  std::vector<float> logits;
  model::TokenId chosen = -1;

  Result<void> step(std::span<const model::TokenId> tokens) {
    ASSAY_TRY_VOID(backend.forward(tokens, cache, engine::LogitsFor::kLast, logits));
    chosen = engine::most_likely(logits);
    return {};
  }

  void poison(std::int64_t first_position, std::int64_t end_position) {
    std::fill(logits.begin(), logits.end(), std::numeric_limits<float>::quiet_NaN());
    chosen = -1;
    const auto count = static_cast<std::size_t>((end_position - first_position) * cache.head_dim);
    for (std::int64_t layer = 0; layer < cache.layers; ++layer) {
      for (std::int64_t head = 0; head < cache.kv_heads; ++head) {
        std::fill_n(cache.key_row(layer, head, first_position), count, kPoisonF16);
        std::fill_n(cache.value_row(layer, head, first_position), count, kPoisonF16);
      }
    }
  }
};

// Also where no call was checked in the time there was.
Result<void> name_reference(measure::OutputEvidence& evidence) {
  evidence.has_reference = true;
  if (evidence.reference.empty()) evidence.reference = "reference backend";
  return {};
}

class PrefillRunner final : public measure::Runner {
 public:
  PrefillRunner(Session session, std::int64_t prompt) : session_(std::move(session)), prompt_(prompt) {}

  Result<void> restore() override {
    session_.cache.length = 0;
    return {};
  }
  Result<void> call() override {
    return session_.step(session_.ids.first(static_cast<std::size_t>(prompt_)));
  }
  void poison() override { session_.poison(0, prompt_); }
  Result<void> check(measure::OutputEvidence& evidence) override {
    return session_.reference.check(session_.logits, session_.cache, prompt_, evidence);
  }
  Result<void> add_evidence(measure::Evidence& evidence) override { return name_reference(evidence.output); }

 private:
  Session session_;
  std::int64_t prompt_;
};

// At the depth that is checked in full, successive calls walk through the 8 steps; deeper, all take the same
// step.
class DecodeRunner final : public measure::Runner {
 public:
  DecodeRunner(Session session, std::int64_t depth)
      : session_(std::move(session)),
        depth_(depth),
        steps_(depth == kFullCheckPrompt ? kFullCheckSteps : 1) {}

  // Fills the cache up to the depth, untimed.
  Result<void> fill() {
    ASSAY_TRY_VOID(session_.backend.forward(session_.ids.first(static_cast<std::size_t>(depth_)),
                                            session_.cache, engine::LogitsFor::kNone, {}));
    for (step_ = 0; step_ < steps_; ++step_) ASSAY_TRY_VOID(call());
    step_ = steps_ - 1;
    return {};
  }

  Result<void> restore() override {
    step_ = (step_ + 1) % steps_;
    session_.cache.length = position();
    return {};
  }
  Result<void> call() override {
    return session_.step(session_.ids.subspan(static_cast<std::size_t>(position()), 1));
  }
  void poison() override { session_.poison(position(), position() + 1); }
  Result<void> check(measure::OutputEvidence& evidence) override {
    return session_.reference.check(session_.logits, session_.cache, position() + 1, evidence);
  }
  Result<void> add_evidence(measure::Evidence& evidence) override { return name_reference(evidence.output); }

 private:
  [[nodiscard]] std::int64_t position() const { return depth_ + step_; }

  Session session_;
  std::int64_t depth_;
  std::int64_t steps_;
  std::int64_t step_ = 0;
};

// At least `count` ids of the prompt text, which is repeated where it is too short.
std::vector<model::TokenId> prompt_ids(const model::Tokenizer& tokenizer, std::int64_t count) {
  const auto once = tokenizer.encode(prompt_text(), {.add_special = true, .parse_special = false});
  ASSAY_CHECK(!once.empty(), "the prompt text has no tokens");
  std::vector<model::TokenId> ids;
  while (static_cast<std::int64_t>(ids.size()) < count) ids.insert(ids.end(), once.begin(), once.end());
  ids.resize(static_cast<std::size_t>(count));
  return ids;
}

class ModelProgram final : public Program {
 public:
  ModelProgram(std::string name, const model::Model& model, int threads,
               std::unique_ptr<engine::Backend> measured, std::unique_ptr<engine::Backend> reference,
               std::vector<model::TokenId> ids)
      : name_(std::move(name)),
        model_(model),
        threads_(threads),
        measured_(std::move(measured)),
        ids_(std::move(ids)),
        reference_(std::move(reference), model.config, ids_) {}

  void add_prefill(std::int64_t prompt) {
    suite::Case added;
    added.entry = name_ + "/prefill";
    added.axes = {{"prompt", std::to_string(prompt)}};
    added.work = prefill_work(model_, prompt);
    added.formula = "TTFT: prompt ids in, first token's id out, from an empty cache; tokenising is outside";
    added.unit_of_headline = "ttft";
    cases_.push_back(std::move(added));
  }
  void add_decode(std::int64_t depth) {
    suite::Case added;
    added.entry = name_ + "/decode";
    added.axes = {{"depth", std::to_string(depth)}};
    added.work = decode_work(model_, depth);
    added.formula = "decode: one id in, next id out by greedy choice, with `depth` positions in the cache";
    added.unit_of_headline = "decode";
    cases_.push_back(std::move(added));
  }

  std::string name() const override { return name_; }
  std::string detail() const override {
    const model::Config& c = model_.config;
    return fmt::format("{}: {}, {} layers, hidden {}, {}/{} heads, vocabulary {}; {} of weights a token",
                       c.name, c.architecture, c.layers, c.hidden, c.heads, c.kv_heads, c.vocab,
                       format_bytes(static_cast<double>(model_.weights.bytes_per_token())));
  }
  const std::vector<suite::Case>& cases() const override { return cases_; }
  int threads() const override { return threads_; }
  std::string runner_description() const override { return measured_->description(); }
  std::vector<std::string> variants_used() const override { return measured_->variants_used(); }

  Result<std::unique_ptr<measure::Runner>> make_runner(const suite::Case& wanted) override {
    ASSAY_CHECK(wanted.axes.size() == 1);
    const std::int64_t length = std::stoll(wanted.axes[0].value);
    if (wanted.unit_of_headline == "ttft") {
      ASSAY_TRY(Session session, make_session(length));
      return std::make_unique<PrefillRunner>(std::move(session), length);
    }
    ASSAY_TRY(Session session, make_session(length + kFullCheckSteps));
    auto runner = std::make_unique<DecodeRunner>(std::move(session), length);
    ASSAY_TRY_VOID(runner->fill());
    return runner;
  }

 private:
  Result<Session> make_session(std::int64_t capacity) {
    ASSAY_TRY_VOID(reference_.compute());
    ASSAY_TRY(engine::KvCache cache, engine::KvCache::create(model_.config, capacity));
    return Session{*measured_, reference_, ids_, std::move(cache),
                   std::vector<float>(static_cast<std::size_t>(model_.config.vocab))};
  }

  std::string name_;
  const model::Model& model_;
  int threads_;
  std::unique_ptr<engine::Backend> measured_;
  std::vector<model::TokenId> ids_;
  ModelReference reference_;
  std::vector<suite::Case> cases_;
};

}  // namespace

Result<std::unique_ptr<Program>> make_model_program(std::string name, const model::Model& model,
                                                    const model::Tokenizer& tokenizer, int threads,
                                                    std::unique_ptr<engine::Backend> measured,
                                                    std::unique_ptr<engine::Backend> reference,
                                                    const ModelProgramOptions& options) {
  const auto fits = [&](std::int64_t length) {
    return length >= kFullCheckPrompt && length + kFullCheckSteps <= model.config.context;
  };
  std::int64_t longest = 0;
  for (const auto& lengths : {options.prompt_lengths, options.depths}) {
    for (const std::int64_t length : lengths) longest = fits(length) ? std::max(longest, length) : longest;
  }
  if (longest == 0) {
    return fail(
        ErrorCode::kInvalidArgument,
        "{}: no prompt length or depth fits: at least {} positions are needed, the model's context is {}",
        name, kFullCheckPrompt + kFullCheckSteps, model.config.context);
  }
  const std::int64_t positions = longest + kFullCheckSteps;
  ASSAY_TRY_VOID(measured->prepare(std::min(kMaxBatch, longest), positions));
  ASSAY_TRY_VOID(reference->prepare(kFullCheckPrompt, positions));

  auto program = std::make_unique<ModelProgram>(std::move(name), model, threads, std::move(measured),
                                                std::move(reference), prompt_ids(tokenizer, positions));
  for (const std::int64_t depth : options.depths) {
    if (fits(depth)) program->add_decode(depth);
  }
  for (const std::int64_t prompt : options.prompt_lengths) {
    if (fits(prompt)) program->add_prefill(prompt);
  }
  return program;
}

}  // namespace assay::programs
