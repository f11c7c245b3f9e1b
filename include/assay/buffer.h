// SPDX-License-Identifier: Apache-2.0
#pragma once
// The values that an entry works on. assay owns the memory: it fills inputs before the first call, guards
// both ends of every buffer, poisons outputs, puts `inout` buffers back between calls (untimed), and looks
// whether an `in` buffer was changed. Nothing but the element's natural alignment may be assumed.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "assay/dtype.h"
#include "assay/point.h"

namespace assay {

enum class Role : std::uint8_t { kIn, kOut, kInOut };

// What an input is filled with; the seed comes from the run's seed and the names of entry and buffer.
enum class Fill : std::uint8_t {
  kNormal,    // mean 0, variance 1
  kUniform,   // in [-1, 1); integers: any bits
  kSpread,    // normal values whose magnitude spans a few powers of ten, as activations do
  kWeights,   // normal with variance 0.02, as trained matrices look
  kPositive,  // uniform in [0.5, 1.5)
  kZeros,     // constant: a report says so where that changes the time (check `constant-data`)
};

// Fills a buffer by itself: `bytes` is the whole buffer, `seed` differs from buffer to buffer.
using Filler = std::function<void(std::span<std::byte> bytes, const Point& point, std::uint64_t seed)>;

struct BufferSpec {
  std::string name;  // "x"
  Role role = Role::kIn;
  DType dtype = DType::kF32;
  std::int64_t rows = 1;
  std::int64_t cols = 0;  // quantised types: a multiple of the block
  Fill fill = Fill::kNormal;
  Filler filler = {};  // instead of `fill`
};

struct Buffer {
  BufferSpec spec;
  std::span<std::byte> bytes;
  // The content as T, rows x cols, row-major. The caller knows the type.
  template <typename T>
  [[nodiscard]] std::span<T> as() const {
    return {reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
};
using Buffers = std::span<const Buffer>;  // in the order in which the entry declares them

}  // namespace assay
