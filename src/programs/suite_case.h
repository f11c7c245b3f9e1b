// SPDX-License-Identifier: Apache-2.0
#pragma once
// One case of a suite made ready to be called: its buffers between guard bands, filled; its reference
// computed; its variant bound. What happens around a call:
//   restore  puts back inouts, calls before_each_call, makes the buffers cold if the regime is cold
//   poison   fills outputs with what no right call leaves, and looks whether inouts were put back
//   check    looks at guard bands, inputs and outputs
// A write into an `in` buffer is noticed once; from then on the buffer is put back before every call, so
// that the calls stay comparable. Calls follow each other in one region (mode back_to_back) unless something
// has to happen between them: an inout, before_each_call, a cold cache.
// Variants on a CUDA device are measured by a measure::DeviceRunner (cuda_case.h).
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "measure/runner.h"
#include "suite/answer.h"
#include "suite/expand.h"
#include "suite/fill.h"

namespace assay::programs {

// What has run, shared with the program that made the runner.
using RanNames = std::shared_ptr<std::vector<std::string>>;

// What all variants of an entry share at one point: the buffers, what they hold at first, and the right
// answer.
struct CaseData {
  std::string key;  // "rmsnorm.cuda type=bf16 rows=1", seed included
  std::vector<BufferSpec> specs;
  suite::Contents before;
  std::optional<suite::Answer> answer;
  std::string input_digest;
  std::optional<double> constant_share;  // of the input bytes
  std::vector<std::size_t> constant;     // inputs that are mostly one number (programs/input_data.h)
  // Whether the checker has refused a corrupted copy of an output that it took for right: known once one
  // variant was checked.
  mutable bool checker_can_fail = false;
};
using SharedCaseData = std::shared_ptr<const CaseData>;

// `wanted` and its suite must outlive the runner. `seed` decides the inputs. Names of what ran are added to
// `ran`. `last` is used if it is the data of this point, and is set to it: filling and answering a large case
// takes longer than measuring it.
// Errors: kUnavailable if the buffers do not fit into this machine's memory; kInvalidArgument if the variant
// throws while it is bound or gives no function, or a filler or the reference throws. An exception of a call,
// or of before_each_call, passes through.
[[nodiscard]] Result<std::unique_ptr<measure::Runner>> make_suite_runner(const suite::EntryCase& wanted,
                                                                         std::uint64_t seed, RanNames ran,
                                                                         SharedCaseData* last = nullptr);

}  // namespace assay::programs
