// SPDX-License-Identifier: Apache-2.0
#include "record/import_formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace assay::record {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kManySamples = 100;  // from here on their dependence can be estimated

std::int64_t whole(double number) {
  return std::isfinite(number) && std::abs(number) < 4e18 ? std::llround(number) : 0;
}

// A whole number in whatever way it is written; 0 for one that is none or too large. Throws for other types.
std::int64_t whole(const Json& value) { return whole(value.get<double>()); }
std::int64_t whole_or(const Json& object, const char* key, std::int64_t otherwise) {
  return object.contains(key) ? whole(object[key]) : otherwise;
}

void summarise_samples(Measurement& m) {
  measure::Samples& samples = m.evidence.samples;
  if (samples.times_ns.empty()) return;
  const auto n = static_cast<std::int64_t>(samples.times_ns.size());
  measure::Statistics s = measure::summarise(samples.times_ns, n < kManySamples);
  s.divide_times(static_cast<double>(samples.calls_per_sample));
  m.evidence.statistics = s;
}

void reject(Measurement& m, std::string code, std::string evidence) {
  m.findings.push_back(
      {std::move(code), checks::Severity::kReject, std::move(evidence), "Mend the program."});
}

double nanoseconds_of(const std::string& unit) {
  return unit == "s" ? 1e9 : unit == "ms" ? 1e6 : unit == "us" ? 1e3 : 1.0;
}

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

// "saxpy/plain/n:4096/8" -> entry "saxpy/plain/8", axis n=4096.
void take_google_name(const std::string& name, Measurement& m) {
  for (const std::string_view part : split(name, '/')) {
    const std::size_t colon = part.find(':');
    if (colon == std::string_view::npos || colon == 0) {
      m.what.entry += (m.what.entry.empty() ? "" : "/") + std::string(part);
    } else {
      m.what.axes.push_back({std::string(part.substr(0, colon)), std::string(part.substr(colon + 1))});
    }
  }
}

Measurement& measurement_named(const std::string& name, std::vector<std::string>& names, Run& run) {
  const auto at = std::find(names.begin(), names.end(), name);
  if (at != names.end()) return run.measurements[static_cast<std::size_t>(at - names.begin())];
  names.push_back(name);
  Measurement& made = run.measurements.emplace_back();
  take_google_name(name, made);
  made.mode = "back_to_back";
  made.runner = "Google Benchmark";
  return made;
}

void add_google_entry(const Json& entry, Measurement& m) {
  if (entry.value("error_occurred", false)) {
    return reject(m, "crashed", "its own tool says: " + entry.value("error_message", std::string("error")));
  }
  const double each_ns = entry.at("real_time").get<double>() * nanoseconds_of(entry.value("time_unit", "ns"));
  const std::int64_t iterations = std::max<std::int64_t>(1, whole_or(entry, "iterations", 1));
  measure::Samples& samples = m.evidence.samples;
  if (samples.times_ns.empty()) samples.calls_per_sample = iterations;
  samples.times_ns.push_back(whole(each_ns * static_cast<double>(samples.calls_per_sample)));
  m.what.work.bytes_read.count = whole(entry.value("bytes_per_second", 0.0) * each_ns * 1e-9);
  m.what.work.items = whole(entry.value("items_per_second", 0.0) * each_ns * 1e-9);
}

// The number of a summary, as nvbench writes it: a text in a list.
double nvbench_value(const Json& state, std::string_view tag) {
  for (const Json& summary : state.at("summaries")) {
    if (summary.at("tag").get<std::string>() != tag) continue;
    for (const Json& datum : summary.at("data")) {
      if (datum.at("name").get<std::string>() != "value") continue;
      const std::string value = text_of(datum.at("value"));
      return std::strtod(value.c_str(), nullptr);
    }
  }
  return std::nan("");
}

void take_nvbench_state(const Json& state, Measurement& m) {
  if (state.value("is_skipped", false)) {
    return reject(m, "crashed", "its own tool skipped it: " + state.value("skip_reason", std::string()));
  }
  measure::Statistics& s = m.evidence.statistics;
  s.mean_ns = nvbench_value(state, "nv/cold/time/gpu/mean") * 1e9;
  const double median = nvbench_value(state, "nv/cold/time/gpu/median") * 1e9;
  s.median_ns = std::isfinite(median) ? median : s.mean_ns;
  s.n = std::max<std::int64_t>(1, whole(nvbench_value(state, "nv/cold/sample_size")));
  if (!std::isfinite(s.median_ns)) return reject(m, "crashed", "the file has no time for it");
  if (std::isfinite(median)) return;
  m.findings.push_back({"imprecise", checks::Severity::kQualify,
                        "no samples: the mean stands where the median should, without an interval",
                        "Export the samples, or measure it with assay."});
}

}  // namespace

bool is_google_benchmark(const Json& json) {
  return json.is_object() && json.contains("context") && json.contains("benchmarks");
}
bool is_nvbench(const Json& json) {
  return json.is_object() && json.contains("devices") && json.contains("benchmarks");
}
bool is_hyperfine(const Json& json) {
  if (!json.is_object() || !json.contains("results") || !json["results"].is_array()) return false;
  const Json& results = json["results"];
  return results.empty() || (results[0].is_object() && results[0].contains("command"));
}
bool is_llama_bench(const Json& json) {
  return json.is_array() && !json.empty() && json[0].is_object() && json[0].contains("n_prompt") &&
         json[0].contains("samples_ns");
}

void import_google_benchmark(const Json& json, Run& run) {
  const Json& context = json.at("context");
  run.environment.started_at = context.value("date", "");
  run.environment.host = context.value("host_name", "");
  run.environment.logical_cpus =
      static_cast<int>(std::clamp<std::int64_t>(whole_or(context, "num_cpus", 0), 0, 1 << 20));
  std::vector<std::string> names;
  for (const Json& entry : json.at("benchmarks")) {
    const bool failed = entry.value("error_occurred", false);
    if (!failed && entry.value("run_type", "iteration") != "iteration") continue;
    const std::string name = entry.contains("run_name") ? entry["run_name"] : entry.at("name");
    add_google_entry(entry, measurement_named(name, names, run));
  }
  for (Measurement& m : run.measurements) summarise_samples(m);
}

void import_nvbench(const Json& json, Run& run) {
  for (const Json& benchmark : json.at("benchmarks")) {
    for (const Json& state : benchmark.at("states")) {
      Measurement& m = run.measurements.emplace_back();
      m.what.entry = benchmark.at("name").get<std::string>();
      for (const Json& axis : state.at("axis_values")) {
        m.what.axes.push_back({axis.at("name").get<std::string>(), text_of(axis.at("value"))});
      }
      m.mode = "isolated";
      m.cache = "cold";
      m.runner = "nvbench";
      take_nvbench_state(state, m);
    }
  }
}

void import_hyperfine(const Json& json, Run& run) {
  for (const Json& result : json.at("results")) {
    Measurement& m = run.measurements.emplace_back();
    m.what.entry = result.at("command").get<std::string>();
    m.what.formula = "a whole process, start to end";
    m.mode = "isolated";
    m.runner = "hyperfine";
    const Json parameters = result.value("parameters", Json::object());
    for (const auto& [name, value] : parameters.items()) {
      m.what.axes.push_back({name, text_of(value)});
    }
    for (const Json& seconds : result.at("times")) {
      m.evidence.samples.times_ns.push_back(whole(seconds.get<double>() * 1e9));
    }
    for (const Json& code : result.value("exit_codes", Json::array())) {
      if (code == 0) continue;
      reject(m, "crashed", fmt::format("a run ended with exit code {}", code.dump()));
      break;
    }
    summarise_samples(m);
  }
}

void import_llama_bench(const Json& json, Run& run) {
  for (const Json& test : json) {
    Measurement& m = run.measurements.emplace_back();
    const auto prompt = whole(test.at("n_prompt"));
    const auto generated = whole(test.at("n_gen"));
    m.what.entry = test.value("model_type", std::string("model")) + (generated == 0 ? "/prefill"
                                                                     : prompt == 0  ? "/generate"
                                                                                   : "/prefill and generate");
    if (prompt > 0) m.what.axes.push_back({"prompt", std::to_string(prompt)});
    if (generated > 0) m.what.axes.push_back({"generate", std::to_string(generated)});
    m.what.axes.push_back({"depth", std::to_string(whole_or(test, "n_depth", 0))});
    m.what.axes.push_back({"threads", std::to_string(whole_or(test, "n_threads", 0))});
    m.what.work.items = prompt + generated;
    m.what.work.item_name = "token";
    m.mode = "isolated";
    m.cache = "warm";
    m.runner = "llama-bench " + test.value("backends", std::string());
    run.environment.cpu = test.value("cpu_info", std::string());
    for (const Json& ns : test.at("samples_ns"))
      m.evidence.samples.times_ns.push_back(whole(ns.get<double>()));
    summarise_samples(m);
  }
}

}  // namespace assay::record
