// SPDX-License-Identifier: Apache-2.0
#pragma once
// Student's t distribution, for means of a few fresh processes (measure/comparison_ratio.h). Source: the
// regularised incomplete beta function by its continued fraction, M. Abramowitz and I. A. Stegun, "Handbook
// of Mathematical Functions", 26.5.8 and 26.7.1. Accurate to about 1e-10. Not supported: degrees of freedom
// that are not whole.

namespace assay::measure {

// P(T > t) with `degrees` of freedom. Requires degrees >= 1. An infinite t gives 0 or 1.
[[nodiscard]] double student_upper_tail(double t, int degrees);

// The t with P(T > t) = tail. Requires degrees >= 1 and 0 < tail <= 1/2.
[[nodiscard]] double student_quantile(double tail, int degrees);

}  // namespace assay::measure
