// SPDX-License-Identifier: Apache-2.0
#include "values/compare.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "base/check.h"

namespace assay::values {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// In units of `allowed`.
double error_of(double got, double expected, double allowed) {
  if (std::isnan(got) || std::isnan(expected)) return std::isnan(got) && std::isnan(expected) ? 0 : kInfinity;
  if (got == expected) return 0;
  const double difference = std::fabs(got - expected);
  return std::isfinite(difference) && allowed > 0 ? difference / allowed : kInfinity;
}

void look_at(Comparison& worst, std::size_t index, double got, double expected, double allowed) {
  const double error = error_of(got, expected, allowed);
  const bool first_nan =
      std::isnan(got) != std::isnan(expected) && std::isnan(worst.got) == std::isnan(worst.expected);
  if (error > worst.worst || first_nan) worst = {error <= 1, error, index, got, expected, allowed};
}

}  // namespace

double rounding_unit(DType type) {
  switch (type) {
    case DType::kF64:
      return 0x1p-53;
    case DType::kF32:
      return 0x1p-24;
    case DType::kF16:
      return 0x1p-11;
    case DType::kBF16:
      return 0x1p-8;
    default:
      ASSAY_CHECK(false, "{} has no rounding unit", info(type).name);
  }
  return 0;
}

double Tolerance::allowed(double reference) const {
  return eps_out * std::fabs(reference) + k * eps_acc * std::sqrt(terms) * term_rms;
}

std::string Comparison::to_string() const {
  return fmt::format("worst error is {:.3g} tolerances at {}: got {:.9g}, expected {:.9g}, allowed {:.3g}",
                     worst, index, got, expected, allowed);
}

Comparison compare(std::span<const float> got, std::span<const double> reference,
                   const Tolerance& tolerance) {
  ASSAY_CHECK(got.size() == reference.size(), "{} values, {} references", got.size(), reference.size());
  Comparison worst;
  for (std::size_t i = 0; i < got.size(); ++i) {
    look_at(worst, i, got[i], reference[i], tolerance.allowed(reference[i]));
  }
  return worst;
}

Comparison compare(std::span<const float> got, std::span<const double> reference,
                   std::span<const double> term_rms, const Tolerance& tolerance) {
  ASSAY_CHECK(got.size() == reference.size() && got.size() == term_rms.size(),
              "{} values, {} references, {} scales", got.size(), reference.size(), term_rms.size());
  Comparison worst;
  Tolerance own = tolerance;
  for (std::size_t i = 0; i < got.size(); ++i) {
    own.term_rms = term_rms[i];
    look_at(worst, i, got[i], reference[i], own.allowed(reference[i]));
  }
  return worst;
}

}  // namespace assay::values
