// SPDX-License-Identifier: Apache-2.0
#pragma once
// members(x): references to every member of a struct of a record; equal(a, b): member by member. For tests of
// the round trip, on purpose without record/fields.h: the structured bindings stop compiling when a struct
// gains a member, and the round trip fails until that member has a key.
#include <bit>
#include <cmath>
#include <concepts>
#include <optional>
#include <tuple>
#include <type_traits>
#include <vector>

#include "record/measurement.h"

namespace assay::record::testing {

template <typename T, typename U>
concept Is = std::same_as<std::remove_const_t<T>, U>;

template <Is<suite::AxisValue> T>
auto members(T& x) {
  auto& [a, b] = x;
  return std::tie(a, b);
}
template <Is<Bytes> T>
auto members(T& x) {
  return std::tie(x.count);
}
template <Is<Flops> T>
auto members(T& x) {
  return std::tie(x.count);
}
template <Is<suite::Work> T>
auto members(T& x) {
  auto& [a, b, c, d, e] = x;
  return std::tie(a, b, c, d, e);
}
template <Is<suite::Case> T>
auto members(T& x) {
  auto& [a, b, c, d, e] = x;
  return std::tie(a, b, c, d, e);
}
template <Is<measure::Interval> T>
auto members(T& x) {
  auto& [a, b, c] = x;
  return std::tie(a, b, c);
}
template <Is<measure::Statistics> T>
auto members(T& x) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, o] = x;
  return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, o);
}
template <Is<measure::CoreReadings> T>
auto members(T& x) {
  auto& [a, b, c] = x;
  return std::tie(a, b, c);
}
template <Is<measure::Samples> T>
auto members(T& x) {
  auto& [a, b, c, d, e, f, g, h, i, j] = x;
  return std::tie(a, b, c, d, e, f, g, h, i, j);
}
template <Is<measure::OutputEvidence> T>
auto members(T& x) {
  auto& [a, b, c, d, e, f, g] = x;
  return std::tie(a, b, c, d, e, f, g);
}
template <Is<measure::ContentionEvidence> T>
auto members(T& x) {
  auto& [a, b, c, d, e, f, g] = x;
  return std::tie(a, b, c, d, e, f, g);
}
template <Is<measure::FloorEvidence> T>
auto members(T& x) {
  auto& [a, b, c, d, e, f, g, h] = x;
  return std::tie(a, b, c, d, e, f, g, h);
}
template <Is<measure::RegionEvidence> T>
auto members(T& x) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l] = x;
  return std::tie(a, b, c, d, e, f, g, h, i, j, k, l);
}
template <Is<measure::BufferEvidence> T>
auto members(T& x) {
  auto& [a, b, c, d, e, f, g] = x;
  return std::tie(a, b, c, d, e, f, g);
}
template <Is<measure::FlightEvidence> T>
auto members(T& x) {
  auto& [a, b, c, d, e] = x;
  return std::tie(a, b, c, d, e);
}
template <Is<measure::ChoiceEvidence> T>
auto members(T& x) {
  auto& [a, b, c, d, e] = x;
  return std::tie(a, b, c, d, e);
}
template <Is<measure::LogEvidence> T>
auto members(T& x) {
  auto& [a, b, c] = x;
  return std::tie(a, b, c);
}
template <Is<measure::CacheEvidence> T>
auto members(T& x) {
  auto& [a, b, c, d] = x;
  return std::tie(a, b, c, d);
}
template <Is<measure::DataEvidence> T>
auto members(T& x) {
  auto& [a, b] = x;
  return std::tie(a, b);
}
template <Is<measure::ClockEvidence> T>
auto members(T& x) {
  auto& [a, b] = x;
  return std::tie(a, b);
}
template <Is<measure::ArtefactEvidence> T>
auto members(T& x) {
  auto& [a, b, c] = x;
  return std::tie(a, b, c);
}
template <Is<measure::OutcomeEvidence> T>
auto members(T& x) {
  auto& [a, b] = x;
  return std::tie(a, b);
}
template <Is<measure::AxisEvidence> T>
auto members(T& x) {
  auto& [a, b, c] = x;
  return std::tie(a, b, c);
}
template <Is<measure::NumericsEvidence> T>
auto members(T& x) {
  auto& [a, b, c] = x;
  return std::tie(a, b, c);
}
template <Is<measure::DeviceActivity> T>
auto members(T& x) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = x;
  return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n);
}
template <Is<measure::DeviceClocks> T>
auto members(T& x) {
  auto& [a, b, c, d, e, f, g, h, i, j, k] = x;
  return std::tie(a, b, c, d, e, f, g, h, i, j, k);
}
template <Is<measure::DeviceEvidence> T>
auto members(T& x) {
  auto& [a, b, c, d, e, f, g] = x;
  return std::tie(a, b, c, d, e, f, g);
}
template <Is<measure::Evidence> T>
auto members(T& x) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s] = x;
  return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s);
}
template <Is<LimitUse> T>
auto members(T& x) {
  auto& [a, b, c, d] = x;
  return std::tie(a, b, c, d);
}
template <Is<checks::Finding> T>
auto members(T& x) {
  auto& [a, b, c, d] = x;
  return std::tie(a, b, c, d);
}
template <Is<OtherMode> T>
auto members(T& x) {
  auto& [a, b, c, d, e] = x;
  return std::tie(a, b, c, d, e);
}
template <Is<Measurement> T>
auto members(T& x) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l] = x;
  return std::tie(a, b, c, d, e, f, g, h, i, j, k, l);
}
template <Is<measure::Environment> T>
auto members(T& x) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = x;
  return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p);
}
template <Is<measure::BandwidthLimit> T>
auto members(T& x) {
  auto& [a, b, c, d, e] = x;
  return std::tie(a, b, c, d, e);
}
template <Is<measure::ComputeLimit> T>
auto members(T& x) {
  auto& [a, b, c, d] = x;
  return std::tie(a, b, c, d);
}
template <Is<measure::DeviceBandwidthLimit> T>
auto members(T& x) {
  auto& [a, b, c, d, e] = x;
  return std::tie(a, b, c, d, e);
}
template <Is<measure::DeviceComputeLimit> T>
auto members(T& x) {
  auto& [a, b, c, d] = x;
  return std::tie(a, b, c, d);
}
template <Is<measure::DeviceCosts> T>
auto members(T& x) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l] = x;
  return std::tie(a, b, c, d, e, f, g, h, i, j, k, l);
}
template <Is<measure::DeviceLimits> T>
auto members(T& x) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l] = x;
  return std::tie(a, b, c, d, e, f, g, h, i, j, k, l);
}
template <Is<measure::Limits> T>
auto members(T& x) {
  auto& [a, b, c, d, e, f, g, h, i, j] = x;
  return std::tie(a, b, c, d, e, f, g, h, i, j);
}
template <Is<ComparedArm> T>
auto members(T& x) {
  auto& [a, b, c, d, e] = x;
  return std::tie(a, b, c, d, e);
}
template <Is<Ratio> T>
auto members(T& x) {
  auto& [a, b, c, d] = x;
  return std::tie(a, b, c, d);
}
template <Is<ComparedGate> T>
auto members(T& x) {
  auto& [a, b, c, d, e] = x;
  return std::tie(a, b, c, d, e);
}
template <Is<ComparedRow> T>
auto members(T& x) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o] = x;
  return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o);
}
template <Is<Run> T>
auto members(T& x) {
  auto& [a, b, c, d, e, f, g, h, i, j] = x;
  return std::tie(a, b, c, d, e, f, g, h, i, j);
}

// Bit for bit, so that -0 and 0 differ; every NaN is the same.
inline bool equal(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) ||
         std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

template <typename T>
bool equal(const T& a, const T& b);

template <typename T>
bool equal(const std::vector<T>& a, const std::vector<T>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!equal(a[i], b[i])) return false;
  }
  return true;
}

template <typename T>
bool equal(const std::optional<T>& a, const std::optional<T>& b) {
  return a.has_value() == b.has_value() && (!a || equal(*a, *b));
}

template <typename T>
bool equal(const T& a, const T& b) {
  if constexpr (requires { members(a); }) {
    return [&]<std::size_t... i>(std::index_sequence<i...>) {
      const auto left = members(a);
      const auto right = members(b);
      return (equal(std::get<i>(left), std::get<i>(right)) && ...);
    }
    (std::make_index_sequence<std::tuple_size_v<decltype(members(a))>>());
  } else {
    return a == b;
  }
}

}  // namespace assay::record::testing
