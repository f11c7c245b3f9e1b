// SPDX-License-Identifier: Apache-2.0
#include "measure/flight_pass.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "measure/runner.h"

namespace assay::measure {
namespace {

// Writes its output, and leaves a thread behind that does not stop to do so if `unsynchronised`.
class Writer final : public Runner {
 public:
  explicit Writer(bool unsynchronised) : unsynchronised_(unsynchronised) {}
  ~Writer() override { join(); }

  Result<void> restore() override {
    join();
    return {};
  }
  Result<void> call() override {
    output_ = 1;
    if (!unsynchronised_) return {};
    stop_ = false;
    thread_ = std::thread([this] {
      while (!stop_) output_ += 1;
    });
    while (output_ == 1) std::this_thread::yield();
    return {};
  }
  void poison() override { output_ = 0; }
  [[nodiscard]] std::vector<std::span<const std::byte>> outputs() const override {
    return {std::as_bytes(std::span(&output_, 1))};
  }

 private:
  void join() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }

  bool unsynchronised_;
  std::atomic<bool> stop_{true};
  std::atomic<std::int64_t> output_{0};
  std::thread thread_;
};

TEST(FlightPass, SeesOutputsThatChangeAfterTheCall) {
  SteadyClock clock;
  Writer runner(true);
  const auto evidence = flight_pass(runner, clock);
  ASSERT_TRUE(evidence);
  EXPECT_EQ(evidence->outputs_changed_after, true);
}

TEST(FlightPass, SeesNothingAfterACallThatEnded) {
  SteadyClock clock;
  Writer runner(false);
  const auto evidence = flight_pass(runner, clock);
  ASSERT_TRUE(evidence);
  EXPECT_EQ(evidence->outputs_changed_after, false);
  EXPECT_LT(evidence->busy_after_share.value_or(0), 0.01);
}

class Silent final : public Runner {
 public:
  Result<void> restore() override { return {}; }
  Result<void> call() override { return {}; }
};

TEST(FlightPass, SaysNothingAboutOutputsThatAreNotShown) {
  SteadyClock clock;
  Silent runner;
  const auto evidence = flight_pass(runner, clock);
  ASSERT_TRUE(evidence);
  EXPECT_EQ(evidence->outputs_changed_after, std::nullopt);
}

}  // namespace
}  // namespace assay::measure
