// SPDX-License-Identifier: Apache-2.0
#pragma once
// The reference's side of the check `wrong-output` for a language model: what the logits of a timed call
// should be.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/backend.h"
#include "measure/evidence.h"

namespace assay::programs {

class ModelReference {
 public:
  // `backend` is uploaded and prepared; `ids` are the tokens of the session: prompt first, then forced steps.
  ModelReference(std::unique_ptr<engine::Backend> backend, const model::Config& config,
                 std::vector<model::TokenId> ids);

  // Computes everything that does not depend on timed calls, so that it is not done between them. Once is
  // enough.
  [[nodiscard]] Result<void> compute();

  // Logits after the first `seen` ids, computed by the reference alone. Requires 32 <= seen <= 40.
  [[nodiscard]] Result<std::span<const float>> full(std::int64_t seen);

  // Logits of ids[seen - 1] behind the first seen - 1 positions of `timed`. Works in `timed` itself and puts
  // back what it wrote, as a copy would double the memory. The last answer is kept and given again while
  // token and positions are the same bits.
  [[nodiscard]] Result<std::span<const float>> last_step(engine::KvCache& timed, std::int64_t seen);

  // Relative RMS difference between the first 32 positions of `timed` and the reference's own.
  [[nodiscard]] Result<double> prefix_difference(const engine::KvCache& timed);

  // Holds `got`, the logits of a timed call after `seen` ids with cache `timed`, against the reference, and
  // adds the outcome to `evidence`. The first call proves that a corrupted output would be refused.
  [[nodiscard]] Result<void> check(std::span<const float> got, engine::KvCache& timed, std::int64_t seen,
                                   measure::OutputEvidence& evidence);

 private:
  std::unique_ptr<engine::Backend> backend_;
  const model::Config& config_;
  std::vector<model::TokenId> ids_;
  engine::KvCache own_cache_;                    // 40 positions, empty until compute()
  std::vector<std::vector<float>> full_logits_;  // after 32, 33, ... 40 ids
  engine::KvCache step_row_;                     // one position: what last_step() wrote
  std::string step_key_;                         // identifies its token and the positions before it
  std::vector<float> step_logits_;
};

}  // namespace assay::programs
