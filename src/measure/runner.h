// SPDX-License-Identifier: Apache-2.0
#pragma once
// One case made ready to be called. The sampler (measure/sampler.h) owns the order of the calls and the
// clock; a runner knows how to do the work and how to tell whether it was done. Tests script a runner and a
// clock together.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "measure/evidence.h"

namespace assay::measure {

// SHA-256 of all inputs before the first call, and of all outputs after the last one; empty: not known.
struct Digests {
  std::string inputs;
  std::string outputs;
};

class Runner {
 public:
  virtual ~Runner() = default;

  // Untimed, before every call: puts back whatever a call changes (an `inout`, a KV cache).
  [[nodiscard]] virtual Result<void> restore() = 0;
  // The timed region: the work and nothing else.
  [[nodiscard]] virtual Result<void> call() = 0;

  // Untimed, before some calls, after restore(): fills the outputs with a pattern that no correct call
  // leaves.
  virtual void poison() {}
  // Untimed, after such a call: compares the outputs with the reference and adds to the evidence.
  virtual Result<void> check(OutputEvidence& evidence) {
    (void)evidence;
    return {};
  }

  // Why calls cannot follow each other in one timed region (mode back_to_back): "'y' is put back before every
  // call". Empty if they can.
  [[nodiscard]] virtual std::string why_not_repeat() const {
    return "what a call changes is put back before every call";
  }
  [[nodiscard]] bool can_repeat() const { return why_not_repeat().empty(); }

  // Untimed, once, after the last call: adds what only the runner knows (buffers, what ran, its data).
  virtual Result<void> add_evidence(Evidence& evidence) {
    (void)evidence;
    return {};
  }

  // The memory of the outputs, to be looked at after a call; empty if there is none to look at.
  [[nodiscard]] virtual std::vector<std::span<const std::byte>> outputs() const { return {}; }

  // Untimed, between calls: puts random inputs of the same shape in the place of the case's own, or puts
  // these back. False if there are no others: not for this runner, or because its inputs vary anyway. While
  // random ones are there, outputs are not checked.
  virtual bool use_random_inputs(bool random) {
    (void)random;
    return false;
  }

  // Untimed, after the last call: identifies what the calls worked on.
  [[nodiscard]] virtual Digests digests() { return {}; }
};

}  // namespace assay::measure
