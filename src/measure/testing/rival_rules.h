// SPDX-License-Identifier: Apache-2.0
#pragma once
// How two other tools decide that two programs differ, written from their documentation, to be run on the
// same scripted machine as assay's comparison.
#include "measure/testing/scripted_arms.h"

namespace assay::measure::testing {

enum class Rival { kGoogleBenchmark, kFuthark };

// True if the rule calls the arms different. The programs run one after the other, A first, each in one
// process, as both tools do it.
//   Google Benchmark: 10 repetitions, each the mean of the calls in 0.5 s; compare.py: two-sided Mann-Whitney
//   U test at 5 % (asymptotic with continuity correction, as SciPy does it for more than 8 values). Futhark:
//   at least 10 runs and 0.5 s; if these have not converged by its table of autocorrelation and relative
//   standard error, they are dropped, half as many are made anew, and half as many again at most once (its
//   limit of 300 s is compared with microseconds); different if the means lie further apart than half of the
//   sum of the standard deviations.
[[nodiscard]] bool rival_claims_difference(Rival rival, const ArmNoise& noise, double ratio,
                                           std::uint64_t seed);

// Futhark's 95 % interval of the mean of A's calls, after its stop rule. It is a bootstrap that takes the
// calls as independent; here the normal approximation that it comes to for hundreds of calls with symmetric
// noise.
[[nodiscard]] Interval futhark_interval(const ArmNoise& noise, std::uint64_t seed);

}  // namespace assay::measure::testing
