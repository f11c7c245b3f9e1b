// SPDX-License-Identifier: Apache-2.0
#include "programs/bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "base/text.h"
#include "checks/checks.h"
#include "measure/contention.h"
#include "measure/core_speed.h"
#include "measure/data_probe.h"
#include "measure/device_modes.h"
#include "measure/empty_region.h"
#include "measure/gather.h"
#include "measure/modes.h"
#include "measure/statistics.h"
#include "programs/device_limits_use.h"

namespace assay::programs {
namespace {

class MachineSurroundings final : public Surroundings {
 public:
  explicit MachineSurroundings(Clock& clock) : clock_(clock) {}
  void begin() override { before_ = measure::read_machine_counters(clock_); }
  measure::ContentionEvidence end(int cpus) override {
    return measure::contention_between(before_, measure::read_machine_counters(clock_), cpus,
                                       static_cast<int>(std::thread::hardware_concurrency()));
  }

 private:
  Clock& clock_;
  measure::MachineCounters before_;
};

constexpr double kLoneKernel_ns = 3'000;

// What modes say together about a case on a device.
void compare_modes(const record::Measurement& measurement, measure::DeviceEvidence& device) {
  const auto time_of = [&](std::string_view mode) -> std::optional<double> {
    if (measurement.mode == mode) return measurement.evidence.statistics.median_ns;
    for (const record::OtherMode& other : measurement.other_modes) {
      if (other.mode == mode && other.unavailable.empty()) return other.statistics.median_ns;
    }
    return std::nullopt;
  };
  device.graph_ns = time_of("graph");
  device.back_to_back_ns = time_of("back_to_back");
  device.isolated_ns = time_of("isolated");
}

// Passes after the samples of a case on a device. What it did and for how long is told by the device itself.
Result<void> gather_on_device(measure::DeviceRunner& runner, Clock& clock,
                              const record::Measurement& measurement, std::int64_t pass_ns,
                              measure::Evidence& evidence) {
  const std::int64_t calls = evidence.samples.calls_per_sample;
  ASSAY_TRY(const auto regions, measure::make_region_runner(runner, measurement.mode, calls));
  ASSAY_TRY(evidence.data.probe_effect,
            measure::data_probe(*regions, clock, {.calls_per_sample = 1, .budget_ns = pass_ns}));
  ASSAY_TRY_VOID(runner.record_activity(evidence.device));
  const measure::DeviceActivity& activity = evidence.device.activity;
  if (activity.calls == 0) return {};
  evidence.flight.claimed_ns = evidence.statistics.median_ns;
  evidence.flight.device_busy_ns = activity.busy_ns;
  // A kernel alone starts and ends more slowly than in a row of them, and on a clock that has not risen yet.
  evidence.flight.stated_overhead_ns =
      0.25 * evidence.statistics.median_ns +
      kLoneKernel_ns *
          static_cast<double>(activity.kernel_count + activity.copy_count + activity.fill_count) /
          static_cast<double>(activity.calls);
  return {};
}

// Weights are streamed from memory: the limit that counts is one of working sets well beyond the last-level
// cache.
std::int64_t beyond_cache_bytes(const measure::Limits& limits) {
  return std::max<std::int64_t>(2 * limits.last_level_cache_bytes, 64 << 20);
}

constexpr std::int64_t kLongestPass_ns = 200'000'000;

// The headline becomes the evidence, the other modes stand beside it.
void take_modes(measure::ModesResult modes, const measure::EmptyRegion& empty,
                record::Measurement& measurement) {
  measurement.mode = modes.headline.mode;
  measurement.evidence.samples = std::move(modes.headline.samples);
  measurement.evidence.statistics = modes.headline.statistics;
  measurement.evidence.floor.clock_step_ns = empty.clock_step_ns;
  measurement.evidence.floor.empty_region_ns = empty.median_ns;
  for (const measure::ModeResult& other : modes.others) {
    measurement.other_modes.push_back(
        {other.mode, other.unavailable, other.samples.calls_per_sample, other.statistics, other.too_short});
  }
}

double written_share(const suite::Work& work) {
  const double moved = static_cast<double>((work.bytes_read + work.bytes_written).count);
  return moved > 0 ? static_cast<double>(work.bytes_written.count) / moved : 0;
}

}  // namespace

std::unique_ptr<Surroundings> make_surroundings(Clock& clock) {
  return std::make_unique<MachineSurroundings>(clock);
}

measure::FloorEvidence floor_of(const suite::Work& work, const measure::Limits& limits,
                                const Regime& regime) {
  if (regime.on_cuda) return device_floor_of(work, limits, regime);
  measure::FloorEvidence floor;
  floor.bytes = work.bytes_read + work.bytes_written;
  floor.cache_capacity = {regime.cold ? 0 : limits.last_level_cache_bytes};
  floor.flops = work.flops;
  floor.empty_region_ns = limits.empty_region_ns;
  if (const auto best = limits.for_mix(written_share(work), regime.threads, beyond_cache_bytes(limits))) {
    floor.best_bytes_per_second = best->at_most;
    floor.bandwidth_name = best->name;
  }
  if (const auto best = limits.best_compute(regime.threads, regime.accumulation)) {
    floor.peak_flops_per_second = best->flops_per_second;
  }
  return floor;
}

std::vector<record::LimitUse> limits_used(const suite::Case& what, const measure::Limits& limits,
                                          double median_ns, const Regime& regime) {
  if (regime.on_cuda) return device_limits_used(what, limits, median_ns, regime);
  std::vector<record::LimitUse> used;
  const double seconds = median_ns * 1e-9;
  if (seconds <= 0) return used;
  const std::int64_t bytes = (what.work.bytes_read + what.work.bytes_written).count;
  const double share = written_share(what.work);
  auto memory = limits.for_mix(share, regime.threads,
                               regime.cold ? std::max(beyond_cache_bytes(limits), bytes) : bytes);
  if (!memory) memory = limits.for_mix(share, regime.threads, beyond_cache_bytes(limits));
  if (memory && bytes > 0) {
    used.push_back({memory->name, memory->bytes_per_second, static_cast<double>(bytes) / seconds, "bytes"});
  }
  if (const auto best = limits.best_compute(regime.threads, regime.accumulation);
      best && what.work.flops.count > 0) {
    used.push_back({fmt::format("{}, {} thread{}", best->kind, best->threads, best->threads == 1 ? "" : "s"),
                    best->flops_per_second, static_cast<double>(what.work.flops.count) / seconds, "flops"});
  }
  // The tighter of the two comes first: it is the one that the time stands nearest to.
  std::stable_sort(used.begin(), used.end(),
                   [](const auto& a, const auto& b) { return a.fraction() > b.fraction(); });
  return used;
}

Result<record::Measurement> measure_case(Program& program, const suite::Case& wanted, Clock& clock,
                                         Surroundings& surroundings, const BenchOptions& options) {
  const auto enter = [&](std::string_view phase) {
    if (options.phase) options.phase(phase);
  };
  const std::int64_t begin_ns = clock.now_ns();
  enter("set-up");
  ASSAY_TRY(const auto runner, program.make_runner(wanted));
  measure::DeviceRunner* device = runner->as_device();
  measure::EmptyRegion empty = measure::measure_empty_region(clock);

  record::Measurement measurement;
  measurement.what = wanted;
  measure::Evidence& evidence = measurement.evidence;
  evidence.target_half_width = options.target_half_width;

  const std::int64_t pass_ns = std::min(kLongestPass_ns, options.budget_ns / 10);
  measure::SamplerOptions sampling;
  sampling.budget_ns =
      std::max(options.budget_ns - (clock.now_ns() - begin_ns) - pass_ns, options.budget_ns / 4);
  sampling.target_half_width = options.target_half_width;
  sampling.seed = options.seed;
  sampling.stop = options.stop;
  sampling.read_core = true;
  sampling.progress = options.progress;
  const auto thermal_before = measure::thermal_events();
  enter("sampling");
  surroundings.begin();
  measure::ModesResult modes;
  if (device != nullptr) {
    ASSAY_TRY(auto on_device,
              measure::measure_device_modes(*device, clock, sampling, evidence.output, evidence.device));
    modes = std::move(on_device.modes);
    empty = on_device.empty;
  } else {
    ASSAY_TRY(modes, measure::measure_modes(*runner, clock, empty, sampling, evidence.output));
  }
  evidence.contention = surroundings.end(program.threads_of(wanted));
  if (const auto after = measure::thermal_events(); after && thermal_before) {
    evidence.clock.thermal_events = std::max<std::int64_t>(*after - *thermal_before, 0);
  }
  if (modes.headline.samples.times_ns.empty()) {
    return fail(ErrorCode::kCancelled, "{}: stopped before the first sample", wanted.id());
  }
  take_modes(std::move(modes), empty, measurement);

  if (options.stop == nullptr || !options.stop->load()) {
    enter("counting what a call does");
    if (device != nullptr) {
      compare_modes(measurement, evidence.device);
      ASSAY_TRY_VOID(gather_on_device(*device, clock, measurement, pass_ns, evidence));
    } else {
      ASSAY_TRY_VOID(measure::gather(*runner, clock, {.budget_ns = pass_ns}, evidence));
    }
  }
  enter("looking at the buffers");
  ASSAY_TRY_VOID(runner->add_evidence(evidence));
  const measure::Digests digests = runner->digests();
  measurement.input_digest = digests.inputs;
  measurement.output_digest = digests.outputs;
  measurement.cache = evidence.cache.regime;
  measurement.runner = device != nullptr ? evidence.device.device : program.runner_description();
  measurement.variants = program.variants_used();
  return measurement;
}

void judge(record::Measurement& measurement, const measure::Limits& limits) {
  measure::Evidence& evidence = measurement.evidence;
  const measure::FloorEvidence seen = evidence.floor;
  const Regime regime{evidence.contention.cpus, measurement.cache == "cold", evidence.numerics.accumulation,
                      !evidence.device.device.empty()};
  evidence.floor = floor_of(measurement.what.work, limits, regime);
  // What was measured in the case's own process and mode holds more than what was measured once.
  if (seen.empty_region_ns > 0) evidence.floor.empty_region_ns = seen.empty_region_ns;
  if (seen.clock_step_ns > 0) evidence.floor.clock_step_ns = seen.clock_step_ns;
  measurement.limits = limits_used(measurement.what, limits, evidence.statistics.median_ns, regime);
  measurement.findings = checks::run_all(evidence);
  measurement.verdict = checks::verdict_of(measurement.findings);
}

Result<record::Measurement> bench_case(Program& program, const suite::Case& wanted,
                                       const measure::Limits& limits, Clock& clock,
                                       Surroundings& surroundings, const BenchOptions& options) {
  ASSAY_TRY(record::Measurement measurement, measure_case(program, wanted, clock, surroundings, options));
  judge(measurement, limits);
  return measurement;
}

}  // namespace assay::programs
