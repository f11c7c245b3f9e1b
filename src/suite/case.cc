// SPDX-License-Identifier: Apache-2.0
#include "suite/case.h"

namespace assay::suite {

std::string Case::id() const {
  std::string id = entry;
  for (const AxisValue& axis : axes) id += " " + axis.name + "=" + axis.value;
  return id;
}

}  // namespace assay::suite
