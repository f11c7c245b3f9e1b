// SPDX-License-Identifier: Apache-2.0
// States bytes that it does not read.
#include "cases/cases.h"
#include "cases/kernel.h"

namespace assay::cases {

void define_impossible(Suite& suite) {
  honest_kernel(suite, "impossible/lie");
  suite.entries.back().work([](const Point&) { return Work{.bytes_read = {std::int64_t{8} << 30}}; });
  honest_kernel(suite, "impossible/honest");
}

}  // namespace assay::cases
