// SPDX-License-Identifier: Apache-2.0
#pragma once
// Is an output as near to its reference as its arithmetic allows? An output y that sums n terms of root mean
// square s may differ from its reference by
//   eps_out * |reference| + k * eps_acc * sqrt(n) * s:
// the first part is the rounding of the result to its type, the second the random walk of the rounding of n
// additions in the accumulation type. A missing last term differs by about s, far more than the bound.
// Not supported: a bound for chains of operations; such a case states its own k and says why.
#include <cstddef>
#include <span>
#include <string>

#include "values/dtype.h"

namespace assay::values {

// Half a unit in the last place, relative: 2^-24 for f32, 2^-11 for f16, 2^-8 for bf16, 2^-53 for f64.
// Requires one of these types.
[[nodiscard]] double rounding_unit(DType type);

struct Tolerance {
  double eps_out = 0;   // rounding_unit of the output's type
  double eps_acc = 0;   // rounding_unit of the accumulation's type
  double terms = 0;     // n
  double term_rms = 0;  // s
  double k = 4;         // at most 4 unless derived

  // The difference that is allowed at this reference value.
  [[nodiscard]] double allowed(double reference) const;
};

struct Comparison {
  bool passed = true;
  // The greatest |got - expected| / allowed; at most 1 if passed; infinite for a NaN or infinity on one side
  // only, and for any difference where none is allowed.
  double worst = 0;
  std::size_t index = 0;  // where the worst is, the first of equals
  double got = 0;
  double expected = 0;
  double allowed = 0;

  // "worst error is 3.2 tolerances at 17: got 0.5, expected 0.25, allowed 0.078".
  [[nodiscard]] std::string to_string() const;
};

// Compares element by element. A NaN where the reference has none (or the other way round) fails before all
// else; NaN against NaN and equal infinities agree. Requires equal sizes; empty spans pass.
[[nodiscard]] Comparison compare(std::span<const float> got, std::span<const double> reference,
                                 const Tolerance& tolerance);
// The same with a root mean square of its own for every element, which takes the place of tolerance.term_rms.
[[nodiscard]] Comparison compare(std::span<const float> got, std::span<const double> reference,
                                 std::span<const double> term_rms, const Tolerance& tolerance);

}  // namespace assay::values
