// SPDX-License-Identifier: Apache-2.0
#include "programs/bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "base/text.h"
#include "checks/checks.h"
#include "measure/contention.h"
#include "measure/statistics.h"

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

// Weights are streamed from memory: the limit that counts is one of working sets well beyond the last-level
// cache.
std::int64_t beyond_cache_bytes(const measure::Limits& limits) {
  return std::max<std::int64_t>(2 * limits.last_level_cache_bytes, 64 << 20);
}

std::string bandwidth_name(const measure::BandwidthLimit& limit) {
  return fmt::format("{}, {} thread{}, {}", limit.kind, limit.threads, limit.threads == 1 ? "" : "s",
                     format_bytes(static_cast<double>(limit.size_bytes)));
}

}  // namespace

std::unique_ptr<Surroundings> make_surroundings(Clock& clock) {
  return std::make_unique<MachineSurroundings>(clock);
}

measure::FloorEvidence floor_of(const suite::Work& work, const measure::Limits& limits, int threads) {
  measure::FloorEvidence floor;
  floor.bytes = work.bytes_read + work.bytes_written;
  floor.cache_capacity = {limits.last_level_cache_bytes};
  floor.flops = work.flops;
  floor.empty_region_ns = limits.empty_region_ns;
  if (const auto best = limits.best_bandwidth("read", threads, beyond_cache_bytes(limits))) {
    floor.best_bytes_per_second = best->bytes_per_second;
    floor.bandwidth_name = bandwidth_name(*best);
  }
  if (const auto best = limits.best_compute(threads)) floor.peak_flops_per_second = best->flops_per_second;
  return floor;
}

std::vector<record::LimitUse> limits_used(const suite::Case& what, const measure::Limits& limits, int threads,
                                          double median_ns) {
  std::vector<record::LimitUse> used;
  const double seconds = median_ns * 1e-9;
  if (seconds <= 0) return used;
  const std::int64_t bytes = (what.work.bytes_read + what.work.bytes_written).count;
  // The ceiling of a working set as large as the case's own, where one was measured: smaller ones profit from
  // the cache.
  auto memory = limits.best_bandwidth("read", threads, std::max(beyond_cache_bytes(limits), bytes));
  if (!memory) memory = limits.best_bandwidth("read", threads, beyond_cache_bytes(limits));
  if (memory) {
    used.push_back(
        {bandwidth_name(*memory), memory->bytes_per_second, static_cast<double>(bytes) / seconds, "bytes"});
  }
  if (const auto best = limits.best_compute(threads)) {
    used.push_back({fmt::format("{}, {} thread{}", best->kind, best->threads, best->threads == 1 ? "" : "s"),
                    best->flops_per_second, static_cast<double>(what.work.flops.count) / seconds, "flops"});
  }
  // The tighter of the two comes first: it is the one that the time stands nearest to.
  std::stable_sort(used.begin(), used.end(),
                   [](const auto& a, const auto& b) { return a.fraction() > b.fraction(); });
  return used;
}

Result<record::Measurement> bench_case(Program& program, const suite::Case& wanted,
                                       const measure::Limits& limits, Clock& clock,
                                       Surroundings& surroundings, const BenchOptions& options) {
  ASSAY_TRY(const auto runner, program.make_runner(wanted));

  record::Measurement measurement;
  measurement.what = wanted;
  measurement.mode = "isolated";
  measurement.cache = "warm";
  measure::Evidence& evidence = measurement.evidence;
  evidence.target_half_width = options.target_half_width;

  measure::SamplerOptions sampling;
  sampling.budget_ns = options.budget_ns;
  sampling.target_half_width = options.target_half_width;
  sampling.seed = options.seed;
  sampling.stop = options.stop;
  sampling.progress = options.progress;
  surroundings.begin();
  ASSAY_TRY(evidence.samples, measure::sample(*runner, clock, sampling, evidence.output));
  evidence.contention = surroundings.end(program.threads());
  if (evidence.samples.times_ns.empty()) {
    return fail(ErrorCode::kCancelled, "{}: stopped before the first sample", wanted.id());
  }

  evidence.statistics = measure::summarise(evidence.samples);
  evidence.floor = floor_of(wanted.work, limits, program.threads());
  measurement.limits = limits_used(wanted, limits, program.threads(), evidence.statistics.median_ns);
  measurement.runner = program.runner_description();
  measurement.variants = program.variants_used();
  measurement.findings = checks::run_all(evidence);
  measurement.verdict = checks::verdict_of(measurement.findings);
  return measurement;
}

}  // namespace assay::programs
