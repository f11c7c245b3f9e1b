// SPDX-License-Identifier: Apache-2.0
#pragma once
// Numbers for people: three significant digits, and "–" for what is absent. Never "inf" or "nan".
#include <optional>
#include <string>
#include <string_view>

namespace assay::report {

inline constexpr std::string_view kAbsent = "–";

// The value, or nothing if it is not finite.
[[nodiscard]] std::optional<double> finite(double value);

// "0.0123", "1.23", "98.4", "1230", "12300": three significant digits without exponent, whole numbers above
// 1000 filled up with zeros; from 1e15 and under 1e-6 as "1.23e+15".
[[nodiscard]] std::string three_digits(std::optional<double> value);

// "1.023": three digits behind the point up to 1000, three significant ones from there on.
[[nodiscard]] std::string ratio_number(std::optional<double> value);

// "0.62 %": two significant digits, at most one behind the point from 1 on.
[[nodiscard]] std::string percent(std::optional<double> fraction);

}  // namespace assay::report
