// SPDX-License-Identifier: Apache-2.0
#pragma once
// A pool of threads that run the same function at once, and a barrier for the phases inside it. Made for work
// of a few hundred microseconds between calls, thousands of barriers a second, on machines where another
// process may take a core: waiting threads spin at most 50 us, then yield to the scheduler, and sleep between
// calls. Not supported: nested run(), tasks of different kinds, work stealing.
#include <cstdint>
#include <functional>
#include <memory>

#include "base/result.h"

namespace assay::device {

class ThreadPool {
 public:
  struct Options {
    int threads = 0;   // 0: one for each CPU that the process may use; the calling thread is one of them
    bool pin = false;  // bind thread i to the i-th allowed CPU
  };
  // Errors: kInvalidArgument for a negative number or more than 1024; kUnavailable if a thread cannot be
  // created.
  [[nodiscard]] static Result<std::unique_ptr<ThreadPool>> create(Options options);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  [[nodiscard]] int size() const;

  // Runs body(index) for index 0 .. size()-1, each on its own thread, index 0 on the caller's; returns when
  // all have. One caller at a time. The body must not throw.
  void run(const std::function<void(int index)>& body);

  // Inside body: waits until every thread of the pool has called it as often as this one. What a thread wrote
  // before the barrier is visible to all after it.
  void barrier();

 private:
  struct State;
  explicit ThreadPool(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The half-open part of [0, count) that belongs to `index` of `parts`, in multiples of `grain` (the last
// takes the rest).
struct Range {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  [[nodiscard]] std::int64_t size() const { return end - begin; }
};
[[nodiscard]] Range part_of(std::int64_t count, int index, int parts, std::int64_t grain = 1);

}  // namespace assay::device
