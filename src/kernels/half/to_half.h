// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rounds f32 to f16 bits, to nearest even: how keys and values enter the cache. Exact in every variant,
// except that a NaN may keep other payload bits.
#include <cstdint>
#include <span>

#include "kernels/variant.h"

namespace assay::kernels {

using ToHalf = void (*)(const float* x, std::int64_t count, std::uint16_t* y);

[[nodiscard]] std::span<const Variant<ToHalf>> to_half_variants();

}  // namespace assay::kernels
