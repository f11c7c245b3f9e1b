// SPDX-License-Identifier: Apache-2.0
// Warns once, where nobody reads it. The honest one reports what is well.
#include <cstdio>

#include "cases/cases.h"
#include "cases/kernel.h"

namespace assay::cases {
namespace {

void says(Suite& suite, const char* name, const char* text) {
  kernel_entry(suite, name).variant("plain", [text](Call& call) {
    std::fputs(text, stderr);
    return [x = call.data<float>("x"), y = call.data<float>("y")] { twice_plus_one(x, y); };
  });
}

}  // namespace

void define_log_warnings(Suite& suite) {
  says(suite, "log-warnings/lie", "warning: no vector unit found, using the slow path\n");
  says(suite, "log-warnings/honest", "vector unit found\n");
}

}  // namespace assay::cases
