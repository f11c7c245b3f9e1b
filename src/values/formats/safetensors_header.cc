// SPDX-License-Identifier: Apache-2.0
#include "values/formats/safetensors_header.h"

#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace assay::values {
namespace {

constexpr char kMetadataKey[] = "__metadata__";

constexpr std::array<std::pair<std::string_view, DType>, 13> kTypeNames{{
    {"F64", DType::kF64},
    {"F32", DType::kF32},
    {"F16", DType::kF16},
    {"BF16", DType::kBF16},
    {"I8", DType::kI8},
    {"I16", DType::kI16},
    {"I32", DType::kI32},
    {"I64", DType::kI64},
    {"U8", DType::kU8},
    {"U16", DType::kU16},
    {"U32", DType::kU32},
    {"U64", DType::kU64},
    {"BOOL", DType::kBool},
}};

// Receives the events of nlohmann's parser and stops it at the first thing that has no place in a header.
// Depth 1 is between tensors, 2 inside a tensor or the metadata, 3 inside one of a tensor's lists.
class HeaderEvents final : public nlohmann::json_sax<nlohmann::json> {
 public:
  SafetensorsHeader header;
  std::string problem;

  bool start_object(std::size_t) override {
    if (depth_ == 2 || depth_ == 3) return unexpected("an object");
    ++depth_;
    if (depth_ == 2) fields_.clear();
    if (depth_ == 2 && !in_metadata()) header.entries.emplace_back().name = name_;
    return true;
  }

  bool key(std::string& text) override {
    if (depth_ == 1) {
      name_ = text;
      if (!names_.insert(text).second) return refuse(fmt::format("'{}' stands twice", printable(text)));
      return true;
    }
    field_ = text;
    if (!fields_.insert(text).second) {
      return refuse(fmt::format("'{}' of '{}' stands twice", printable(text), printable(name_)));
    }
    if (in_metadata() || text == "dtype" || text == "shape" || text == "data_offsets") return true;
    return refuse(fmt::format("tensor '{}' has a field '{}', expected dtype, shape and data_offsets",
                              printable(name_), printable(text)));
  }

  bool end_object() override {
    --depth_;
    if (depth_ == 1 && !in_metadata() && fields_.size() != 3) {
      return refuse(fmt::format("tensor '{}' lacks one of dtype, shape and data_offsets", printable(name_)));
    }
    return true;
  }

  bool start_array(std::size_t) override {
    if (depth_ != 2 || in_metadata() || field_ == "dtype") return unexpected("a list");
    ++depth_;
    list_.clear();
    return true;
  }

  bool end_array() override {
    --depth_;
    if (field_ == "shape") {
      header.entries.back().shape = list_;
      return true;
    }
    if (list_.size() != 2) {
      return refuse(
          fmt::format("data_offsets of '{}' are {} numbers, expected 2", printable(name_), list_.size()));
    }
    header.entries.back().begin = list_[0];
    header.entries.back().end = list_[1];
    return true;
  }

  bool number_unsigned(std::uint64_t value) override {
    if (depth_ != 3) return unexpected("a number");
    list_.push_back(value);
    return true;
  }

  bool string(std::string& text) override {
    if (depth_ != 2 || (!in_metadata() && field_ != "dtype")) return unexpected("a string");
    if (in_metadata()) {
      header.metadata[field_] = text;
    } else {
      header.entries.back().dtype = text;
    }
    return true;
  }

  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("true or false"); }
  bool number_integer(std::int64_t) override { return unexpected("a negative number"); }
  bool number_float(double, const std::string&) override { return unexpected("a number that is not whole"); }
  bool binary(nlohmann::json::binary_t&) override { return unexpected("binary data"); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override {
    return refuse(fmt::format("it is not JSON at byte {}", position));
  }

 private:
  [[nodiscard]] bool in_metadata() const { return name_ == kMetadataKey; }

  bool refuse(std::string message) {
    problem = std::move(message);
    return false;
  }

  bool unexpected(std::string_view what) {
    if (depth_ == 0) return refuse(fmt::format("it is {}, expected an object", what));
    if (depth_ == 1) return refuse(fmt::format("'{}' is {}, expected an object", printable(name_), what));
    return refuse(fmt::format("'{}' of '{}' has {} in a place where it cannot be", printable(field_),
                              printable(name_), what));
  }

  int depth_ = 0;
  std::string name_, field_;
  std::set<std::string, std::less<>> names_, fields_;
  std::vector<std::uint64_t> list_;
};

Result<void> check_names(std::span<const NamedView> tensors,
                         const std::map<std::string, std::string>& metadata) {
  std::set<std::string_view> names;
  for (const auto& [name, tensor] : tensors) {
    if (!is_utf8(name) || name == kMetadataKey) {
      return fail(ErrorCode::kInvalidArgument, "safetensors: a tensor cannot be called '{}'",
                  printable(name));
    }
    if (!names.insert(name).second) {
      return fail(ErrorCode::kInvalidArgument, "safetensors: tensor '{}' was added twice", printable(name));
    }
  }
  for (const auto& [key, value] : metadata) {
    if (!is_utf8(key) || !is_utf8(value)) {
      return fail(ErrorCode::kInvalidArgument, "safetensors: metadata '{}' is not UTF-8", printable(key));
    }
  }
  return {};
}

}  // namespace

std::optional<DType> dtype_from_safetensors(std::string_view name) {
  for (const auto& [known, type] : kTypeNames) {
    if (known == name) return type;
  }
  return std::nullopt;
}

Result<SafetensorsHeader> parse_safetensors_header(std::span<const std::byte> json) {
  const auto* text = reinterpret_cast<const char*>(json.data());
  HeaderEvents events;
  if (!nlohmann::json::sax_parse(text, text + json.size(), &events)) {
    return fail(ErrorCode::kCorrupt, "safetensors: the header is wrong: {}", events.problem);
  }
  return std::move(events.header);
}

Result<std::string> format_safetensors_header(std::span<const NamedView> tensors,
                                              const std::map<std::string, std::string>& metadata) {
  ASSAY_TRY_VOID(check_names(tensors, metadata));
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header[kMetadataKey] = metadata;
  std::uint64_t offset = 0;
  for (const auto& [name, tensor] : tensors) {
    ASSAY_CHECK(static_cast<std::int64_t>(tensor.bytes.size()) ==
                    tensor.rows() * row_bytes(tensor.dtype, tensor.row_elements()),
                "tensor '{}' of {} has {} bytes", name, tensor.shape.to_string(), tensor.bytes.size());
    std::string_view type_name;
    for (const auto& [known, type] : kTypeNames) {
      if (type == tensor.dtype) type_name = known;
    }
    if (type_name.empty()) {
      return fail(ErrorCode::kInvalidArgument, "safetensors: tensor '{}' is {}, expected {}", printable(name),
                  info(tensor.dtype).name, kSafetensorsTypes);
    }
    const std::uint64_t end = offset + tensor.bytes.size();
    const auto dims = tensor.shape.dims();
    header[name] = {{"dtype", type_name},
                    {"shape", std::vector<std::int64_t>(dims.begin(), dims.end())},
                    {"data_offsets", std::vector<std::uint64_t>{offset, end}}};
    offset = end;
  }
  return header.dump();
}

}  // namespace assay::values
