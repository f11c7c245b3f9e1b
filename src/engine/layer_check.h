// SPDX-License-Identifier: Apache-2.0
#pragma once
// Checks one layer at a time: a model of that layer between the embedding and the head, run by a backend and
// by the reference with activations rounded as the backend rounds them. Errors cannot hide in noise that many
// layers have made. The measure is the rounding itself: how far the reference with rounded activations is
// from the one without. A backend whose sums differ in their last bits rounds a few activations the other way
// and so comes some part of that way; if all fell differently it would be sqrt(2) times as far. Measured on
// SmolLM2-135M (Q4_1), all 30 layers: an honest backend 0.2 to 0.74 of the rounding; with the last eight rows
// missing from one of the seven matrices 0.85 (one case of 210; the next 1.26) to 28; layers skipped or key
// heads exchanged far more.
#include <span>

#include "base/result.h"
#include "engine/backend.h"
#include "engine/logits_distance.h"

namespace assay::engine {

// The layer `index` of `model` alone, with the first min(vocab, max_vocab) tokens of its vocabulary. Points
// into `model`. Requires 0 <= index < layers.
[[nodiscard]] model::Model one_layer_of(const model::Model& model, std::int64_t index,
                                        std::int64_t max_vocab);

inline constexpr std::int64_t kLayerCheckVocab = 1024;
inline constexpr double kOneLayerBound = 1.0;

struct LayerCheck {
  LogitsDistance distance;  // of the backend from the reference that rounds as it does
  double rounding = 0.0;    // relative_rms of the reference with rounded activations from the one without

  [[nodiscard]] double ratio() const { return distance.relative_rms / rounding; }
  [[nodiscard]] bool passes() const { return distance.within(kOneLayerBound * rounding); }
};

// Checks `backend` on the layer alone, over a batch of 24 tokens and 8 single ones drawn with `seed`. A model
// without quantised weights has no rounding: 0.1 % stands in its place. The backend is given the weights of
// the one layer; upload the whole model again before other use. `backend_model`, if given, is what the
// backend gets instead of `model`: for tests of this check. Errors: those of Backend's functions.
[[nodiscard]] Result<LayerCheck> check_layer(const model::Model& model, std::int64_t index, Backend& backend,
                                             std::uint64_t seed, const model::Model* backend_model = nullptr);

}  // namespace assay::engine
