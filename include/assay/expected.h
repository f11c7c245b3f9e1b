// SPDX-License-Identifier: Apache-2.0
#pragma once
// What an output should hold, and how near to it an honest implementation must come.
#include <cstdint>
#include <limits>
#include <vector>

namespace assay {

// As Expected::values: "this element must be left as it was found".
inline constexpr double kUntouched = std::numeric_limits<double>::quiet_NaN();

// One output (or the output side of an `inout`), row-major. A large output may be checked at some of its
// elements: `at` then names them, and every other element must at least have been written (it may not hold
// the poison that was there before the call).
struct Expected {
  std::vector<double> values;
  std::vector<double> term_rms;       // empty: 0 everywhere, so only eps_out and absolute count
  std::vector<std::int64_t> at = {};  // flat indices of `values`, rising; empty: every element, in order
};

// An output y passes where
//   |y - ref| <= eps_out |ref| + k eps_acc sqrt(n) s + absolute,
// with s the root mean square of the n terms that the output is the sum of (Expected::term_rms). The first
// part is the rounding of the result to its type, the second the random walk of n roundings in the
// accumulator.
struct Tolerance {
  double eps_out = 0x1p-23;  // two roundings to float
  double eps_acc = 0x1p-24;  // the accumulator's unit roundoff
  double k = 4;              // at most 4 unless derived
  double n = 0;
  double absolute = 0;
};

}  // namespace assay
