// SPDX-License-Identifier: Apache-2.0
#include "apps/bench_output.h"

#include <cstdio>
#include <filesystem>
#include <span>

#include "apps/export_file.h"
#include "apps/terminal.h"
#include "base/mapped_file.h"
#include "report/html.h"
#include "report/json.h"
#include "report/terminal_table.h"

namespace assay::apps {

namespace {

Result<void> check_folder(const char* option, const std::string& file) {
  const auto folder = std::filesystem::absolute(file).parent_path();
  std::error_code ignored;
  if (std::filesystem::is_directory(folder, ignored)) return {};
  return fail(ErrorCode::kNotFound, "{} {}: there is no folder {}", option, file, folder.string());
}

}  // namespace

Result<void> check_output_options(const BenchSessionOptions& options) {
  ASSAY_TRY_VOID(parse_colour(options.colour));
  if (!options.no_html) ASSAY_TRY_VOID(check_folder("--html", options.html));
  for (const std::string& text : options.exports) {
    ASSAY_TRY(const Export wanted, parse_export(text));
    ASSAY_TRY_VOID(check_folder("--export", wanted.file));
  }
  return {};
}

Result<void> write_output(const record::Run& run, const std::filesystem::path& record_path,
                          const BenchSessionOptions& options) {
  ASSAY_TRY(const ColourChoice colour, parse_colour(options.colour));
  if (options.json) {
    fmt::print("{}\n", report::json(run));
  } else {
    fmt::print("{}", report::table(run, {.width = terminal_width(stdout),
                                         .colour = use_colour(colour, stdout),
                                         .show_rejected = options.show_rejected}));
  }
  std::string written = fmt::format("record {}", record_path.string());
  if (!options.no_html) {
    const std::string page = report::html(run);
    ASSAY_TRY_VOID(write_file_atomically(options.html, std::as_bytes(std::span(page))));
    written += fmt::format(", page {}", options.html);
  }
  for (const std::string& text : options.exports) {
    ASSAY_TRY(const Export wanted, parse_export(text));
    ASSAY_TRY_VOID(write_export(run, wanted));
    written += fmt::format(", {} {}", wanted.format, wanted.file);
  }
  fmt::print(options.json ? stderr : stdout, "{}{}\n", options.json ? "assay: " : "\n", written);
  return {};
}

}  // namespace assay::apps
