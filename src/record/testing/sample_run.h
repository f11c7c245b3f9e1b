// SPDX-License-Identifier: Apache-2.0
#pragma once
// Made-up runs for the tests of record/ and report/. The figures are of the size that a small language model
// has on two CPU cores, but nobody measured them.
#include <cstdint>

#include "record/measurement.h"

namespace assay::record::testing {

// Eight measurements, four of prefill and four of decode. Two are qualified (`imprecise`; `contended` and
// `drifting`), one is rejected (`wrong-output`); it lacks what a small machine cannot tell (governor, steal).
// Complete.
[[nodiscard]] Run sample_run();

// The same with all eight trusted.
[[nodiscard]] Run trusted_run();

// Every member set to something unlikely to survive a careless writer: extreme integers, awkward doubles,
// text with quotes, line breaks, NUL and four-byte characters; absent optionals; all verdicts. The same for
// the same seed.
[[nodiscard]] Run random_run(std::uint64_t seed);

}  // namespace assay::record::testing
