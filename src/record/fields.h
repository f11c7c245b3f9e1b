// SPDX-License-Identifier: Apache-2.0
#pragma once
// The keys of a record, each named once: fields(visitor, x) calls visitor("key", x.member) in the order in
// which the keys stand in the file. The encoder visits constant objects, the decoder objects to be filled, so
// that both agree by construction. A key inside Added was not there when schema 1 began: an older record
// lacks it, and its member keeps its default. Meaning and units of every key: docs/record.md. Only the .cc
// files of this room include this header.
#include <concepts>
#include <string_view>
#include <type_traits>

#include "record/measurement.h"

namespace assay::record {

struct Added {
  const char* key;
};

// T is U or const U.
template <typename T, typename U>
concept Is = std::same_as<std::remove_const_t<T>, U>;

template <typename V, Is<suite::AxisValue> T>
void fields(V& v, T& x) {
  v("name", x.name);
  v("value", x.value);
}

template <typename V, Is<suite::Work> T>
void fields(V& v, T& x) {
  v("bytes_read", x.bytes_read.count);
  v("bytes_written", x.bytes_written.count);
  v("flops", x.flops.count);
  v("items", x.items);
  v("item_name", x.item_name);
}

template <typename V, Is<measure::Interval> T>
void fields(V& v, T& x) {
  v("lower_ns", x.lower);
  v("upper_ns", x.upper);
  v("confidence", x.confidence);
}

template <typename V, Is<measure::Statistics> T>
void fields(V& v, T& x) {
  v("n", x.n);
  v("median_ns", x.median_ns);
  v("median_interval", x.median_interval);
  v("mean_ns", x.mean_ns);
  v("min_ns", x.min_ns);
  v("max_ns", x.max_ns);
  v("p5_ns", x.p5_ns);
  v("p95_ns", x.p95_ns);
  v("p99_ns", x.p99_ns);
  v("effective_n", x.effective_n);
  v("independence_assumed", x.independence_assumed);
  v("outliers_low", x.outliers_low);
  v("outliers_high", x.outliers_high);
  v(Added{"mean_interval"}, x.mean_interval);
}

template <typename V, Is<measure::CoreReadings> T>
void fields(V& v, T& x) {
  v("before_sample", x.before_sample);
  v("chain_ns", x.chain_ns);
  v("wide_ns", x.wide_ns);
}

template <typename V, Is<measure::Samples> T>
void fields(V& v, T& x) {
  v("warmup_calls", x.warmup_calls);
  v("warmup_settled", x.warmup_settled);
  v("budget_ns", x.budget_ns);
  v("spent_ns", x.spent_ns);
  v("stop_reason", x.stop_reason);
  v("times_ns", x.times_ns);
  v("checked_times_ns", x.checked_times_ns);
  v(Added{"calls_per_sample"}, x.calls_per_sample);
  v(Added{"core"}, x.core);
  v(Added{"checked_before_sample"}, x.checked_before_sample);
}

template <typename V, Is<measure::OutputEvidence> T>
void fields(V& v, T& x) {
  v("has_reference", x.has_reference);
  v("reference", x.reference);
  v("calls_checked", x.calls_checked);
  v("calls_wrong", x.calls_wrong);
  v("worst_error", x.worst_error);
  v("worst_place", x.worst_place);
  v("checker_can_fail", x.checker_can_fail);
}

template <typename V, Is<measure::ContentionEvidence> T>
void fields(V& v, T& x) {
  v("wall_ns", x.wall_ns);
  v("cpus", x.cpus);
  v("machine_cpus", x.machine_cpus);
  v("steal_ns", x.steal_ns);
  v("other_cpu_ns", x.other_cpu_ns);
  v("involuntary_switches", x.involuntary_switches);
  v("throttled_ns", x.throttled_ns);
}

template <typename V, Is<measure::FloorEvidence> T>
void fields(V& v, T& x) {
  v("bytes", x.bytes.count);
  v("cache_capacity_bytes", x.cache_capacity.count);
  v("best_bytes_per_second", x.best_bytes_per_second);
  v("bandwidth_name", x.bandwidth_name);
  v("flops", x.flops.count);
  v("peak_flops_per_second", x.peak_flops_per_second);
  v("empty_region_ns", x.empty_region_ns);
  v(Added{"clock_step_ns"}, x.clock_step_ns);
}

template <typename V, Is<measure::RegionEvidence> T>
void fields(V& v, T& x) {
  v("calls", x.calls);
  v("allocations", x.allocations);
  v("allocated_bytes", x.allocated_bytes);
  v("allocation_share", x.allocation_share);
  v("page_faults", x.page_faults);
  v("voluntary_switches", x.voluntary_switches);
  v("waiting_share", x.waiting_share);
  v("io_calls", x.io_calls);
  v("output_bytes", x.output_bytes);
  v("children", x.children);
  v("libraries_loaded", x.libraries_loaded);
  v("executable_mappings", x.executable_mappings);
}

template <typename V, Is<measure::BufferEvidence> T>
void fields(V& v, T& x) {
  v("modified_inputs", x.modified_inputs);
  v("broken_guards", x.broken_guards);
  v("outputs_untouched", x.outputs_untouched);
  v("zero_size", x.zero_size);
  v("first_last_error", x.first_last_error);
  v("first_last_place", x.first_last_place);
  v("not_restored", x.not_restored);
}

template <typename V, Is<measure::FlightEvidence> T>
void fields(V& v, T& x) {
  v("busy_after_share", x.busy_after_share);
  v("outputs_changed_after", x.outputs_changed_after);
  v("claimed_ns", x.claimed_ns);
  v("device_busy_ns", x.device_busy_ns);
  v("stated_overhead_ns", x.stated_overhead_ns);
}

template <typename V, Is<measure::ChoiceEvidence> T>
void fields(V& v, T& x) {
  v("asked", x.asked);
  v("ran", x.ran);
  v("skipped_modes", x.skipped_modes);
  v("graph_breaks", x.graph_breaks);
  v("recompile_limit", x.recompile_limit);
}

template <typename V, Is<measure::LogEvidence> T>
void fields(V& v, T& x) {
  v("bytes", x.bytes);
  v("warnings", x.warnings);
  v("first_warning", x.first_warning);
}

template <typename V, Is<measure::CacheEvidence> T>
void fields(V& v, T& x) {
  v("regime", x.regime);
  v("hot_ns", x.hot_ns);
  v("cold_ns", x.cold_ns);
  v("seen_ns", x.seen_ns);
}

template <typename V, Is<measure::DataEvidence> T>
void fields(V& v, T& x) {
  v("constant_share", x.constant_share);
  v("probe_effect", x.probe_effect);
}

template <typename V, Is<measure::ClockEvidence> T>
void fields(V& v, T& x) {
  v("thermal_events", x.thermal_events);
  v("power_reason", x.power_reason);
}

template <typename V, Is<measure::ArtefactEvidence> T>
void fields(V& v, T& x) {
  v("tracer", x.tracer);
  v("caused_ns", x.caused_ns);
  v("cause", x.cause);
}

template <typename V, Is<measure::OutcomeEvidence> T>
void fields(V& v, T& x) {
  v("crash", x.crash);
  v("timed_out_after_s", x.timed_out_after_s);
}

template <typename V, Is<measure::AxisEvidence> T>
void fields(V& v, T& x) {
  v("axis", x.axis);
  v("other", x.other);
  v("same_outputs", x.same_outputs);
}

template <typename V, Is<measure::NumericsEvidence> T>
void fields(V& v, T& x) {
  v("accumulation", x.accumulation);
  v("rms_error", x.rms_error);
  v("outputs", x.outputs);
}

template <typename V, Is<measure::DeviceActivity> T>
void fields(V& v, T& x) {
  v("calls", x.calls);
  v("missing", x.missing);
  v("kernels", x.kernels);
  v("kernel_count", x.kernel_count);
  v("copy_count", x.copy_count);
  v("host_copied_bytes", x.host_copied_bytes);
  v("fill_count", x.fill_count);
  v("allocations", x.allocations);
  v("allocated_bytes", x.allocated_bytes);
  v("modules_loaded", x.modules_loaded);
  v("graphs_made", x.graphs_made);
  v("waits", x.waits);
  v("streams", x.streams);
  v("busy_ns", x.busy_ns);
}

template <typename V, Is<measure::DeviceClocks> T>
void fields(V& v, T& x) {
  v("lowest_sm_hz", x.lowest_sm_hz);
  v("highest_sm_hz", x.highest_sm_hz);
  v("stamps", x.stamps);
  v("lowest_memory_mhz", x.lowest_memory_mhz);
  v("highest_power_w", x.highest_power_w);
  v("power_limit_w", x.power_limit_w);
  v("highest_temperature_c", x.highest_temperature_c);
  v("slowdown", x.slowdown);
  v("is_heat", x.is_heat);
  v("other_processes", x.other_processes);
  v("missing", x.missing);
}

template <typename V, Is<measure::DeviceEvidence> T>
void fields(V& v, T& x) {
  v("device", x.device);
  v("activity", x.activity);
  v("clocks", x.clocks);
  v("graph_ns", x.graph_ns);
  v("back_to_back_ns", x.back_to_back_ns);
  v("isolated_ns", x.isolated_ns);
  v("enqueue_ns", x.enqueue_ns);
}

template <typename V, Is<OtherMode> T>
void fields(V& v, T& x) {
  v("mode", x.mode);
  v("unavailable", x.unavailable);
  v("calls_per_sample", x.calls_per_sample);
  v("too_short", x.too_short);
  v("statistics", x.statistics);
}

template <typename V, Is<LimitUse> T>
void fields(V& v, T& x) {
  v("name", x.name);
  v("unit", x.unit);
  v("limit_per_second", x.limit_per_second);
  v("reached_per_second", x.reached_per_second);
}

template <typename V, Is<checks::Finding> T>
void fields(V& v, T& x) {
  v("code", x.code);
  v("severity", x.severity);
  v("evidence", x.evidence);
  v("remedy", x.remedy);
}

template <typename V, Is<Measurement> T>
void fields(V& v, T& x) {
  v("entry", x.what.entry);
  v("axes", x.what.axes);
  v("work", x.what.work);
  v("formula", x.what.formula);
  v("headline", x.what.unit_of_headline);
  v("mode", x.mode);
  v("cache", x.cache);
  v("runner", x.runner);
  v("variants", x.variants);
  v("verdict", x.verdict);
  v("findings", x.findings);
  // A rejected number has keys of its own, so that a script which asks for `statistics` cannot pick it up by
  // accident.
  const bool rejected = x.verdict == checks::Verdict::kRejected;
  v(rejected ? "rejected_statistics" : "statistics", x.evidence.statistics);
  v(rejected ? "rejected_limits" : "limits", x.limits);
  v("target_half_width", x.evidence.target_half_width);
  v("output", x.evidence.output);
  v("contention", x.evidence.contention);
  v("floor", x.evidence.floor);
  v(rejected ? "rejected_samples" : "samples", x.evidence.samples);
  v(Added{rejected ? "rejected_other_modes" : "other_modes"}, x.other_modes);
  v(Added{"region"}, x.evidence.region);
  v(Added{"buffers"}, x.evidence.buffers);
  v(Added{"flight"}, x.evidence.flight);
  v(Added{"choice"}, x.evidence.choice);
  v(Added{"log"}, x.evidence.log);
  v(Added{"cache_probe"}, x.evidence.cache);
  v(Added{"data"}, x.evidence.data);
  v(Added{"clock"}, x.evidence.clock);
  v(Added{"artefact"}, x.evidence.artefact);
  v(Added{"outcome"}, x.evidence.outcome);
  v(Added{"axis_effect"}, x.evidence.axis);
  v(Added{"numerics"}, x.evidence.numerics);
  // Written for cases on a device only.
  if (!std::is_const_v<T> || !x.evidence.device.device.empty()) v(Added{"device"}, x.evidence.device);
  v(Added{"input_digest"}, x.input_digest);
  v(Added{"output_digest"}, x.output_digest);
}

template <typename V, Is<measure::Environment> T>
void fields(V& v, T& x) {
  v("started_at", x.started_at);
  v("host", x.host);
  v("user", x.user);
  v("os", x.os);
  v("cpu", x.cpu);
  v("logical_cpus", x.logical_cpus);
  v("memory_bytes", x.memory_bytes);
  v("governor", x.governor);
  v("hypervisor", x.hypervisor);
  v("load_average", x.load_average);
  v("compiler", x.compiler);
  v("flags", x.flags);
  v("version", x.version);
  v("git_revision", x.git_revision);
  v("binary_sha256", x.binary_sha256);
  v("command_line", x.command_line);
}

template <typename V, Is<measure::BandwidthLimit> T>
void fields(V& v, T& x) {
  v("kind", x.kind);
  v("size_bytes", x.size_bytes);
  v("threads", x.threads);
  v("bytes_per_second", x.bytes_per_second);
  v("kernel", x.kernel);
}

template <typename V, Is<measure::ComputeLimit> T>
void fields(V& v, T& x) {
  v("kind", x.kind);
  v("threads", x.threads);
  v("flops_per_second", x.flops_per_second);
  v("kernel", x.kernel);
}

template <typename V, Is<measure::DeviceBandwidthLimit> T>
void fields(V& v, T& x) {
  v("kind", x.kind);
  v("written_share", x.written_share);
  v("size_bytes", x.size_bytes);
  v("bytes_per_second", x.bytes_per_second);
  v("kernel", x.kernel);
}

template <typename V, Is<measure::DeviceComputeLimit> T>
void fields(V& v, T& x) {
  v("kind", x.kind);
  v("accumulation", x.accumulation);
  v("flops_per_second", x.flops_per_second);
  v("kernel", x.kernel);
}

template <typename V, Is<measure::DeviceCosts> T>
void fields(V& v, T& x) {
  v("launch_ns", x.launch_ns);
  v("launch_gap_ns", x.launch_gap_ns);
  v("launch_sync_ns", x.launch_sync_ns);
  v("sync_ns", x.sync_ns);
  v("graph_sync_ns", x.graph_sync_ns);
  v("graph_launch_ns", x.graph_launch_ns);
  v("graph_node_ns", x.graph_node_ns);
  v("grid_barrier_ns", x.grid_barrier_ns);
  v("event_pair_ns", x.event_pair_ns);
  v("event_kernel_ns", x.event_kernel_ns);
  v("event_step_ns", x.event_step_ns);
  v("global_timer_step_ns", x.global_timer_step_ns);
}

template <typename V, Is<measure::DeviceLimits> T>
void fields(V& v, T& x) {
  v("key", x.key);
  v("name", x.name);
  v("driver", x.driver);
  v("power_limit_w", x.power_limit_w);
  v("measured_at", x.measured_at);
  v("multiprocessors", x.multiprocessors);
  v("memory_bytes", x.memory_bytes);
  v("l2_bytes", x.l2_bytes);
  v("highest_sm_hz", x.highest_sm_hz);
  v("bandwidth", x.bandwidth);
  v("compute", x.compute);
  v("costs", x.costs);
}

template <typename V, Is<measure::Limits> T>
void fields(V& v, T& x) {
  v("schema", x.schema);
  v("machine", x.machine);
  v("measured_at", x.measured_at);
  v("bandwidth", x.bandwidth);
  v("compute", x.compute);
  v("barrier_ns", x.barrier_ns);
  v("clock_step_ns", x.clock_step_ns);
  v("empty_region_ns", x.empty_region_ns);
  v("last_level_cache_bytes", x.last_level_cache_bytes);
  v(Added{"cuda"}, x.cuda);
}

// The first line. The measurements, `complete` and `cut_line` are not in it.
template <typename V, Is<ComparedArm> T>
void fields(V& v, T& x) {
  v("name", x.name);
  v("runner", x.runner);
  v("median_ns", x.median_ns);
  v("interval", x.interval);
  v("turn_ns", x.turn_ns);
}

template <typename V, Is<Ratio> T>
void fields(V& v, T& x) {
  v("estimate", x.estimate);
  v("lower", x.lower);
  v("upper", x.upper);
  v("confidence", x.confidence);
}

template <typename V, Is<ComparedGate> T>
void fields(V& v, T& x) {
  v("slower_than", x.slower_than);
  v("state", x.state);
  v("lower", x.lower);
  v("upper", x.upper);
  v("pairs_needed", x.pairs_needed);
}

template <typename V, Is<ComparedRow> T>
void fields(V& v, T& x) {
  v("id", x.id);
  v("kind", x.kind);
  v("a", x.a);
  v("again", x.again);
  v("b", x.b);
  v("rounds", x.rounds);
  v("blocks", x.blocks);
  v("calls", x.calls);
  v("ratio", x.ratio);
  v("noise", x.noise);
  v("smallest_detectable", x.smallest_detectable);
  v("claim", x.claim);
  v("empty_process_ns", x.empty_process_ns);
  v("gate", x.gate);
  v("findings", x.findings);
}

template <typename V, Is<Run> T>
void fields(V& v, T& x) {
  v("schema", x.schema);
  v("subject", x.subject);
  v("subject_detail", x.subject_detail);
  v("subject_sha256", x.subject_sha256);
  v("environment", x.environment);
  v("limits", x.limits);
}

[[nodiscard]] constexpr std::string_view severity_name(checks::Severity severity) {
  return severity == checks::Severity::kReject ? "reject" : "qualify";
}

}  // namespace assay::record
