// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is measured: an entry point with the values of its axes and the work that its author states for one
// call. Plain data; how it is run is measure/runner.h.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "assay/point.h"
#include "assay/work.h"

namespace assay::suite {

using assay::AxisValue;
using assay::Work;

struct Case {
  std::string entry;  // "smollm2-135m-instruct/decode"
  std::vector<AxisValue> axes;
  Work work;
  std::string formula;  // what is inside the time: "prompt ids in, first token id out; cache empty before"
  std::string unit_of_headline;  // "ttft" (time is the headline) or "decode" (items per second is)

  // "smollm2-135m-instruct/decode depth=512": unique within a run.
  [[nodiscard]] std::string id() const;
};

}  // namespace assay::suite
