// SPDX-License-Identifier: Apache-2.0
#pragma once
// What buffers hold before the first call. Equal seeds give equal bytes on every machine, and the seed of a
// buffer depends on the names of entry and buffer only: all variants of an entry, and all points at which
// the buffer has the same shape, work on the same values.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "assay/entry.h"

namespace assay::suite {

// Of each buffer of a case, in the order of the entry.
using Contents = std::vector<std::vector<std::byte>>;

[[nodiscard]] std::uint64_t seed_of(std::uint64_t run_seed, std::string_view entry, std::string_view buffer);

// A prime: what lies beyond so many elements of a plain type repeats the first, so that half a gigabyte is
// filled at the speed of memory, and no power of two or row of a usual width meets the same values again.
inline constexpr std::int64_t kFillPeriod = 4'194'301;

// The part of a filled buffer that does not repeat an earlier one.
[[nodiscard]] std::span<const std::byte> without_repetition(const BufferSpec& spec,
                                                            std::span<const std::byte> bytes);

// Fills a whole buffer of spec's shape as spec.fill or spec.filler says. Floats and quantised types are
// drawn as numbers; integers are random bits unless kZeros, bools 0 or 1 with equal chance. Throws what a
// filler of the author throws.
void fill(const BufferSpec& spec, const Point& point, std::uint64_t seed, std::span<std::byte> bytes);

// Outputs hold poison_byte() of their type. Requires a valid point (suite/validate.h). Throws as fill() and
// std::bad_alloc.
[[nodiscard]] Contents contents_before(const Entry& entry, const Point& point,
                                       const std::vector<BufferSpec>& specs, std::uint64_t run_seed);

// Outputs are full of this before a call: a NaN in every floating type, and for integers a value that is not
// -1 or the greatest, which right results often are.
[[nodiscard]] std::byte poison_byte(DType type);

}  // namespace assay::suite
