// SPDX-License-Identifier: Apache-2.0
// Ends in its tenth call: by a signal, by exit, or by an exception. The honest one throws too, and catches.
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include "cases/cases.h"
#include "cases/kernel.h"

namespace assay::cases {

void define_crashed(Suite& suite) {
  const auto ends = [&](const char* name, void (*end)()) {
    kernel_entry(suite, name).variant("plain", [end](Call& call) {
      return [end, x = call.data<float>("x"), y = call.data<float>("y"), calls = 0]() mutable {
        twice_plus_one(x, y);
        if (++calls == 10) end();
      };
    });
  };
  ends("crashed/lie", [] { std::raise(SIGSEGV); });
  ends("crashed/lie-exits", [] { std::exit(0); });
  ends("crashed/lie-throws", [] { throw std::runtime_error("no more memory"); });
  ends("crashed/honest", [] {
    try {
      throw std::runtime_error("caught");
    } catch (const std::runtime_error&) {
    }
  });
}

}  // namespace assay::cases
