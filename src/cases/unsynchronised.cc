// SPDX-License-Identifier: Apache-2.0
// Hands its work to a thread and returns; the next call waits for it, as a queue would.
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "cases/cases.h"
#include "cases/kernel.h"

namespace assay::cases {
namespace {

constexpr int kRepetitions = 50;  // long enough to be seen at work

void work(std::span<const float> x, std::span<float> y) {
  for (int i = 0; i < kRepetitions; ++i) {
    twice_plus_one(x, y);
    asm volatile("" : : : "memory");
  }
}

// One thread that does one job at a time.
class Queue {
 public:
  explicit Queue(std::function<void()> job) : job_(std::move(job)), thread_([this] { serve(); }) {}
  ~Queue() {
    {
      const std::lock_guard lock(mutex_);
      is_over_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  void submit() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !has_job_; });
    has_job_ = true;
    changed_.notify_all();
  }

 private:
  void serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return has_job_ || is_over_; });
      if (!has_job_) return;
      lock.unlock();
      job_();
      lock.lock();
      has_job_ = false;
      changed_.notify_all();
    }
  }

  std::function<void()> job_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool has_job_ = false;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace

void define_unsynchronised(Suite& suite) {
  kernel_entry(suite, "unsynchronised/lie").variant("queue", [](Call& call) {
    const auto x = call.data<float>("x");
    const auto y = call.data<float>("y");
    return [queue = std::make_shared<Queue>([x, y] { work(x, y); })] { queue->submit(); };
  });
  kernel_entry(suite, "unsynchronised/honest").variant("plain", [](Call& call) {
    return [x = call.data<float>("x"), y = call.data<float>("y")] { work(x, y); };
  });
}

}  // namespace assay::cases
