// SPDX-License-Identifier: Apache-2.0
#include "checks/core_state.h"

#include <algorithm>

namespace assay::checks {
namespace {

constexpr std::size_t kMinReadings = 8;
constexpr double kUsual = 0.02;  // width of the band of usual readings: the noise of an undisturbed one

struct Band {
  double low = 0;
  [[nodiscard]] bool holds(double value) const { return value >= low && value <= low * (1 + kUsual); }
};

// The band that holds the most values.
Band fullest_band(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  Band best;
  std::size_t most = 0;
  for (std::size_t begin = 0, end = 0; begin < values.size(); ++begin) {
    while (end < values.size() && values[end] <= values[begin] * (1 + kUsual)) end += 1;
    if (end - begin > most) best = {values[begin]}, most = end - begin;
  }
  return best;
}

// Without the tenth at either end: a reading that was interrupted reads as a slow core.
double range_of(std::vector<double> readings) {
  if (readings.empty()) return 0;
  std::sort(readings.begin(), readings.end());
  const std::size_t cut = readings.size() / 10;
  const double high = readings[readings.size() - 1 - cut];
  return high > 0 ? (high - readings[cut]) / high : 0;
}

}  // namespace

std::optional<CoreState> core_state(const measure::Samples& samples) {
  const measure::CoreReadings& core = samples.core;
  const std::size_t count = core.chain_ns.size();
  if (count < kMinReadings || core.wide_ns.size() != count || core.before_sample.size() != count) return {};
  std::vector<double> chain(count), cycles(count), width(count), speeds;
  for (std::size_t i = 0; i < count; ++i) {
    chain[i] = static_cast<double>(core.chain_ns[i]);
    cycles[i] = static_cast<double>(core.wide_ns[i]) / chain[i];  // for the same work
    width[i] = 1 / cycles[i];
  }
  const Band usual_cycles = fullest_band(cycles);
  std::vector<double> alone;
  for (std::size_t i = 0; i < count; ++i) {
    if (usual_cycles.holds(cycles[i])) alone.push_back(chain[i]), speeds.push_back(1 / chain[i]);
  }
  const Band usual_chain = fullest_band(alone);

  CoreState state;
  state.speed_range = range_of(speeds);
  state.width_range = range_of(width);
  state.shared_share = 1 - static_cast<double>(alone.size()) / static_cast<double>(count);
  const std::size_t n = samples.times_ns.size();
  state.calm.assign(n, true);
  for (std::size_t i = 0; i < count; ++i) {
    if (usual_cycles.holds(cycles[i]) && usual_chain.holds(chain[i])) continue;
    const auto index = [&](std::size_t reading) {
      return std::min(n, static_cast<std::size_t>(std::max<std::int64_t>(0, core.before_sample[reading])));
    };
    const std::size_t begin = i == 0 ? 0 : index(i - 1);
    const std::size_t end = i + 1 == count ? n : index(i + 1);
    for (std::size_t sample = begin; sample < end; ++sample) state.calm[sample] = false;
  }
  const auto calm = std::count(state.calm.begin(), state.calm.end(), true);
  state.calm_share = n == 0 ? 1 : static_cast<double>(calm) / static_cast<double>(n);
  return state;
}

std::vector<std::int64_t> calm_times(const measure::Samples& samples, const CoreState& state) {
  std::vector<std::int64_t> times;
  for (std::size_t i = 0; i < samples.times_ns.size(); ++i) {
    if (state.calm[i]) times.push_back(samples.times_ns[i]);
  }
  return times;
}

}  // namespace assay::checks
