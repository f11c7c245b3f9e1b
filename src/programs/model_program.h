// SPDX-License-Identifier: Apache-2.0
#pragma once
// A language model as a program with two entry points, measured at batch 1 on one backend:
//   prefill prompt=N   N prompt ids in, the first token's id out, from an empty cache: the time to first
//   token (TTFT) decode depth=D     one step: one id in, the next id out, with D positions in the cache
// Tokenising, loading and printing are outside the time; greedy choice of the token is inside.
//
// Outputs of timed calls are held against the reference backend: in full for a 32-token prompt and for the 8
// steps after it (the entry `decode depth=32` walks through them); at greater lengths the reference computes
// the last position alone on a copy of the timed cache, whose first 32 positions must match its own. Not
// supported: batches, sampling inside the time, speculative decoding.
#include <memory>
#include <vector>

#include "engine/backend.h"
#include "model/tokenizer.h"
#include "model/weights.h"
#include "programs/program.h"

namespace assay::programs {

inline constexpr std::int64_t kFullCheckPrompt = 32;  // positions that the reference computes itself
inline constexpr std::int64_t kFullCheckSteps = 8;

struct ModelProgramOptions {
  std::vector<std::int64_t> prompt_lengths{32, 128, 512};
  std::vector<std::int64_t> depths{32, 128, 512, 1024};
};

// Takes the measured and the reference backend, both uploaded from `model`. What exceeds the model's context
// is left out. `model` and `tokenizer` must outlive the program. Errors: kInvalidArgument if nothing is left
// to measure; those of Backend::prepare.
[[nodiscard]] Result<std::unique_ptr<Program>> make_model_program(std::string name, const model::Model& model,
                                                                  const model::Tokenizer& tokenizer,
                                                                  int threads,
                                                                  std::unique_ptr<engine::Backend> measured,
                                                                  std::unique_ptr<engine::Backend> reference,
                                                                  const ModelProgramOptions& options);

// What one call does at least. Exposed for tests.
[[nodiscard]] suite::Work prefill_work(const model::Model& model, std::int64_t prompt);
[[nodiscard]] suite::Work decode_work(const model::Model& model, std::int64_t depth);

}  // namespace assay::programs
