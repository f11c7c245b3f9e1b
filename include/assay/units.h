// SPDX-License-Identifier: Apache-2.0
#pragma once
// Units as types, so that bytes are not taken for flops.
// Not supported: dimensional analysis beyond the few quotients that a report needs.
#include <compare>
#include <cstdint>

namespace assay {

struct Bytes {
  std::int64_t count = 0;
  friend constexpr auto operator<=>(const Bytes&, const Bytes&) = default;
  friend constexpr Bytes operator+(Bytes a, Bytes b) { return {a.count + b.count}; }
  friend constexpr Bytes operator-(Bytes a, Bytes b) { return {a.count - b.count}; }
};

struct Flops {
  std::int64_t count = 0;
  friend constexpr auto operator<=>(const Flops&, const Flops&) = default;
  friend constexpr Flops operator+(Flops a, Flops b) { return {a.count + b.count}; }
};

struct Seconds {
  double count = 0;
  friend constexpr auto operator<=>(const Seconds&, const Seconds&) = default;
  static constexpr Seconds from_ns(double ns) { return {ns * 1e-9}; }
  [[nodiscard]] constexpr double ns() const { return count * 1e9; }
};

struct BytesPerSecond {
  double count = 0;
  friend constexpr auto operator<=>(const BytesPerSecond&, const BytesPerSecond&) = default;
};
struct FlopsPerSecond {
  double count = 0;
  friend constexpr auto operator<=>(const FlopsPerSecond&, const FlopsPerSecond&) = default;
};

constexpr BytesPerSecond operator/(Bytes b, Seconds s) { return {static_cast<double>(b.count) / s.count}; }
constexpr FlopsPerSecond operator/(Flops f, Seconds s) { return {static_cast<double>(f.count) / s.count}; }

}  // namespace assay
