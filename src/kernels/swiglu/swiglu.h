// SPDX-License-Identifier: Apache-2.0
#pragma once
// The gated activation of a feed-forward block: y[i] = gate[i] * sigmoid(gate[i]) * up[i].
// Source: Shazeer 2020 (arXiv 2002.05202). Not supported: other gates (GELU, ReLU), other types than f32.
#include <cstdint>
#include <span>

#include "kernels/variant.h"

namespace assay::kernels {

// gate, up and y have `count` elements; y may be gate or up. Any alignment.
using SwiGlu = void (*)(const float* gate, const float* up, std::int64_t count, float* y);

[[nodiscard]] std::span<const Variant<SwiGlu>> swiglu_variants();

}  // namespace assay::kernels
