// SPDX-License-Identifier: Apache-2.0
#include "measure/testing/rival_rules.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace assay::measure::testing {
namespace {

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double deviation_of(const std::vector<double>& values) {
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size()));
}

constexpr double kMinTime_ns = 0.5e9;

std::vector<double> repetitions(CallSeries& calls) {
  std::vector<double> means;
  for (int i = 0; i < 10; ++i) {
    double sum = 0;
    int count = 0;
    for (; sum < kMinTime_ns; ++count) sum += calls.next_ns();
    means.push_back(sum / count);
  }
  return means;
}

bool rank_test_differs(const std::vector<double>& a, const std::vector<double>& b) {
  double u = 0;
  for (const double x : a) {
    for (const double y : b) u += x < y ? 1 : (x == y ? 0.5 : 0);
  }
  const auto n = static_cast<double>(a.size());
  const auto m = static_cast<double>(b.size());
  const double z = (std::abs(u - n * m / 2) - 0.5) / std::sqrt(n * m * (n + m + 1) / 12);
  return std::erfc(z / std::sqrt(2.0)) < 0.05;
}

bool futhark_converged(const std::vector<double>& runs) {
  const double mean = mean_of(runs);
  const double deviation = deviation_of(runs);
  if (deviation <= 0) return true;
  double neighbours = 0;
  for (std::size_t i = 1; i < runs.size(); ++i) neighbours += (runs[i] - mean) * (runs[i - 1] - mean);
  const auto n = static_cast<double>(runs.size());
  const double correlation = neighbours / (n * deviation * deviation);
  const double error = deviation / std::sqrt(n) / mean;
  constexpr std::array<std::array<double, 2>, 5> kTable{
      {{0.95, 0.0010}, {0.75, 0.0015}, {0.65, 0.0025}, {0.45, 0.0050}, {0.00, 0.0100}}};
  return std::none_of(kTable.begin(), kTable.end(),
                      [&](const auto& row) { return correlation > row[0] && error > row[1]; });
}

std::vector<double> futhark_runs(CallSeries& calls) {
  std::vector<double> runs;
  double sum = 0;
  while (runs.size() < 10 || sum < kMinTime_ns) {
    runs.push_back(calls.next_ns());
    sum += runs.back();
  }
  if (futhark_converged(runs)) return runs;
  const std::size_t again = std::max<std::size_t>(runs.size() / 2, 10);
  runs.clear();
  for (std::size_t i = 0; i < again; ++i) runs.push_back(calls.next_ns());
  return runs;
}

}  // namespace

bool rival_claims_difference(Rival rival, const ArmNoise& noise, double ratio, std::uint64_t seed) {
  ScriptedClock clock;
  Random random(seed);
  MachineLevel level(noise, random);
  CallSeries calls_of_a(noise, 1, level, clock, random);
  if (rival == Rival::kGoogleBenchmark) {
    const auto a = repetitions(calls_of_a);
    clock.advance_ns(noise.start_ns);
    CallSeries calls_of_b(noise, ratio, level, clock, random);
    return rank_test_differs(a, repetitions(calls_of_b));
  }
  const auto a = futhark_runs(calls_of_a);
  clock.advance_ns(noise.start_ns);
  CallSeries calls_of_b(noise, ratio, level, clock, random);
  const auto b = futhark_runs(calls_of_b);
  return std::abs(mean_of(a) - mean_of(b)) > (deviation_of(a) + deviation_of(b)) / 2;
}

Interval futhark_interval(const ArmNoise& noise, std::uint64_t seed) {
  ScriptedClock clock;
  Random random(seed);
  MachineLevel level(noise, random);
  CallSeries calls(noise, 1, level, clock, random);
  const auto runs = futhark_runs(calls);
  const double mean = mean_of(runs);
  const double reach = 1.96 * deviation_of(runs) / std::sqrt(static_cast<double>(runs.size()));
  return {mean - reach, mean + reach};
}

}  // namespace assay::measure::testing
