// SPDX-License-Identifier: Apache-2.0
#pragma once
// The values of an entry's axes for one case: {"rows", "576"}, {"type", "q4_1"}. Values are words; an axis
// whose values are whole numbers is read with [].
#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

struct AxisValue {
  std::string name;   // "prompt", "depth", "threads"
  std::string value;  // "128"
  friend bool operator==(const AxisValue&, const AxisValue&) = default;
};

class Point {
 public:
  Point() = default;
  explicit Point(std::vector<AxisValue> values) : values_(std::move(values)) {}

  [[nodiscard]] const std::vector<AxisValue>& values() const { return values_; }
  [[nodiscard]] bool has(std::string_view axis) const { return find(axis) != nullptr; }
  // Throws std::invalid_argument if there is no such axis.
  [[nodiscard]] const std::string& word(std::string_view axis) const {
    if (const AxisValue* found = find(axis)) return found->value;
    throw std::invalid_argument("no axis '" + std::string(axis) + "'");
  }
  // Throws std::invalid_argument if there is no such axis or its value is no whole number.
  [[nodiscard]] std::int64_t operator[](std::string_view axis) const {
    const std::string& text = word(axis);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) {
      throw std::invalid_argument("axis '" + std::string(axis) + "': '" + text + "' is no whole number");
    }
    return number;
  }

 private:
  [[nodiscard]] const AxisValue* find(std::string_view axis) const {
    for (const AxisValue& value : values_) {
      if (value.name == axis) return &value;
    }
    return nullptr;
  }

  std::vector<AxisValue> values_;
};

}  // namespace assay
