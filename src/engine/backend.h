// SPDX-License-Identifier: Apache-2.0
#pragma once
// An engine backend is three functions: upload the weights once, prepare the scratch memory once, and forward
// tokens. Everything above (sampling, generation, measuring) works with this interface alone.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "device/cpu_features.h"
#include "engine/kv_cache.h"
#include "model/tokenizer.h"
#include "model/weights.h"

namespace assay::engine {

// Which positions of a batch need logits.
enum class LogitsFor : std::uint8_t { kLast, kAll, kNone };

// What quantised weights are multiplied with: activations as they are, or rounded to 8 bits by blocks of 32
// (kernels/matmul/matmul.h).
enum class ActivationType : std::uint8_t { kFloat, kEightBits };

class Backend {
 public:
  virtual ~Backend() = default;

  // Takes the weights of `model`, which must outlive the backend, and repacks what the kernels want in
  // another order. Errors: kUnsupported for a type or shape without a kernel; kUnavailable if memory is
  // short.
  [[nodiscard]] virtual Result<void> upload(const model::Model& model) = 0;

  // Allocates everything forward() will need for batches of up to `max_batch` tokens and caches of up to
  // `max_context` positions; forward() allocates nothing. Requires upload(). Errors: kInvalidArgument,
  // kUnavailable.
  [[nodiscard]] virtual Result<void> prepare(std::int64_t max_batch, std::int64_t max_context) = 0;

  // Runs `tokens` at positions cache.length .. cache.length + tokens.size() - 1, appends their keys and
  // values, and writes logits, f32 row-major, into the caller's buffer: (1, vocab) for kLast, (tokens.size(),
  // vocab) for kAll, nothing for kNone. (The buffer is the caller's so that a measurement can poison it
  // before a timed call.) Larger inputs than max_batch are processed in pieces. Errors: kInvalidArgument for
  // an empty batch, a token outside the vocabulary, a buffer of another size, or a full cache; nothing is
  // changed then.
  [[nodiscard]] virtual Result<void> forward(std::span<const model::TokenId> tokens, KvCache& cache,
                                             LogitsFor wanted, std::span<float> logits) = 0;

  // What runs: "cpu.avx2 threads=2". Stable within a run; records keep it.
  [[nodiscard]] virtual std::string description() const = 0;
  [[nodiscard]] virtual ActivationType activations() const = 0;
  // Names of the kernel variants that the last forward() used, sorted, each once. A forced choice is proved
  // by this.
  [[nodiscard]] virtual std::vector<std::string> variants_used() const = 0;
};

// The forward pass to read aloud: float arithmetic on decoded weights, one thread, no SIMD. With kEightBits,
// activations are rounded first: the reference for one layer of a fast backend (engine/layer_check.h).
[[nodiscard]] std::unique_ptr<Backend> make_reference_backend(
    ActivationType activations = ActivationType::kFloat);

struct CpuOptions {
  int threads = 0;  // 0: every CPU the process may use
  bool pin = false;
  device::Isa isa = device::best_isa();  // a lower one may be forced
};
// Errors: kUnavailable if the instruction set is not there; those of ThreadPool::create.
[[nodiscard]] Result<std::unique_ptr<Backend>> make_cpu_backend(const CpuOptions& options);

}  // namespace assay::engine
