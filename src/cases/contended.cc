// SPDX-License-Identifier: Apache-2.0
// Leaves programs running beside it: two for each CPU. Its calls are long enough for the system's counters,
// which step every 10 ms or so, to see them.
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "cases/cases.h"
#include "cases/kernel.h"

namespace assay::cases {
namespace {

void many_times(std::span<const float> x, std::span<float> y) {
  for (int i = 0; i < 1000; ++i) {
    twice_plus_one(x, y);
    asm volatile("" : : : "memory");
  }
}

void start_hog() {
  if (fork() != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  alarm(20);  // whatever happens
  for (;;) asm volatile("");
}

}  // namespace

void define_contended(Suite& suite) {
  kernel_entry(suite, "contended/lie").variant("plain", [](Call& call) {
    for (unsigned i = 0; i < 2 * std::thread::hardware_concurrency(); ++i) start_hog();
    return [x = call.data<float>("x"), y = call.data<float>("y")] { many_times(x, y); };
  });
  kernel_entry(suite, "contended/honest").variant("plain", [](Call& call) {
    return [x = call.data<float>("x"), y = call.data<float>("y")] { many_times(x, y); };
  });
}

}  // namespace assay::cases
