// SPDX-License-Identifier: Apache-2.0
#pragma once
// What one call must do at least, as its author states it. Percentages of limits and the check `impossible`
// rest on it: state what cannot be avoided, not what an implementation happens to do.
#include <cstdint>
#include <string>

#include "assay/units.h"

namespace assay {

struct Work {
  Bytes bytes_read = {};
  Bytes bytes_written = {};
  Flops flops = {};
  std::int64_t items = 0;      // things that a call makes, 0 if nothing is counted
  std::string item_name = {};  // "token"
};

}  // namespace assay
