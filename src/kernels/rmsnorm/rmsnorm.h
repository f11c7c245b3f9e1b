// SPDX-License-Identifier: Apache-2.0
#pragma once
// Root-mean-square normalisation of one row: y[i] = x[i] / sqrt(mean(x^2) + epsilon) * weight[i].
// Source: Zhang and Sennrich 2019 (arXiv 1910.07467). Not supported: a mean or a bias (LayerNorm), other
// types than f32.
#include <cstdint>
#include <span>

#include "kernels/variant.h"

namespace assay::kernels {

// x, weight and y have `width` elements; y may be x. Any alignment. width = 0 does nothing.
using RmsNorm = void (*)(const float* x, const float* weight, std::int64_t width, float epsilon, float* y);

[[nodiscard]] std::span<const Variant<RmsNorm>> rmsnorm_variants();

}  // namespace assay::kernels
