// SPDX-License-Identifier: Apache-2.0
#include "programs/model_reference.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/check.h"
#include "engine/logits_distance.h"
#include "programs/model_program.h"
#include "values/blocks.h"

namespace assay::programs {
namespace {

// Calls visit(timed_row, other_row) for keys and values of the first `positions` positions of two caches.
template <typename Visit>
void for_each_row(const engine::KvCache& timed, const engine::KvCache& other, std::int64_t positions,
                  Visit visit) {
  for (std::int64_t layer = 0; layer < timed.layers; ++layer) {
    for (std::int64_t head = 0; head < timed.kv_heads; ++head) {
      for (std::int64_t p = 0; p < positions; ++p) {
        visit(timed.key_row(layer, head, p), other.key_row(layer, head, p));
        visit(timed.value_row(layer, head, p), other.value_row(layer, head, p));
      }
    }
  }
}

bool same_positions(const engine::KvCache& a, const engine::KvCache& b, std::int64_t positions) {
  bool same = true;
  for_each_row(a, b, positions, [&](const std::uint16_t* x, const std::uint16_t* y) {
    same = same && std::memcmp(x, y, static_cast<std::size_t>(a.head_dim) * sizeof(*x)) == 0;
  });
  return same;
}

}  // namespace

ModelReference::ModelReference(std::unique_ptr<engine::Backend> backend, const model::Config& config,
                               std::vector<model::TokenId> ids)
    : backend_(std::move(backend)), config_(config), ids_(std::move(ids)) {
  ASSAY_CHECK(static_cast<std::int64_t>(ids_.size()) >= kFullCheckPrompt + kFullCheckSteps);
}

Result<void> ModelReference::run_full() {
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
  ASSAY_TRY_VOID(run_full());
  return full_logits_[static_cast<std::size_t>(seen - kFullCheckPrompt)];
}

Result<std::span<const float>> ModelReference::last_step(const engine::KvCache& timed, std::int64_t seen) {
  const std::int64_t before = seen - 1;
  if (step_seen_ == seen && step_cache_.capacity == timed.capacity &&
      same_positions(step_cache_, timed, before)) {
    return step_logits_;
  }
  step_seen_ = 0;
  step_cache_ = timed;
  step_cache_.length = before;
  step_logits_.resize(static_cast<std::size_t>(config_.vocab));
  const model::TokenId last = ids_[static_cast<std::size_t>(before)];
  ASSAY_TRY_VOID(backend_->forward({&last, 1}, step_cache_, engine::LogitsFor::kLast, step_logits_));
  step_seen_ = seen;
  return step_logits_;
}

Result<double> ModelReference::prefix_difference(const engine::KvCache& timed) {
  ASSAY_TRY_VOID(run_full());
  double difference = 0, size = 0;
  for_each_row(timed, own_cache_, kFullCheckPrompt,
               [&](const std::uint16_t* got, const std::uint16_t* expected) {
                 for (std::int64_t i = 0; i < timed.head_dim; ++i) {
                   const double e = values::f16_to_f32(expected[i]);
                   const double d = values::f16_to_f32(got[i]) - e;
                   difference += d * d;
                   size += e * e;
                 }
               });
  return std::sqrt(difference / size);
}

Result<void> ModelReference::check(std::span<const float> got, const engine::KvCache& timed,
                                   std::int64_t seen, measure::OutputEvidence& evidence) {
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
    evidence.checker_can_fail = !engine::compare_logits(corrupted, expected).acceptable();
  }
  const engine::LogitsDistance distance = engine::compare_logits(got, expected);
  // Written so that a NaN anywhere counts as wrong.
  double error = distance.error();
  std::string place = distance.describe();
  ASSAY_TRY(const double prefix, prefix_difference(timed));
  const double prefix_error = prefix / engine::kMaxRelativeRms;
  if (!(prefix_error <= error)) {
    error = prefix_error;
    place =
        fmt::format("keys and values of the first {} positions: relative RMS difference {:.3g}, limit {:.3g}",
                    kFullCheckPrompt, prefix, engine::kMaxRelativeRms);
  }
  ++evidence.calls_checked;
  const bool right = error <= 1 && distance.acceptable();
  if (!right) ++evidence.calls_wrong;
  if (evidence.worst_place.empty() || !(error <= evidence.worst_error)) {
    evidence.worst_error = error;
    evidence.worst_place = place;
  }
  return {};
}

}  // namespace assay::programs
