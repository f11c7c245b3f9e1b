// SPDX-License-Identifier: Apache-2.0
#pragma once
// Evidence of an honest measurement, for tests that then spoil one thing.
#include <cstdint>
#include <utility>
#include <vector>

#include "measure/evidence.h"
#include "measure/sampler.h"
#include "measure/testing/scripted_noise.h"

namespace assay::checks::testing {

inline void set_times(measure::Evidence& evidence, std::vector<std::int64_t> times_ns) {
  evidence.samples.times_ns = std::move(times_ns);
  evidence.statistics = measure::summarise(evidence.samples);
}

// As many readings of a core that runs steadily and alone, spread over the samples.
inline void set_readings(measure::Evidence& evidence, std::int64_t count) {
  measure::CoreReadings core;
  const auto samples = static_cast<std::int64_t>(evidence.samples.times_ns.size());
  for (std::int64_t i = 0; i < count; ++i) {
    core.before_sample.push_back(i * samples / count);
    core.chain_ns.push_back(2'500 + i % 3);
    core.wide_ns.push_back(3'100 - i % 2);
  }
  evidence.samples.core = std::move(core);
}

// Multiplies the entries from `begin` on.
inline void scale_from(std::vector<std::int64_t>& values, std::size_t begin, double factor) {
  for (std::size_t i = begin; i < values.size(); ++i) {
    values[i] = static_cast<std::int64_t>(static_cast<double>(values[i]) * factor);
  }
}

// 150 calls of 1 ms with normal noise of 1 %, every output right, an idle machine, far above every floor.
inline measure::Evidence honest_evidence() {
  measure::testing::NoiseSeries noise(measure::testing::Noise::kNormal, 0.01, 0, 7);
  measure::Evidence evidence;
  evidence.samples.checked_times_ns = noise.take(15);
  evidence.samples.stop_reason = "precise";
  set_times(evidence, noise.take(150));
  set_readings(evidence, 40);
  evidence.output.has_reference = true;
  evidence.output.reference = "double precision";
  evidence.output.calls_checked = 15;
  evidence.output.checker_can_fail = true;
  evidence.contention.wall_ns = 1'000'000'000;
  evidence.contention.cpus = 2;
  evidence.contention.machine_cpus = 2;
  evidence.contention.other_cpu_ns = 5'000'000;
  evidence.contention.steal_ns = 0;
  evidence.contention.throttled_ns = 0;
  evidence.contention.involuntary_switches = 3;
  evidence.floor.bytes = {8'000'000};
  evidence.floor.cache_capacity = {1'000'000};
  evidence.floor.best_bytes_per_second = 10e9;  // 0.7 ms for the 7 MB beyond the cache
  evidence.floor.bandwidth_name = "read, 2 threads, 256 MB";
  evidence.floor.flops = {4'000'000};
  evidence.floor.peak_flops_per_second = 50e9;  // 0.08 ms
  evidence.floor.empty_region_ns = 40;
  return evidence;
}

}  // namespace assay::checks::testing
