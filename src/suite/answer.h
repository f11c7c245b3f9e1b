// SPDX-License-Identifier: Apache-2.0
#pragma once
// The right outputs of a case by the entry's reference, and whether given outputs are as near to them as the
// entry's tolerance asks. Every element is compared (or those that Expected::at names; the others must have
// been written); NaN fails before any tolerance.
//   floating types  |got - expected| <= eps_out |expected| + k eps_acc sqrt(n) s + absolute
//   integers, bool  |got - expected| <= absolute: an integer has no rounding
// s comes with each Expected. For a reference that is an implementation, s is the root mean square of the
// output that it wrote: its terms are not known. Not supported: outputs of quantised types, integers of
// `expected` beyond 2^53.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "assay/entry.h"
#include "base/result.h"
#include "suite/fill.h"
#include "suite/guarded_buffers.h"

namespace assay::suite {

struct Answer {
  std::vector<Expected> outputs;  // of each out and inout buffer, in order
  Contents bytes;                 // the same as written by an implementation; empty if `expected` gave them
  Tolerance tolerance;
};

// Nothing if the entry has no reference. `before` as from contents_before().
// Errors: kInvalidArgument if the reference throws or gives another number of outputs or values than the
// buffers have.
[[nodiscard]] Result<std::optional<Answer>> answer_of(const Entry& entry, const Point& point,
                                                      const std::vector<BufferSpec>& specs,
                                                      const Contents& before, bool omit_last_term = false);

struct Comparison {
  double worst = 0;   // in units of the tolerance: > 1 is wrong; infinite where no error is allowed
  std::string place;  // of the worst if it is wrong: "y[0, 2]: expected 3, got 4, off by 1, allowed 1e-06"
  double squared_error = 0, squared_expected = 0;  // sums over the elements that count
  std::int64_t elements = 0;                       // that are expected to be written
};

// Compares one buffer's content with output number `output` of the answer. `before`: what the buffer held
// when the call began, for elements that must be untouched.
[[nodiscard]] Comparison compare_output(const BufferSpec& spec, std::span<const std::byte> got,
                                        std::span<const std::byte> before, const Answer& answer,
                                        std::size_t output);

// The first wrong output of all, or "".
[[nodiscard]] std::string first_wrong_output(const GuardedBuffers& buffers, const Answer& answer);

// Distance of two contents of one output in units of the tolerance, as compare_output would judge the second
// if the first were right. Without an answer the default tolerance of floats counts, and equality of
// integers.
[[nodiscard]] Comparison compare_contents(const BufferSpec& spec, std::span<const std::byte> first,
                                          std::span<const std::byte> second, const Answer* answer,
                                          std::size_t output);

// Changes one element of an output so that no honest tolerance accepts it: turns the sign (the uppermost
// bit) of the one with the greatest magnitude, of those at `at` if any are named. Does nothing to an empty
// buffer.
void corrupt(const BufferSpec& spec, std::span<std::byte> bytes, std::span<const std::int64_t> at = {});

}  // namespace assay::suite
