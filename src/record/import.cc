// SPDX-License-Identifier: Apache-2.0
#include "record/import.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/mapped_file.h"
#include "record/import_formats.h"
#include "record/reader.h"

namespace assay::record {
namespace {

using Json = nlohmann::json;

struct Format {
  const char* name;
  bool (*matches)(const Json& json);
  void (*fill)(const Json& json, Run& run);  // may throw what Json throws
};
constexpr Format kFormats[] = {{"Google Benchmark", is_google_benchmark, import_google_benchmark},
                               {"nvbench", is_nvbench, import_nvbench},
                               {"hyperfine", is_hyperfine, import_hyperfine},
                               {"llama-bench", is_llama_bench, import_llama_bench}};

bool is_assay_record(std::string_view text) {
  const std::size_t brace = text.find('{');
  const std::size_t quote = text.find('"');
  return brace == 0 && quote != std::string_view::npos && text.substr(quote).starts_with("\"schema\"");
}

void mark_imported(Run& run, const std::string& tool) {
  run.complete = true;
  for (Measurement& m : run.measurements) {
    m.evidence.samples.stop_reason = "imported";
    m.findings.push_back(
        {"imported", checks::Severity::kQualify,
         fmt::format("measured by {}: whether the output was right, the machine was quiet, the "
                     "warm-up had ended and the time was possible is not known",
                     tool),
         "Measure it with assay."});
    m.verdict = checks::verdict_of(m.findings);
  }
}

}  // namespace

Result<Run> import_run(std::string_view text, std::string_view name) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  for (const Format& format : kFormats) {
    if (json.is_discarded() || !format.matches(json)) continue;
    Run run;
    run.subject = std::filesystem::path(name).stem().string();
    run.subject_detail = std::string("measured by ") + format.name;
    try {
      format.fill(json, run);
    } catch (const Json::exception& error) {
      return fail(ErrorCode::kCorrupt, "{}: looks like a file of {}, but: {}", name, format.name,
                  error.what());
    }
    mark_imported(run, format.name);
    return run;
  }
  return fail(ErrorCode::kCorrupt,
              "{}: neither a record of assay nor JSON of Google Benchmark, nvbench, hyperfine or llama-bench",
              name);
}

Result<Run> read_any_run(const std::filesystem::path& path) {
  ASSAY_TRY(const MappedFile file, MappedFile::open(path));
  const std::string_view text(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
  if (text.size() > kLargestFile || text.empty() || is_assay_record(text))
    return parse_run(text, path.string());
  Result<Run> imported = import_run(text, path.string());
  if (imported || text.front() != '{') return imported;
  const Result<Run> recorded = parse_run(text, path.string());
  return Json::accept(text) ? imported : recorded;  // which of the two says more
}

}  // namespace assay::record
