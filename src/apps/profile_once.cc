// SPDX-License-Identifier: Apache-2.0
#include "apps/profile_once.h"

#include "apps/bench_selection.h"

// By this name profilers find the call. Not inlined, and exported, so that the name survives.
extern "C" __attribute__((noinline, used, visibility("default"))) void assay_profile_region(
    assay::measure::Runner& runner, assay::Result<void>& result) {
  result = runner.call();
}

namespace assay::apps {

Result<void> profile_once(const programs::IsolatedBench::Open& open, const std::string& name) {
  try {
    ASSAY_TRY(const auto program, open());
    ASSAY_TRY(const std::size_t index, only_case(program->cases(), name));
    ASSAY_TRY(const auto runner, program->make_runner(program->cases()[index]));
    ASSAY_TRY_VOID(runner->restore());
    ASSAY_TRY_VOID(runner->call());
    ASSAY_TRY_VOID(runner->restore());
    Result<void> result;
    assay_profile_region(*runner, result);
    return result;
  } catch (const std::exception& thrown) {
    return fail(ErrorCode::kInvalidArgument, "--profile-once: the case threw an exception: {}",
                thrown.what());
  }
}

}  // namespace assay::apps
