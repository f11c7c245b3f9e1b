// SPDX-License-Identifier: Apache-2.0
#include "record/encode.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "record/fields.h"

namespace assay::record {
namespace {

using Json = nlohmann::ordered_json;

template <typename T>
Json to_json(const T& x);

// The visitor of fields.h that adds each member to an object.
class Encoder {
 public:
  template <typename T>
  void operator()(const char* key, const T& x) {
    object_[key] = to_json(x);
  }
  template <typename T>
  void operator()(Added added, const T& x) {
    (*this)(added.key, x);
  }
  [[nodiscard]] Json take() { return std::move(object_); }

 private:
  Json object_ = Json::object();
};

template <typename T>
Json leaf(const T& x) {
  return x;
}
Json leaf(checks::Severity x) { return severity_name(x); }
Json leaf(checks::Verdict x) { return checks::verdict_name(x); }
template <typename T>
Json leaf(const std::optional<T>& x) {
  return x ? to_json(*x) : Json(nullptr);
}
template <typename T>
Json leaf(const std::vector<T>& list) {
  Json array = Json::array();
  for (const T& x : list) array.push_back(to_json(x));
  return array;
}

template <typename T>
Json to_json(const T& x) {
  if constexpr (requires(Encoder & encoder) { fields(encoder, x); }) {
    Encoder encoder;
    fields(encoder, x);
    return encoder.take();
  } else {
    return leaf(x);
  }
}

Json measurement_to_json(const Measurement& measurement) {
  Json line = {{"id", measurement.what.id()}};
  line.update(to_json(measurement));
  return line;
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// Lists of numbers and strings, and short objects without lists in them, stand on one line.
bool on_one_line(const Json& json) {
  const bool flat = std::none_of(json.begin(), json.end(), [](const Json& x) { return x.is_structured(); });
  return flat && (!json.is_object() || dump(json).size() <= 100);
}

void write_pretty(const Json& json, int level, std::string& out) {
  if (on_one_line(json)) {
    out += dump(json);
    return;
  }
  const std::string indent(static_cast<std::size_t>(level + 1) * 2, ' ');
  const char* before = json.is_array() ? "[\n" : "{\n";
  for (const auto& [key, value] : json.items()) {
    out += before + indent;
    if (json.is_object()) out += dump(Json(key)) + ": ";
    write_pretty(value, level + 1, out);
    before = ",\n";
  }
  out += '\n' + indent.substr(2) + (json.is_array() ? ']' : '}');
}

}  // namespace

std::string encode_header(const Run& run) { return dump(to_json(run)); }

std::string encode_measurement(const Measurement& measurement) {
  return dump(measurement_to_json(measurement));
}

std::string encode_comparison(const ComparedRow& row) { return dump({{"comparison", to_json(row)}}); }

std::string encode_end(std::int64_t measurements) {
  return dump({{"end", {{"measurements", measurements}}}});
}

std::string encode_run(const Run& run) {
  Json document = to_json(run);
  document["complete"] = run.complete;
  document["cut_line"] = run.cut_line;
  document["measurements"] = Json::array();
  for (const Measurement& m : run.measurements) document["measurements"].push_back(measurement_to_json(m));
  for (const ComparedRow& row : run.comparisons) document["comparisons"].push_back(to_json(row));
  std::string text;
  write_pretty(document, 0, text);
  return text + '\n';
}

}  // namespace assay::record
