// SPDX-License-Identifier: Apache-2.0
#include "apps/export_file.h"

#include <span>

#include "base/mapped_file.h"
#include "base/text.h"
#include "record/export.h"
#include "report/csv.h"
#include "report/markdown.h"

namespace assay::apps {
namespace {

struct Format {
  const char* name;
  std::string (*text)(const record::Run& run);
};
constexpr Format kFormats[] = {{"google-benchmark", record::google_benchmark_json},
                               {"futhark", record::futhark_json},
                               {"csv", report::csv},
                               {"markdown", report::markdown}};

const Format* find(const std::string& name) {
  for (const Format& format : kFormats) {
    if (name == format.name) return &format;
  }
  return nullptr;
}

}  // namespace

Result<Export> parse_export(const std::string& text) {
  const std::size_t at = text.find('=');
  Export wanted{text.substr(0, at), at == std::string::npos ? "" : text.substr(at + 1)};
  if (find(wanted.format) == nullptr || wanted.file.empty()) {
    return fail(ErrorCode::kInvalidArgument,
                "--export: expected google-benchmark=FILE, futhark=FILE, csv=FILE or markdown=FILE, got '{}'",
                printable(text));
  }
  return wanted;
}

Result<void> write_export(const record::Run& run, const Export& wanted) {
  const std::string text = find(wanted.format)->text(run);
  return write_file_atomically(wanted.file, std::as_bytes(std::span(text)));
}

}  // namespace assay::apps
