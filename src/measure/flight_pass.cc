// SPDX-License-Identifier: Apache-2.0
#include "measure/flight_pass.h"

#include <time.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "measure/process_counters.h"

namespace assay::measure {
namespace {

constexpr int kCalls = 3;
constexpr std::int64_t kGrace_ns = 2'000'000;
constexpr std::int64_t kShortestPause_ns = 5'000'000;
constexpr std::int64_t kLongestPause_ns = 50'000'000;

void pause(std::int64_t ns) {
  const timespec time{ns / 1'000'000'000, ns % 1'000'000'000};
  nanosleep(&time, nullptr);
}

std::int64_t other_threads_ns() { return process_cpu_ns() - thread_cpu_ns(); }

class OutputCopy {
 public:
  explicit OutputCopy(std::vector<std::span<const std::byte>> outputs) : outputs_(std::move(outputs)) {
    std::size_t bytes = 0;
    for (const auto& output : outputs_) bytes += output.size();
    copy_.resize(bytes);
  }
  void take() {
    std::byte* to = copy_.data();
    for (const auto& output : outputs_) to = std::copy(output.begin(), output.end(), to);
  }
  [[nodiscard]] bool differs() const {
    const std::byte* from = copy_.data();
    for (const auto& output : outputs_) {
      if (!output.empty() && std::memcmp(output.data(), from, output.size()) != 0) return true;
      from += output.size();
    }
    return false;
  }
  [[nodiscard]] bool empty() const { return copy_.empty(); }

 private:
  std::vector<std::span<const std::byte>> outputs_;
  std::vector<std::byte> copy_;
};

}  // namespace

Result<FlightEvidence> flight_pass(Runner& runner, Clock& clock) {
  FlightEvidence evidence;
  OutputCopy copy(runner.outputs());
  if (!copy.empty()) evidence.outputs_changed_after = false;
  for (int i = 0; i < kCalls; ++i) {
    ASSAY_TRY_VOID(runner.restore());
    runner.poison();
    const std::int64_t begin_ns = clock.now_ns();
    ASSAY_TRY_VOID(runner.call());
    copy.take();
    const std::int64_t call_ns = clock.now_ns() - begin_ns;

    pause(kGrace_ns);
    const std::int64_t busy_begin_ns = other_threads_ns();
    const std::int64_t pause_begin_ns = clock.now_ns();
    pause(std::clamp(call_ns, kShortestPause_ns, kLongestPause_ns));
    const std::int64_t paused_ns = clock.now_ns() - pause_begin_ns;
    if (paused_ns > 0) {
      const double share =
          static_cast<double>(other_threads_ns() - busy_begin_ns) / static_cast<double>(paused_ns);
      evidence.busy_after_share = std::max(std::min(evidence.busy_after_share.value_or(share), share), 0.0);
    }
    if (!copy.empty() && copy.differs()) evidence.outputs_changed_after = true;
  }
  return evidence;
}

}  // namespace assay::measure
