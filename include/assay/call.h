// SPDX-License-Identifier: Apache-2.0
#pragma once
// One call of an entry: the point of its axes and the buffers that it works on.
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "assay/buffer.h"
#include "assay/point.h"

namespace assay {

class Call {
 public:
  Call(const Point& point, Buffers buffers, void* stream = nullptr)
      : point_(point), buffers_(buffers), stream_(stream) {}

  [[nodiscard]] const Point& point() const { return point_; }
  [[nodiscard]] Buffers buffers() const { return buffers_; }
  // The value of an axis that counts something.
  [[nodiscard]] std::int64_t operator[](std::string_view axis) const { return point_[axis]; }
  // Throws std::invalid_argument if the entry declares no such buffer.
  [[nodiscard]] const Buffer& buffer(std::string_view name) const {
    for (const Buffer& candidate : buffers_) {
      if (candidate.spec.name == name) return candidate;
    }
    throw std::invalid_argument("no buffer '" + std::string(name) + "'");
  }
  // The buffer's elements; T must be its type.
  template <typename T>
  [[nodiscard]] std::span<T> data(std::string_view name) const {
    return buffer(name).as<T>();
  }

  // Of a variant on a CUDA device: the cudaStream_t to enqueue the work on. Buffers then point to device
  // memory.
  [[nodiscard]] void* stream() const { return stream_; }

  // Says what ran, where that may differ from the variant that was asked for: a library's own choice, a
  // fallback. Cheap enough for the timed region if the text is a literal.
  void ran(std::string_view what) { ran_ = what; }
  [[nodiscard]] std::string_view what_ran() const { return ran_; }

 private:
  const Point& point_;
  Buffers buffers_;
  void* stream_;
  std::string_view ran_;  // points to what the caller gave
};

}  // namespace assay
