// SPDX-License-Identifier: Apache-2.0
#include "record/export.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace assay::record {
namespace {

using Json = nlohmann::ordered_json;

bool is_rejected(const Measurement& m) { return m.verdict == checks::Verdict::kRejected; }

std::string reasons_of(const Measurement& m) {
  std::string reasons;
  for (const checks::Finding& finding : m.findings) {
    reasons += (reasons.empty() ? "" : "; ") + finding.code + ": " + finding.evidence;
  }
  return "rejected by assay: " + reasons;
}

// Times of one call in ns.
std::vector<double> exported_times(const Measurement& m) {
  const auto& all = m.evidence.samples.times_ns;
  const std::size_t count = std::min(all.size(), kMostSamplesExported);
  std::vector<double> times;
  for (std::size_t i = 0; i < count; ++i) {
    const auto time = static_cast<double>(all[i * all.size() / count]);
    times.push_back(time / static_cast<double>(m.evidence.samples.calls_per_sample));
  }
  return times;
}

// "saxpy/plain/n:4096", as Google Benchmark writes named arguments.
std::string google_name(const Measurement& m) {
  std::string name = m.what.entry;
  for (const suite::AxisValue& axis : m.what.axes) name += "/" + axis.name + ":" + axis.value;
  return name;
}

Json google_context(const Run& run) {
  const measure::Environment& e = run.environment;
  return {{"date", e.started_at},
          {"host_name", e.host},
          {"executable", e.command_line.empty() ? "" : e.command_line.front()},
          {"num_cpus", e.logical_cpus},
          {"mhz_per_cpu", 0},
          {"cpu_scaling_enabled", e.governor != "" && e.governor != "performance"},
          {"caches", Json::array()},
          {"load_avg", {e.load_average}},
          {"library_build_type", "release"},
          {"json_schema_version", 1},
          {"assay_version", e.version},
          {"assay_samples", "at most 1000 of a case, evenly spread"}};
}

Json google_entry(const Measurement& m, std::size_t family) {
  return {{"name", google_name(m)},     {"family_index", family},  {"per_family_instance_index", 0},
          {"run_name", google_name(m)}, {"run_type", "iteration"}, {"threads", 1}};
}

void add_google_times(const Measurement& m, std::size_t family, Json& benchmarks) {
  const std::vector<double> times = exported_times(m);
  for (std::size_t i = 0; i < times.size(); ++i) {
    Json entry = google_entry(m, family);
    entry["repetitions"] = times.size();
    entry["repetition_index"] = i;
    entry["iterations"] = m.evidence.samples.calls_per_sample;
    entry["real_time"] = entry["cpu_time"] = times[i];
    entry["time_unit"] = "ns";
    entry["label"] = checks::verdict_name(m.verdict);
    benchmarks.push_back(std::move(entry));
  }
  Json median = google_entry(m, family);
  median["name"] = google_name(m) + "_median";
  median["run_type"] = "aggregate";
  median["repetitions"] = times.size();
  median["aggregate_name"] = "median";
  median["aggregate_unit"] = "time";
  median["iterations"] = times.size();
  median["real_time"] = median["cpu_time"] = m.evidence.statistics.median_ns;
  median["time_unit"] = "ns";
  median["label"] = checks::verdict_name(m.verdict);
  benchmarks.push_back(std::move(median));
}

std::string axes_text(const Measurement& m) {
  std::string text;
  for (const suite::AxisValue& axis : m.what.axes)
    text += (text.empty() ? "" : " ") + axis.name + "=" + axis.value;
  return text.empty() ? "#0" : text;
}

// Without a time. As an aggregate with a name of its own, as compare.py looks for a time in every other
// entry.
Json rejected_google_entry(const Measurement& m, std::size_t index) {
  Json entry = google_entry(m, index);
  entry["name"] = entry["run_name"].get<std::string>() + "_rejected";
  entry["run_type"] = "aggregate";
  entry["aggregate_name"] = "rejected";
  entry["error_occurred"] = true;
  entry["error_message"] = reasons_of(m);
  return entry;
}

std::string dump(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

}  // namespace

std::string google_benchmark_json(const Run& run) {
  Json benchmarks = Json::array();
  for (std::size_t i = 0; i < run.measurements.size(); ++i) {
    const Measurement& m = run.measurements[i];
    if (!is_rejected(m)) {
      add_google_times(m, i, benchmarks);
      continue;
    }
    benchmarks.push_back(rejected_google_entry(m, i));
  }
  return dump({{"context", google_context(run)}, {"benchmarks", benchmarks}});
}

std::string futhark_json(const Run& run) {
  Json programs = Json::object();
  for (const Measurement& m : run.measurements) {
    Json& result = programs[m.what.entry]["datasets"][axes_text(m)];
    if (is_rejected(m)) {
      result = reasons_of(m);
      continue;
    }
    Json runtimes = Json::array();
    for (const double ns : exported_times(m)) runtimes.push_back(std::llround(ns / 1000));
    result = {{"runtimes", runtimes}, {"bytes", Json::object()}, {"stderr", m.evidence.log.first_warning}};
  }
  return dump(programs);
}

}  // namespace assay::record
