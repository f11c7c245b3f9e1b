// SPDX-License-Identifier: Apache-2.0
#include "record/decode.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"

namespace assay::record {
namespace {

// The value as it may stand in a message.
std::string described(const nlohmann::json& json) {
  switch (json.type()) {
    case nlohmann::json::value_t::object:
      return "an object";
    case nlohmann::json::value_t::array:
      return "a list";
    case nlohmann::json::value_t::string:
      return fmt::format("\"{}\"", printable(json.get_ref<const std::string&>(), 32));
    default:
      return json.dump();
  }
}

template <typename Integer>
std::optional<Integer> integer_in_range(const nlohmann::json& json) {
  using Range = std::numeric_limits<Integer>;
  if (json.is_number_unsigned()) {
    const auto x = json.get<std::uint64_t>();
    return x <= static_cast<std::uint64_t>(Range::max()) ? std::optional(static_cast<Integer>(x))
                                                         : std::nullopt;
  }
  if (!json.is_number_integer()) return std::nullopt;
  const auto x = json.get<std::int64_t>();
  return x >= Range::min() && x <= Range::max() ? std::optional(static_cast<Integer>(x)) : std::nullopt;
}

}  // namespace

void Decoder::fail_at(std::string path, std::string problem) {
  path_ = std::move(path);
  problem_ = std::move(problem);
}

void Decoder::expected(std::string_view what) {
  problem_ = fmt::format("is {}, expected {}", described(*json_), what);
}

void Decoder::read_leaf(std::string& x) {
  if (!json_->is_string()) return expected("a string");
  x = json_->get_ref<const std::string&>();
}

void Decoder::read_leaf(bool& x) {
  if (!json_->is_boolean()) return expected("true or false");
  x = json_->get<bool>();
}

void Decoder::read_leaf(std::int64_t& x) {
  const auto value = integer_in_range<std::int64_t>(*json_);
  if (!value) return expected("an integer of 64 bits");
  x = *value;
}

void Decoder::read_leaf(int& x) {
  const auto value = integer_in_range<int>(*json_);
  if (!value) return expected("an integer of 32 bits");
  x = *value;
}

void Decoder::read_leaf(double& x) {
  if (!json_->is_number() && !json_->is_null()) return expected("a number");
  x = json_->is_null() ? std::nan("") : json_->get<double>();
}

void Decoder::read_leaf(checks::Severity& x) {
  for (const auto severity : {checks::Severity::kQualify, checks::Severity::kReject}) {
    x = severity;
    if (*json_ == severity_name(severity)) return;
  }
  expected("\"qualify\" or \"reject\"");
}

void Decoder::read_leaf(checks::Verdict& x) {
  for (const auto verdict :
       {checks::Verdict::kTrusted, checks::Verdict::kQualified, checks::Verdict::kRejected}) {
    x = verdict;
    if (*json_ == checks::verdict_name(verdict)) return;
  }
  expected("\"trusted\", \"qualified\" or \"rejected\"");
}

}  // namespace assay::record
