// SPDX-License-Identifier: Apache-2.0
#include "device/thread_pool.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <system_error>
#include <thread>
#include <vector>

#include "base/check.h"
#include "device/cpu_features.h"

namespace assay::device {
namespace {

using SpinClock = std::chrono::steady_clock;
constexpr std::chrono::nanoseconds kLongestSpin{50'000};  // then yield: another process may need this core
constexpr std::chrono::nanoseconds kShortestSpin{1'000};
constexpr std::chrono::nanoseconds kAwake{1'000'000};  // between calls: yield up to this long, then sleep
constexpr int kMaxThreads = 1024;

// How long this thread spins before it yields. Where a wait outlasts it, the others are not running beside
// this thread (they may even want this core), so the next wait spins half as long; a wait that is met in time
// doubles it again.
thread_local std::chrono::nanoseconds t_spin = kLongestSpin;

// Asks ready() until it is true or `limit` has passed, at first spinning (if there is a core for every
// thread), then yielding. Returns the last answer.
template <typename Ready>
bool wait_awake(Ready ready, bool may_spin, std::chrono::nanoseconds limit) {
  if (ready()) return true;
  const auto start = SpinClock::now();
  if (may_spin) {
    do {
      for (int i = 0; i < 32; ++i) {
        if (ready()) {
          t_spin = std::min(2 * t_spin, kLongestSpin);
          return true;
        }
        __builtin_ia32_pause();
      }
    } while (SpinClock::now() - start < t_spin);
    t_spin = std::max(t_spin / 2, kShortestSpin);
  }
  do {
    if (ready()) return true;
    sched_yield();
  } while (SpinClock::now() - start < limit);
  return ready();
}

std::vector<int> allowed_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cpus;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  return cpus;
}

// Best effort: a system that refuses leaves the thread where it is.
void bind_to(pthread_t thread, const std::vector<int>& cpus, int index) {
  if (cpus.empty()) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpus[static_cast<std::size_t>(index) % cpus.size()], &set);
  pthread_setaffinity_np(thread, sizeof set, &set);
}

}  // namespace

struct ThreadPool::State {
  // Counters only ever grow, so nothing has to be reset between calls. Each has a cache line of its own.
  alignas(64) std::atomic<std::uint32_t> calls{0};     // run()s begun, and one more to stop
  alignas(64) std::atomic<std::uint64_t> finished{0};  // bodies that workers have finished
  alignas(64) std::atomic<std::uint64_t> arrivals{0};  // calls of barrier() by all threads together
  alignas(64) const std::function<void(int)>* body = nullptr;
  bool stopping = false;
  bool may_spin = true;
  bool pinned = false;
  int size = 1;
  std::uint64_t runs = 0;
  pthread_t creator{};
  cpu_set_t creator_cpus{};
  std::vector<std::thread> workers;

  void work(int index) {
    std::uint32_t seen = 0;
    while (true) {
      const auto called = [&] { return calls.load(std::memory_order_acquire) != seen; };
      if (!wait_awake(called, may_spin, kAwake)) calls.wait(seen, std::memory_order_acquire);
      if (!called()) continue;
      ++seen;
      if (stopping) return;
      (*body)(index);
      finished.fetch_add(1, std::memory_order_release);
    }
  }

  void announce() {
    calls.fetch_add(1, std::memory_order_release);
    calls.notify_all();
  }

  void pin_all() {
    const std::vector<int> cpus = allowed_cpus();
    creator = pthread_self();
    pinned = pthread_getaffinity_np(creator, sizeof creator_cpus, &creator_cpus) == 0;
    bind_to(creator, cpus, 0);
    for (int i = 1; i < size; ++i) bind_to(workers[static_cast<std::size_t>(i - 1)].native_handle(), cpus, i);
  }

  ~State() {
    stopping = true;
    announce();
    for (std::thread& worker : workers) worker.join();
    if (pinned && pthread_equal(creator, pthread_self()) != 0)
      pthread_setaffinity_np(creator, sizeof creator_cpus, &creator_cpus);
  }
};

Result<std::unique_ptr<ThreadPool>> ThreadPool::create(Options options) {
  if (options.threads < 0 || options.threads > kMaxThreads)
    return fail(ErrorCode::kInvalidArgument, "threads: expected 0 (all CPUs) to {}, got {}", kMaxThreads,
                options.threads);
  auto state = std::make_unique<State>();
  const int cpus = cpu_features().logical_cpus;
  state->size = options.threads == 0 ? cpus : options.threads;
  state->may_spin = state->size <= cpus;
  for (int i = 1; i < state->size; ++i) {
    try {
      state->workers.emplace_back([s = state.get(), i] { s->work(i); });
    } catch (const std::system_error& error) {
      return fail(ErrorCode::kUnavailable, "threads: the system refused thread {} of {} ({}); ask for fewer",
                  i + 1, state->size, error.what());
    }
  }
  if (options.pin) state->pin_all();
  return std::unique_ptr<ThreadPool>(new ThreadPool(std::move(state)));
}

ThreadPool::ThreadPool(std::unique_ptr<State> state) : state_(std::move(state)) {}
ThreadPool::~ThreadPool() = default;

int ThreadPool::size() const { return state_->size; }

void ThreadPool::run(const std::function<void(int)>& body) {
  State& s = *state_;
  if (s.size == 1) return body(0);
  s.body = &body;
  s.announce();
  body(0);
  const std::uint64_t target = ++s.runs * static_cast<std::uint64_t>(s.size - 1);
  const auto all_done = [&] { return s.finished.load(std::memory_order_acquire) == target; };
  while (!wait_awake(all_done, s.may_spin, kAwake)) {
  }
}

void ThreadPool::barrier() {
  State& s = *state_;
  if (s.size == 1) return;
  const auto threads = static_cast<std::uint64_t>(s.size);
  // Nobody reaches the next round before all have arrived in this one, so the ticket names the round.
  const std::uint64_t ticket = s.arrivals.fetch_add(1, std::memory_order_acq_rel);
  const std::uint64_t round_end = (ticket / threads + 1) * threads;
  const auto all_here = [&] { return s.arrivals.load(std::memory_order_acquire) >= round_end; };
  while (!wait_awake(all_here, s.may_spin, kAwake)) {
  }
}

Range part_of(std::int64_t count, int index, int parts, std::int64_t grain) {
  ASSAY_CHECK(count >= 0 && parts > 0 && index >= 0 && index < parts && grain > 0,
              "part {} of {} of {} items by {}", index, parts, count, grain);
  const std::int64_t units = (count + grain - 1) / grain;
  const auto border = [&](std::int64_t i) { return std::min(count, units * i / parts * grain); };
  return {border(index), border(index + 1)};
}

}  // namespace assay::device
