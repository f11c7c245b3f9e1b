// SPDX-License-Identifier: Apache-2.0
#include "record/reader.h"

#include <nlohmann/json.hpp>

#include "base/mapped_file.h"
#include "base/text.h"
#include "record/decode.h"

namespace assay::record {
namespace {

using Json = nlohmann::json;

// One line of the file, and where messages say it is.
struct Line {
  std::string_view text;
  std::string_view name;
  std::int64_t number = 0;
  bool ends_with_break = false;

  template <typename... Args>
  [[nodiscard]] tl::unexpected<Error> corrupt(fmt::format_string<Args...> format, Args&&... args) const {
    return fail(ErrorCode::kCorrupt, "{}: line {}: {}", name, number,
                fmt::format(format, std::forward<Args>(args)...));
  }
};

// Deepest nesting of brackets outside strings: hostile input must not grow the parser's stack.
int deepest_nesting(std::string_view text) {
  int depth = 0;
  int deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string && c == '\\') {
      ++i;
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && (c == '{' || c == '[')) {
      deepest = std::max(deepest, ++depth);
    } else if (!in_string && (c == '}' || c == ']')) {
      --depth;
    }
  }
  return deepest;
}

Result<Json> parse_line(const Line& line) {
  if (line.text.size() > kLongestLine) {
    return fail(ErrorCode::kUnsupported, "{}: line {} is longer than {}", line.name, line.number,
                format_bytes(static_cast<double>(kLongestLine)));
  }
  if (line.text.empty()) return line.corrupt("is empty, expected one JSON object a line");
  if (deepest_nesting(line.text) > kDeepestNesting) {
    return line.corrupt("is nested more than {} levels deep; a record needs 5", kDeepestNesting);
  }
  try {
    Json json = Json::parse(line.text);
    if (!json.is_object()) return line.corrupt("expected a JSON object, got '{}'", printable(line.text, 24));
    return json;
  } catch (const Json::parse_error& error) {
    const std::size_t column = std::clamp<std::size_t>(error.byte, 1, line.text.size());
    return line.corrupt("column {}: expected JSON, got '{}'", column,
                        printable(line.text.substr(column - 1), 24));
  } catch (const Json::exception&) {
    return line.corrupt("holds a number that no 64-bit float can hold");
  }
}

template <typename T>
Result<void> decode(const Json& json, const Line& line, T& x) {
  Decoder decoder(json);
  decoder.read(x);
  if (!decoder.ok()) return line.corrupt("{}", decoder.problem());
  return {};
}

Result<void> read_header(const Json& json, const Line& line, Run& run) {
  const auto schema = json.find("schema");
  if (schema == json.end() || !schema->is_number_integer()) {
    return fail(ErrorCode::kCorrupt, "{}: not an assay record: the first line has no 'schema'", line.name);
  }
  if (*schema > kSchemaVersion) {
    return fail(ErrorCode::kUnsupported,
                "{}: schema {} is newer than {}, which this version reads; use a newer assay", line.name,
                schema->dump(), kSchemaVersion);
  }
  if (*schema != kSchemaVersion) {
    return line.corrupt("'schema' is {}, expected {}", schema->dump(), kSchemaVersion);
  }
  return decode(json, line, run);
}

Result<void> read_end(const Json& end, const Line& line, Run& run) {
  const auto count = end.is_object() ? end.find("measurements") : end.end();
  const auto have = run.measurements.size();
  if (!end.is_object() || count == end.end() || !count->is_number_integer() || *count != have) {
    return line.corrupt(
        "expected {{\"end\":{{\"measurements\":{}}}}} after {} measurements; lines were added or lost", have,
        have);
  }
  run.complete = true;
  return {};
}

Result<void> read_line(const Line& line, Run& run) {
  if (run.complete) return line.corrupt("stands after the end line");
  Result<Json> json = parse_line(line);
  if (!json) {
    // A writer hands over whole lines: one without a line break was cut when the process or the disk gave
    // out.
    if (line.ends_with_break || line.number == 1) return tl::unexpected<Error>(json.error());
    run.cut_line = true;
    return {};
  }
  if (line.number == 1) return read_header(*json, line, run);
  if (const auto end = json->find("end"); end != json->end()) return read_end(*end, line, run);
  if (const auto row = json->find("comparison"); row != json->end()) {
    return decode(*row, line, run.comparisons.emplace_back());
  }
  return decode(*json, line, run.measurements.emplace_back());
}

}  // namespace

Result<Measurement> parse_measurement(std::string_view text, std::string_view name) {
  const Line line{text, name, 1, true};
  ASSAY_TRY(const Json json, parse_line(line));
  Measurement measurement;
  ASSAY_TRY_VOID(decode(json, line, measurement));
  return measurement;
}

Result<Run> parse_run(std::string_view text, std::string_view name) {
  if (text.size() > kLargestFile) {
    return fail(ErrorCode::kUnsupported, "{}: {} is more than the {} that a record may have", name,
                format_bytes(static_cast<double>(text.size())),
                format_bytes(static_cast<double>(kLargestFile)));
  }
  if (text.empty()) {
    return fail(ErrorCode::kCorrupt, "{}: the file is empty, expected the first line of an assay record",
                name);
  }
  Run run;
  for (std::int64_t number = 1; !text.empty(); ++number) {
    const std::size_t length = text.find('\n');
    const bool ends_with_break = length != std::string_view::npos;
    ASSAY_TRY_VOID(read_line(Line{text.substr(0, length), name, number, ends_with_break}, run));
    text.remove_prefix(ends_with_break ? length + 1 : text.size());
  }
  return run;
}

Result<Run> read_run(const std::filesystem::path& path) {
  ASSAY_TRY(const MappedFile file, MappedFile::open(path));
  const auto bytes = file.bytes();
  return parse_run({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string());
}

}  // namespace assay::record
