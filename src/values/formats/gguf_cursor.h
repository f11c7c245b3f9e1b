// SPDX-License-Identifier: Apache-2.0
#pragma once
// Private to gguf*.cc: takes the numbers, strings and metadata values of a GGUF file one after another, never
// past its end.
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

#include "base/result.h"
#include "base/text.h"
#include "values/formats/gguf.h"

namespace assay::values {

// Takes numbers and strings from the front of the file. `subject` says in messages what is being read.
class GgufCursor {
 public:
  static constexpr std::uint64_t kLongestName = 65535;

  explicit GgufCursor(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::string subject = "the header";

  [[nodiscard]] std::uint64_t position() const { return position_; }
  [[nodiscard]] std::uint64_t left() const { return bytes_.size() - position_; }

  [[nodiscard]] Result<std::span<const std::byte>> take(std::uint64_t count) {
    if (count > left()) {
      return fail(ErrorCode::kCorrupt,
                  "gguf: {} needs {} bytes at byte {}, file has {}; it is cut short or damaged", subject,
                  count, position_, bytes_.size());
    }
    const auto taken = bytes_.subspan(position_, count);
    position_ += count;
    return taken;
  }

  template <typename T>
  [[nodiscard]] Result<T> number() {
    ASSAY_TRY(const auto raw, take(sizeof(T)));
    T value;
    std::memcpy(&value, raw.data(), sizeof(T));
    return value;
  }

  [[nodiscard]] Result<bool> boolean() {
    ASSAY_TRY(const auto value, number<std::uint8_t>());
    if (value > 1)
      return fail(ErrorCode::kCorrupt, "gguf: {} is a bool with value {}, expected 0 or 1", subject, value);
    return value == 1;
  }

  [[nodiscard]] Result<std::string> string() {
    ASSAY_TRY(const auto length, number<std::uint64_t>());
    ASSAY_TRY(const auto raw, take(length));
    std::string text(reinterpret_cast<const char*>(raw.data()), raw.size());
    if (!is_utf8(text)) {
      return fail(ErrorCode::kCorrupt, "gguf: {} has a string that is not UTF-8: '{}'", subject,
                  printable(text));
    }
    return text;
  }

  // A key or the name of a tensor.
  [[nodiscard]] Result<std::string> name() {
    ASSAY_TRY(std::string text, string());
    if (text.empty() || text.size() > kLongestName) {
      return fail(ErrorCode::kCorrupt, "gguf: {} has a name of {} bytes, expected 1 to {}", subject,
                  text.size(), kLongestName);
    }
    return text;
  }

 private:
  std::span<const std::byte> bytes_;
  std::uint64_t position_ = 0;
};

// The type and the value of a metadata entry.
[[nodiscard]] Result<GgufValue> read_gguf_value(GgufCursor& cursor);

}  // namespace assay::values
