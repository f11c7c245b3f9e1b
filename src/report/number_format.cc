// SPDX-License-Identifier: Apache-2.0
#include "report/number_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace assay::report {

std::optional<double> finite(double value) {
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::string three_digits(std::optional<double> value) {
  if (!value || !std::isfinite(*value)) return std::string(kAbsent);
  const double magnitude = std::abs(*value);
  if (magnitude == 0) return "0";
  // The exponent after rounding to three digits, so that 999.6 counts as 1.00e3.
  const std::string rounded = fmt::format("{:.2e}", *value);
  const int exponent = std::stoi(rounded.substr(rounded.find('e') + 1));
  if (exponent >= 15 || exponent < -6) return rounded;
  return fmt::format("{:.{}f}", std::stod(rounded), std::max(0, 2 - exponent));
}

std::string ratio_number(std::optional<double> value) {
  const bool ordinary = value && std::isfinite(*value) && std::abs(*value) < 1000;
  return ordinary ? fmt::format("{:.3f}", *value) : three_digits(value);
}

std::string percent(std::optional<double> fraction) {
  const double value = fraction.value_or(std::nan("")) * 100;
  if (!std::isfinite(value)) return std::string(kAbsent);
  const double magnitude = std::abs(value);
  return fmt::format("{:.{}f} %", value, magnitude >= 99.5 ? 0 : magnitude >= 0.995 ? 1 : 2);
}

}  // namespace assay::report
