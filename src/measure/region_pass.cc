// SPDX-License-Identifier: Apache-2.0
#include "measure/region_pass.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "base/check.h"
#include "measure/hooks/hooks.h"
#include "measure/process_counters.h"

namespace assay::measure {
namespace {

constexpr std::int64_t kMinCalls = 3;

// Counters at one moment. What is read last before a call is read first after it, so that no reading is
// inside another's difference but that of the I/O counter, whose cost is known.
struct Moment {
  std::optional<std::int64_t> io_calls;
  std::optional<std::int64_t> printed;
  std::int64_t libraries = 0;
  std::optional<ThreadCounters> thread;
  std::int64_t cpu_ns = 0;
  std::int64_t wall_ns = 0;
};

class RegionPass {
 public:
  RegionPass(Runner& runner, Clock& clock) : runner_(runner), clock_(clock), hooks_(hooks()) {}

  Result<RegionEvidence> run(const RegionPassOptions& options) {
    const std::int64_t end_ns = clock_.now_ns() + options.budget_ns;
    ASSAY_TRY_VOID(counted_call());  // touches the memory of the counting itself
    evidence_ = {};
    wall_ns_ = 0;
    waiting_shares_.clear();
    reset_hooks();
    while (evidence_.calls < options.calls && (evidence_.calls < kMinCalls || clock_.now_ns() < end_ns)) {
      ASSAY_TRY_VOID(counted_call());
    }
    add_hook_counts();
    if (!waiting_shares_.empty()) {
      // Of most calls: others may have had the CPU during some.
      const auto quarter = waiting_shares_.begin() + static_cast<std::ptrdiff_t>(waiting_shares_.size() / 4);
      std::nth_element(waiting_shares_.begin(), quarter, waiting_shares_.end());
      evidence_.waiting_share = *quarter;
    }
    return evidence_;
  }

 private:
  Result<void> counted_call() {
    ASSAY_TRY_VOID(runner_.restore());
    std::fflush(nullptr);
    (void)children_.take();
    const Moment before = before_call();
    if (hooks_ != nullptr) hooks_->armed = true;
    const Result<void> called = runner_.call();
    if (hooks_ != nullptr) hooks_->armed = false;
    const Moment after = after_call();
    if (!called) return tl::unexpected(called.error());
    add(before, after);
    return {};
  }

  Moment before_call() {
    Moment moment;
    moment.printed = printed_bytes();
    moment.io_calls = io_.read();
    moment.libraries = libraries_loaded();
    moment.thread = read_thread_counters();
    moment.cpu_ns = process_cpu_ns();
    moment.wall_ns = clock_.now_ns();
    return moment;
  }

  Moment after_call() {
    Moment moment;
    moment.wall_ns = clock_.now_ns();
    moment.cpu_ns = process_cpu_ns();
    moment.thread = read_thread_counters();
    moment.libraries = libraries_loaded();
    moment.io_calls = io_.read();
    std::fflush(nullptr);  // what the call printed may wait in a buffer
    moment.printed = printed_bytes();
    return moment;
  }

  void add(const Moment& before, const Moment& after) {
    const auto add_to = [](std::optional<std::int64_t>& sum, std::int64_t value) {
      sum = sum.value_or(0) + std::max<std::int64_t>(value, 0);
    };
    RegionEvidence& e = evidence_;
    e.calls += 1;
    if (before.io_calls && after.io_calls)
      add_to(e.io_calls, *after.io_calls - *before.io_calls - io_.own_cost());
    if (before.printed && after.printed) {
      // Whoever reads the file may have thrown its content away meanwhile.
      const bool grew = *after.printed >= *before.printed;
      add_to(e.output_bytes, grew ? *after.printed - *before.printed : *after.printed);
    }
    if (before.thread && after.thread) {
      add_to(e.page_faults, after.thread->page_faults - before.thread->page_faults);
      add_to(e.voluntary_switches, after.thread->voluntary_switches - before.thread->voluntary_switches);
    }
    add_to(e.libraries_loaded, after.libraries - before.libraries);
    add_to(e.children, children_.take());
    const std::int64_t wall_ns = after.wall_ns - before.wall_ns;
    wall_ns_ += wall_ns;
    if (wall_ns > 0) {
      const double ran = static_cast<double>(after.cpu_ns - before.cpu_ns) / static_cast<double>(wall_ns);
      waiting_shares_.push_back(std::max(1 - ran, 0.0));
    }
  }

  void reset_hooks() {
    if (hooks_ == nullptr) return;
    for (auto* counter : {&hooks_->allocations, &hooks_->allocated_bytes, &hooks_->frees, &hooks_->time_ns,
                          &hooks_->executable_mappings})
      *counter = 0;
  }

  void add_hook_counts() {
    if (hooks_ == nullptr) return;
    const std::int64_t allocations = hooks_->allocations;
    const std::int64_t frees = hooks_->frees;
    evidence_.allocations = std::max(allocations, frees);
    evidence_.allocated_bytes = hooks_->allocated_bytes;
    evidence_.executable_mappings = hooks_->executable_mappings;
    const double readings_ns = clock_cost_ns() * static_cast<double>(allocations + frees);
    if (wall_ns_ > 0) {
      evidence_.allocation_share = std::clamp(
          (static_cast<double>(hooks_->time_ns) - readings_ns) / static_cast<double>(wall_ns_), 0.0, 1.0);
    }
  }

  // What each measured request contains of the readings around it.
  double clock_cost_ns() {
    constexpr int kReadings = 100;
    const std::int64_t begin_ns = clock_.now_ns();
    for (int i = 1; i < kReadings; ++i) (void)clock_.now_ns();
    return static_cast<double>(clock_.now_ns() - begin_ns) / kReadings;
  }

  Runner& runner_;
  Clock& clock_;
  HookCounters* hooks_;
  IoCounter io_;
  ChildCounter children_;
  RegionEvidence evidence_;
  std::vector<double> waiting_shares_;
  std::int64_t wall_ns_ = 0;
};

}  // namespace

Result<RegionEvidence> region_pass(Runner& runner, Clock& clock, const RegionPassOptions& options) {
  ASSAY_CHECK(options.calls >= kMinCalls, "{} calls", options.calls);
  return RegionPass(runner, clock).run(options);
}

}  // namespace assay::measure
