// SPDX-License-Identifier: Apache-2.0
#include "measure/limits.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/mapped_file.h"
#include "base/text.h"
#include "measure/device_limits_json.h"
#include "measure/environment.h"

namespace assay::measure {
namespace {

constexpr int kSchema = 2;

// Readers of one field each. They throw Json::exception, which limits_from_json turns into one error line.
template <typename T>
void read(const Json& object, const char* key, T& field) {
  object.at(key).get_to(field);
}

BandwidthLimit bandwidth_from(const Json& object) {
  BandwidthLimit limit;
  read(object, "kind", limit.kind);
  read(object, "size_bytes", limit.size_bytes);
  read(object, "threads", limit.threads);
  read(object, "bytes_per_second", limit.bytes_per_second);
  read(object, "kernel", limit.kernel);
  return limit;
}

ComputeLimit compute_from(const Json& object) {
  ComputeLimit limit;
  read(object, "kind", limit.kind);
  read(object, "threads", limit.threads);
  read(object, "flops_per_second", limit.flops_per_second);
  read(object, "kernel", limit.kernel);
  return limit;
}

Limits limits_from(const Json& object) {
  Limits limits;
  read(object, "schema", limits.schema);
  read(object, "machine", limits.machine);
  read(object, "measured_at", limits.measured_at);
  for (const Json& entry : object.at("bandwidth")) limits.bandwidth.push_back(bandwidth_from(entry));
  for (const Json& entry : object.at("compute")) limits.compute.push_back(compute_from(entry));
  read(object, "barrier_ns", limits.barrier_ns);
  read(object, "clock_step_ns", limits.clock_step_ns);
  read(object, "empty_region_ns", limits.empty_region_ns);
  read(object, "last_level_cache_bytes", limits.last_level_cache_bytes);
  if (const auto cuda = object.find("cuda"); cuda != object.end()) limits.cuda = device_limits_from(*cuda);
  return limits;
}

// A ceiling of 0 or less would make every percentage infinite.
Result<void> validate(const Limits& limits, std::string_view name) {
  for (const BandwidthLimit& limit : limits.bandwidth) {
    if (!(limit.bytes_per_second > 0)) {
      return fail(ErrorCode::kCorrupt,
                  "{}: bandwidth '{}' is {} bytes/s, expected more than 0; run `assay limits` again", name,
                  printable(limit.kind), limit.bytes_per_second);
    }
  }
  for (const ComputeLimit& limit : limits.compute) {
    if (!(limit.flops_per_second > 0)) {
      return fail(ErrorCode::kCorrupt,
                  "{}: compute limit '{}' is {} flops/s, expected more than 0; run `assay limits` again",
                  name, printable(limit.kind), limit.flops_per_second);
    }
  }
  return limits.cuda ? check_device_limits(*limits.cuda, name) : Result<void>();
}

}  // namespace

std::optional<BandwidthLimit> Limits::best_bandwidth(std::string_view kind, int threads,
                                                     std::int64_t min_bytes) const {
  std::optional<BandwidthLimit> best;
  for (const BandwidthLimit& limit : bandwidth) {
    if (limit.kind != kind || limit.size_bytes < min_bytes || (threads != 0 && limit.threads != threads))
      continue;
    if (!best || limit.bytes_per_second > best->bytes_per_second) best = limit;
  }
  return best;
}

std::optional<MixLimit> Limits::for_mix(double written_share, int threads, std::int64_t min_bytes) const {
  struct Mix {
    const char* kind;
    double written_share;
  };
  constexpr Mix kMixes[] = {{"read", 0.0}, {"add", 1.0 / 3}, {"copy", 0.5}, {"write", 1.0}};
  constexpr double kNear = 0.02;  // of the bytes: as good as that mix
  for (const Mix& mix : kMixes) {
    if (std::abs(mix.written_share - written_share) < kNear) written_share = mix.written_share;
  }
  std::optional<BandwidthLimit> below, above;
  double below_share = 0, above_share = 1;
  for (const Mix& mix : kMixes) {
    const auto measured = best_bandwidth(mix.kind, threads, min_bytes);
    if (!measured) continue;
    if (mix.written_share <= written_share) below = measured, below_share = mix.written_share;
    if (mix.written_share >= written_share && !above) above = measured, above_share = mix.written_share;
  }
  if (!below || !above) return std::nullopt;
  const double weight =
      above_share > below_share ? (written_share - below_share) / (above_share - below_share) : 0;
  const double seconds_a_byte = (1 - weight) / below->bytes_per_second + weight / above->bytes_per_second;
  const std::string kinds = below->kind == above->kind ? below->kind : below->kind + " + " + above->kind;
  return MixLimit{1 / seconds_a_byte, std::max(below->bytes_per_second, above->bytes_per_second),
                  fmt::format("{}, {} thread{}, {}", kinds, below->threads, below->threads == 1 ? "" : "s",
                              format_bytes(static_cast<double>(below->size_bytes)))};
}

std::optional<ComputeLimit> Limits::best_compute(int threads, std::string_view accumulation) const {
  const bool is_float = accumulation == "f32" || accumulation == "f64";
  std::optional<ComputeLimit> best;
  for (const ComputeLimit& limit : compute) {
    if (threads != 0 && limit.threads != threads) continue;
    if (is_float && !limit.kind.starts_with('f')) continue;
    if (!best || limit.flops_per_second > best->flops_per_second) best = limit;
  }
  return best;
}

std::string machine_key(const device::CpuFeatures& features) {
  std::int64_t last_level_bytes = 0;
  int level = 0;
  for (const device::CacheInfo& cache : features.data_caches) {
    if (cache.level < level) continue;
    level = cache.level;
    last_level_bytes = cache.size_bytes;
  }
  return fmt::format("{}; {} CPUs; avx2 {}; avx512vnni {}; L{} {} bytes; built {}", features.model_name,
                     features.logical_cpus, features.avx2, features.avx512_vnni, level, last_level_bytes,
                     build_flags());
}

std::string limits_to_json(const Limits& limits) {
  Json object;
  object["schema"] = limits.schema;
  object["machine"] = limits.machine;
  object["measured_at"] = limits.measured_at;
  object["bandwidth"] = Json::array();
  for (const BandwidthLimit& limit : limits.bandwidth) {
    object["bandwidth"].push_back({{"kind", limit.kind},
                                   {"size_bytes", limit.size_bytes},
                                   {"threads", limit.threads},
                                   {"bytes_per_second", limit.bytes_per_second},
                                   {"kernel", limit.kernel}});
  }
  object["compute"] = Json::array();
  for (const ComputeLimit& limit : limits.compute) {
    object["compute"].push_back({{"kind", limit.kind},
                                 {"threads", limit.threads},
                                 {"flops_per_second", limit.flops_per_second},
                                 {"kernel", limit.kernel}});
  }
  object["barrier_ns"] = limits.barrier_ns;
  object["clock_step_ns"] = limits.clock_step_ns;
  object["empty_region_ns"] = limits.empty_region_ns;
  object["last_level_cache_bytes"] = limits.last_level_cache_bytes;
  if (limits.cuda) object["cuda"] = device_limits_json(*limits.cuda);
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Limits> limits_from_json(std::string_view json, std::string_view name) {
  const Json object = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) {
    return fail(ErrorCode::kCorrupt,
                "{}: not a JSON object, expected a file of limits; run `assay limits` again", name);
  }
  if (const auto schema = object.find("schema"); schema == object.end() || *schema != kSchema) {
    return fail(ErrorCode::kCorrupt, "{}: schema is {}, expected {}; run `assay limits` again", name,
                schema == object.end() ? "missing" : printable(schema->dump()), kSchema);
  }
  try {
    Limits limits = limits_from(object);
    ASSAY_TRY_VOID(validate(limits, name));
    return limits;
  } catch (const Json::exception& problem) {
    // "[json.exception.type_error.302] type must be string, but is array": names keys and types, never
    // content.
    std::string_view what = problem.what();
    if (const auto end = what.find("] "); end != std::string_view::npos) what.remove_prefix(end + 2);
    return fail(ErrorCode::kCorrupt, "{}: {}; run `assay limits` again", name, what);
  }
}

Result<Limits> read_limits(const std::filesystem::path& path) {
  ASSAY_TRY(const std::string text, read_text_file(path));
  return limits_from_json(text, path.string());
}

Result<void> write_limits(const Limits& limits, const std::filesystem::path& path) {
  const std::string text = limits_to_json(limits);
  return write_file_atomically(path, std::as_bytes(std::span(text)));
}

}  // namespace assay::measure
