// SPDX-License-Identifier: Apache-2.0
// Part of the room, not of assay_hooks: finds the counters if an executable linked them.
#include "measure/hooks/hooks.h"

extern "C" __attribute__((weak)) assay::measure::HookCounters* assay_hooks();

namespace assay::measure {

HookCounters* hooks() { return assay_hooks != nullptr ? assay_hooks() : nullptr; }

}  // namespace assay::measure
