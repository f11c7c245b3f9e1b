// SPDX-License-Identifier: Apache-2.0
#include "programs/model_reference.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/check.h"
#include "base/sha256.h"
#include "engine/logits_distance.h"
#include "programs/model_program.h"
#include "values/blocks.h"

namespace assay::programs {
namespace {

// Copies one position of all layers and heads.
void copy_position(const engine::KvCache& from, std::int64_t from_position, engine::KvCache& to,
                   std::int64_t to_position) {
  const auto bytes = static_cast<std::size_t>(from.head_dim) * sizeof(std::uint16_t);
  for (std::int64_t layer = 0; layer < from.layers; ++layer) {
    for (std::int64_t head = 0; head < from.kv_heads; ++head) {
      std::memcpy(to.key_row(layer, head, to_position), from.key_row(layer, head, from_position), bytes);
      std::memcpy(to.value_row(layer, head, to_position), from.value_row(layer, head, from_position), bytes);
    }
  }
}

// Equal for equal keys and values at the first `positions` positions.
std::string digest(const engine::KvCache& cache, std::int64_t positions) {
  Sha256 hash;
  const auto count = static_cast<std::size_t>(positions * cache.head_dim);
  for (std::int64_t layer = 0; layer < cache.layers; ++layer) {
    for (std::int64_t head = 0; head < cache.kv_heads; ++head) {
      hash.update(std::as_bytes(std::span(cache.key_row(layer, head, 0), count)));
      hash.update(std::as_bytes(std::span(cache.value_row(layer, head, 0), count)));
    }
  }
  return hash.hex_digest();
}

// Relative RMS difference of the keys and values at `positions` positions; not finite if any of them is not.
double cache_difference(const engine::KvCache& timed, std::int64_t timed_first,
                        const engine::KvCache& expected, std::int64_t expected_first,
                        std::int64_t positions) {
  double difference = 0, size = 0;
  const auto add = [&](const std::uint16_t* got, const std::uint16_t* wanted) {
    for (std::int64_t i = 0; i < positions * timed.head_dim; ++i) {
      const double e = values::f16_to_f32(wanted[i]);
      const double d = values::f16_to_f32(got[i]) - e;
      difference += d * d;
      size += e * e;
    }
  };
  for (std::int64_t layer = 0; layer < timed.layers; ++layer) {
    for (std::int64_t head = 0; head < timed.kv_heads; ++head) {
      add(timed.key_row(layer, head, timed_first), expected.key_row(layer, head, expected_first));
      add(timed.value_row(layer, head, timed_first), expected.value_row(layer, head, expected_first));
    }
  }
  return std::sqrt(difference / size);
}

// A difference in units of its limit, and where it is. Compared so that a NaN counts as the worst.
struct Difference {
  double error = 0;
  std::string place;

  void take_if_worse(Difference other) {
    if (!(other.error <= error) && !std::isnan(error)) *this = std::move(other);
  }
};

Difference judge_logits(std::span<const float> expected, std::span<const float> got) {
  const auto distance = engine::logits_distance(expected, got, static_cast<std::int64_t>(expected.size()));
  Difference difference{distance.relative_rms / engine::kSingleRowBound,
                        fmt::format("logits: {:.1f} % from the reference's, limit {:.0f} %",
                                    100 * distance.relative_rms, 100 * engine::kSingleRowBound)};
  if (distance.wrong_argmax > 0) {
    difference.take_if_worse(
        {2, "logits: another token is the most likely, by more than three times the noise"});
  }
  return difference;
}

}  // namespace

ModelReference::ModelReference(std::unique_ptr<engine::Backend> backend, const model::Config& config,
                               std::vector<model::TokenId> ids)
    : backend_(std::move(backend)), config_(config), ids_(std::move(ids)) {
  ASSAY_CHECK(static_cast<std::int64_t>(ids_.size()) >= kFullCheckPrompt + kFullCheckSteps);
}

Result<void> ModelReference::compute() {
  if (!full_logits_.empty()) return {};
  ASSAY_TRY(own_cache_, engine::KvCache::create(config_, kFullCheckPrompt + kFullCheckSteps));
  const std::span<const model::TokenId> ids = ids_;
  for (std::int64_t step = 0; step <= kFullCheckSteps; ++step) {
    const auto part = step == 0 ? ids.first(kFullCheckPrompt)
                                : ids.subspan(static_cast<std::size_t>(kFullCheckPrompt + step - 1), 1);
    std::vector<float> logits(static_cast<std::size_t>(config_.vocab));
    ASSAY_TRY_VOID(backend_->forward(part, own_cache_, engine::LogitsFor::kLast, logits));
    full_logits_.push_back(std::move(logits));
  }
  return {};
}

Result<std::span<const float>> ModelReference::full(std::int64_t seen) {
  ASSAY_CHECK(seen >= kFullCheckPrompt && seen <= kFullCheckPrompt + kFullCheckSteps, "seen {}", seen);
  ASSAY_TRY_VOID(compute());
  return full_logits_[static_cast<std::size_t>(seen - kFullCheckPrompt)];
}

Result<std::span<const float>> ModelReference::last_step(engine::KvCache& timed, std::int64_t seen) {
  const std::int64_t before = seen - 1;
  const model::TokenId last = ids_[static_cast<std::size_t>(before)];
  const std::string key = fmt::format("{} {} {}", last, seen, digest(timed, before));
  if (key == step_key_) return step_logits_;
  step_key_.clear();
  step_logits_.resize(static_cast<std::size_t>(config_.vocab));
  ASSAY_TRY(engine::KvCache kept, engine::KvCache::create(config_, 1));
  ASSAY_TRY(step_row_, engine::KvCache::create(config_, 1));
  copy_position(timed, before, kept, 0);
  timed.length = before;
  const auto done = backend_->forward({&last, 1}, timed, engine::LogitsFor::kLast, step_logits_);
  copy_position(timed, before, step_row_, 0);
  copy_position(kept, 0, timed, before);
  timed.length = seen;
  ASSAY_TRY_VOID(done);
  step_key_ = key;
  return step_logits_;
}

Result<double> ModelReference::prefix_difference(const engine::KvCache& timed) {
  ASSAY_TRY_VOID(compute());
  return cache_difference(timed, 0, own_cache_, 0, kFullCheckPrompt);
}

Result<void> ModelReference::check(std::span<const float> got, engine::KvCache& timed, std::int64_t seen,
                                   measure::OutputEvidence& evidence) {
  const bool in_full = seen <= kFullCheckPrompt + kFullCheckSteps;
  ASSAY_TRY(const auto expected, in_full ? full(seen) : last_step(timed, seen));
  if (!evidence.has_reference) {
    evidence.has_reference = true;
    evidence.reference = in_full ? fmt::format("reference backend, full forward pass of {} tokens", seen)
                                 : fmt::format(
                                       "reference backend, token {} on a copy of the timed cache, first {} "
                                       "positions against its own",
                                       seen, kFullCheckPrompt);
    std::vector<float> corrupted(got.begin(), got.end());
    std::rotate(corrupted.begin(), corrupted.begin() + 1, corrupted.end());
    evidence.checker_can_fail = !(judge_logits(expected, corrupted).error <= 1);
  }
  Difference worst = judge_logits(expected, got);
  ASSAY_TRY(const double prefix, prefix_difference(timed));
  worst.take_if_worse(
      {prefix / engine::kWholeModelBound,
       fmt::format("keys and values of the first {} positions: {:.1f} % from the reference's, limit "
                   "{:.0f} %",
                   kFullCheckPrompt, 100 * prefix, 100 * engine::kWholeModelBound)});
  const double row =
      cache_difference(timed, seen - 1, in_full ? own_cache_ : step_row_, in_full ? seen - 1 : 0, 1);
  worst.take_if_worse(
      {row / engine::kSingleRowBound,
       fmt::format("keys and values of position {}: {:.1f} % from the reference's, limit {:.0f} %", seen - 1,
                   100 * row, 100 * engine::kSingleRowBound)});
  ++evidence.calls_checked;
  if (!(worst.error <= 1)) ++evidence.calls_wrong;
  if (evidence.worst_place.empty() || !(worst.error <= evidence.worst_error)) {
    evidence.worst_error = worst.error;
    evidence.worst_place = worst.place;
  }
  return {};
}

}  // namespace assay::programs
