// SPDX-License-Identifier: Apache-2.0
#pragma once
// The program that most lies are told about: y = 2 x + 1. Long enough to be timed by itself, short enough to
// be called a thousand times in half a second.
#include <cstdint>
#include <span>
#include <string>

#include "assay/assay.h"

namespace assay::cases {

inline constexpr std::int64_t kSize = 16'384;

inline void twice_plus_one(std::span<const float> x, std::span<float> y) {
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = 2 * x[i] + 1;
}

// `in` x, `out` y of kSize floats, the stated work and the reference. The caller adds a variant.
inline Entry& kernel_entry(Suite& suite, std::string name, Fill fill = Fill::kNormal) {
  return suite.entry(std::move(name))
      .in("x", DType::kF32, {kSize}, fill)
      .out("y", DType::kF32, {kSize})
      .work([](const Point&) {
        return Work{.bytes_read = {4 * kSize}, .bytes_written = {4 * kSize}, .flops = {2 * kSize}};
      })
      .reference([](Call& call) { twice_plus_one(call.data<float>("x"), call.data<float>("y")); });
}

// The whole entry with nothing to hide.
inline void honest_kernel(Suite& suite, std::string name) {
  kernel_entry(suite, std::move(name)).variant("plain", [](Call& call) {
    return [x = call.data<float>("x"), y = call.data<float>("y")] { twice_plus_one(x, y); };
  });
}

}  // namespace assay::cases
