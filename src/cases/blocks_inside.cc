// SPDX-License-Identifier: Apache-2.0
// Waits, prints, or starts another process, beside its work.
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>

#include "cases/cases.h"
#include "cases/kernel.h"

namespace assay::cases {
namespace {

void sleep_100_us() {
  const timespec time{0, 100'000};
  nanosleep(&time, nullptr);
}

void run_a_process() {
  char name[] = "true";
  char* const arguments[] = {name, nullptr};
  pid_t child = 0;
  if (posix_spawnp(&child, name, nullptr, nullptr, arguments, environ) != 0)
    throw std::runtime_error("there is no program 'true'");
  waitpid(child, nullptr, 0);
}

}  // namespace

void define_blocks_inside(Suite& suite) {
  const auto blocking = [&](const char* name, void (*block)()) {
    kernel_entry(suite, name).variant("plain", [block](Call& call) {
      return [block, x = call.data<float>("x"), y = call.data<float>("y")] {
        twice_plus_one(x, y);
        block();
      };
    });
  };
  blocking("blocks-inside/lie", sleep_100_us);
  blocking("blocks-inside/lie-prints", [] { std::puts("step done"); });
  blocking("blocks-inside/lie-forks", run_a_process);
  blocking("blocks-inside/honest", [] {});
}

}  // namespace assay::cases
