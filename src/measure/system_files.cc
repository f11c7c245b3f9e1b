// SPDX-License-Identifier: Apache-2.0
#include "measure/system_files.h"

#include <fstream>
#include <iterator>

namespace assay::measure {

std::string read_system_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace assay::measure
