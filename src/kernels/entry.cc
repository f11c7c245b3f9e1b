// SPDX-License-Identifier: Apache-2.0
#include "kernels/entry.h"

#include <fmt/format.h>

namespace assay::kernels {

Point point_of(std::initializer_list<std::pair<const char*, std::int64_t>> values) {
  std::vector<AxisValue> axes;
  for (const auto& [name, value] : values) axes.push_back({name, std::to_string(value)});
  return Point(std::move(axes));
}

std::function<std::string()> needs(device::Isa isa) {
  return [isa]() -> std::string {
    return device::is_available(isa) ? "" : fmt::format("needs {}", device::isa_name(isa));
  };
}

}  // namespace assay::kernels
