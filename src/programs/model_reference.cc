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

// Calls visit(timed_row, other_row) for keys and values at positions [first, end) of two caches.
template <typename Visit>
void for_each_row(const engine::KvCache& timed, const engine::KvCache& other, std::int64_t first,
                  std::int64_t end, Visit visit) {
  for (std::int64_t layer = 0; layer < timed.layers; ++layer) {
    for (std::int64_t head = 0; head < timed.kv_heads; ++head) {
      for (std::int64_t p = first; p < end; ++p) {
        visit(timed.key_row(layer, head, p), other.key_row(layer, head, p));
        visit(timed.value_row(layer, head, p), other.value_row(layer, head, p));
      }
    }
  }
}

bool same_positions(const engine::KvCache& a, const engine::KvCache& b, std::int64_t positions) {
  bool same = true;
  for_each_row(a, b, 0, positions, [&](const std::uint16_t* x, const std::uint16_t* y) {
    same = same && std::memcmp(x, y, static_cast<std::size_t>(a.head_dim) * sizeof(*x)) == 0;
  });
  return same;
}

// Relative RMS difference of the keys and values at positions [first, end); not finite if any of them is not.
double cache_difference(const engine::KvCache& timed, const engine::KvCache& expected, std::int64_t first,
                        std::int64_t end) {
  double difference = 0, size = 0;
  for_each_row(timed, expected, first, end, [&](const std::uint16_t* got, const std::uint16_t* wanted) {
    for (std::int64_t i = 0; i < timed.head_dim; ++i) {
      const double e = values::f16_to_f32(wanted[i]);
      const double d = values::f16_to_f32(got[i]) - e;
      difference += d * d;
      size += e * e;
    }
  });
  return std::sqrt(difference / size);
}

double row_difference(const engine::KvCache& timed, const engine::KvCache& expected, std::int64_t position) {
  return cache_difference(timed, expected, position, position + 1);
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
  return cache_difference(timed, own_cache_, 0, kFullCheckPrompt);
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
    evidence.checker_can_fail = !(judge_logits(expected, corrupted).error <= 1);
  }
  Difference worst = judge_logits(expected, got);
  ASSAY_TRY(const double prefix, prefix_difference(timed));
  worst.take_if_worse(
      {prefix / engine::kWholeModelBound,
       fmt::format("keys and values of the first {} positions: {:.1f} % from the reference's, limit "
                   "{:.0f} %",
                   kFullCheckPrompt, 100 * prefix, 100 * engine::kWholeModelBound)});
  const double row = row_difference(timed, in_full ? own_cache_ : step_cache_, seen - 1);
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
