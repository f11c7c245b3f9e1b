// SPDX-License-Identifier: Apache-2.0
// Leaves programs running beside it: two for each CPU. Its calls are longer than the scheduler's slices, so
// that each of them shares its CPU, and long enough for the system's counters, which step every 10 ms or so.
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <functional>
#include <thread>

#include "cases/cases.h"
#include "cases/kernel.h"

namespace assay::cases {
namespace {

constexpr std::chrono::milliseconds kCall{40};  // alone

void repeat(std::span<const float> x, std::span<float> y, std::int64_t times) {
  for (std::int64_t i = 0; i < times; ++i) {
    twice_plus_one(x, y);
    asm volatile("" : : : "memory");
  }
}

// So many fill a call.
std::int64_t times_in_call(std::span<const float> x, std::span<float> y) {
  constexpr std::int64_t kTried = 100;
  const auto begin = std::chrono::steady_clock::now();
  repeat(x, y, kTried);
  const auto spent = std::chrono::steady_clock::now() - begin;
  return std::max<std::int64_t>(1, kTried * kCall / std::max(spent, std::chrono::nanoseconds(1)));
}

void start_hog() {
  if (fork() != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  alarm(20);  // whatever happens
  for (;;) asm volatile("");
}

std::function<void()> long_call(Call& call, unsigned hogs) {
  const auto x = call.data<float>("x");
  const auto y = call.data<float>("y");
  const std::int64_t times = times_in_call(x, y);
  for (unsigned i = 0; i < hogs; ++i) start_hog();
  return [x, y, times] { repeat(x, y, times); };
}

}  // namespace

void define_contended(Suite& suite) {
  kernel_entry(suite, "contended/lie").variant("plain", [](Call& call) {
    return long_call(call, 2 * std::thread::hardware_concurrency());
  });
  kernel_entry(suite, "contended/honest").variant("plain", [](Call& call) { return long_call(call, 0); });
}

}  // namespace assay::cases
