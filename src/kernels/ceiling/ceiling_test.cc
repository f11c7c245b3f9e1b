// SPDX-License-Identifier: Apache-2.0
#include "kernels/ceiling/ceiling.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>

#include "device/cpu_features.h"
#include "kernels/ceiling/probes.h"
#include "kernels/large_memory.h"

namespace assay::kernels {
namespace {

// Every reading is a millisecond after the one before.
class SteppingClock final : public Clock {
 public:
  std::int64_t now_ns() override { return now_ += 1'000'000; }

 private:
  std::atomic<std::int64_t> now_{0};
};

LimitsOptions small_options() {
  LimitsOptions options;
  options.sizes_bytes = {64 << 10, 16 << 20};
  options.threads = {1, 2};
  options.min_rounds = 1;
  options.max_rounds = 1;
  return options;
}

TEST(MeasureLimits, CountsBytesAndOperationsOfEveryPoint) {
  SteppingClock clock;
  const auto limits = measure_limits(small_options(), clock);
  ASSERT_TRUE(limits.has_value()) << limits.error().message;
  ASSERT_EQ(limits->bandwidth.size(), 16u);  // four kinds, two sizes, two numbers of threads
  for (const measure::BandwidthLimit& point : limits->bandwidth) {
    // Streams are whole kilobytes for each thread, so that three of them may not fill the working set.
    const std::int64_t streams = point.kind == "add" ? 3 : point.kind == "copy" ? 2 : 1;
    const std::int64_t part = point.size_bytes / streams / 64 * 64 / point.threads / 1024 * 1024;
    const std::int64_t walked = part * point.threads * streams * ((16 << 20) / point.size_bytes);
    EXPECT_DOUBLE_EQ(point.bytes_per_second, static_cast<double>(walked) * 1e3)
        << point.kind << point.size_bytes;
    EXPECT_FALSE(point.kernel.empty());
  }
  for (const measure::ComputeLimit& point : limits->compute)
    EXPECT_GT(point.flops_per_second, 0) << point.kind;
  EXPECT_DOUBLE_EQ(limits->barrier_ns, 1e6 / 200);
  EXPECT_EQ(limits->machine, measure::machine_key(device::cpu_features()));
}

TEST(MeasureLimits, ReportsProgressUpToTheEnd) {
  SteppingClock clock;
  double last = 0;
  bool grows = true;
  const auto limits = measure_limits(small_options(), clock, [&](double fraction, std::string_view what) {
    grows = grows && fraction >= last && !what.empty();
    last = fraction;
  });
  ASSERT_TRUE(limits.has_value());
  EXPECT_TRUE(grows);
  EXPECT_EQ(last, 1);
}

TEST(MeasureLimits, StopsWhenTheBudgetIsSpent) {
  SteppingClock clock;
  LimitsOptions options = small_options();
  options.sizes_bytes = {64 << 10};
  options.max_rounds = 1'000'000;
  options.budget_ns = 1;
  EXPECT_TRUE(measure_limits(options, clock).has_value());
}

TEST(MeasureLimits, RejectsSenselessOptions) {
  SteppingClock clock;
  LimitsOptions tiny = small_options(), no_threads = small_options(), no_rounds = small_options();
  tiny.sizes_bytes = {100};
  no_threads.threads = {0};
  no_rounds.min_rounds = 0;
  for (const LimitsOptions& options : {tiny, no_threads, no_rounds}) {
    const auto limits = measure_limits(options, clock);
    ASSERT_FALSE(limits.has_value());
    EXPECT_EQ(limits.error().code, ErrorCode::kInvalidArgument);
  }
}

// A probe that skipped bytes would report too high a ceiling.
TEST(MemoryProbes, ReadEveryByte) {
  constexpr std::int64_t kSize = 4096;
  const auto memory = take_large_memory(kSize);
  std::byte* source = memory.get();
  for (std::int64_t i = 0; i < kSize; ++i) source[i] = static_cast<std::byte>(i * 7 + i / 256);
  for (const ceiling::MemoryProbe& probe : ceiling::memory_probes()) {
    if (!device::is_available(probe.isa) || probe.kind != "read") continue;
    const std::uint64_t before = probe.run({source, nullptr, nullptr, kSize});
    for (std::int64_t i = 0; i < kSize; ++i) {
      source[i] ^= std::byte{1};
      EXPECT_NE(probe.run({source, nullptr, nullptr, kSize}), before) << probe.name << " byte " << i;
      source[i] ^= std::byte{1};
    }
  }
}

TEST(MemoryProbes, WriteEveryByteAndWhatTheyRead) {
  constexpr std::int64_t kSize = 4096;
  const auto memory = take_large_memory(3 * kSize);
  std::byte* source = memory.get();
  std::byte* target = source + 2 * kSize;
  for (std::int64_t i = 0; i < 2 * kSize; ++i) source[i] = static_cast<std::byte>((i * 7 + i / 256) % 100);
  for (const ceiling::MemoryProbe& probe : ceiling::memory_probes()) {
    if (!device::is_available(probe.isa) || probe.targets() == 0) continue;
    for (const int fill : {0, 0xFF}) {
      std::memset(target, fill, kSize);
      probe.run({source, source + kSize, target, kSize});
      for (std::int64_t i = 0; i < kSize; ++i) {
        const int got = static_cast<int>(target[i]);
        const int first = static_cast<int>(source[i]), second = static_cast<int>(source[kSize + i]);
        const bool right = probe.sources() == 0   ? got != fill
                           : probe.sources() == 1 ? got == first
                                                  : got == first + second;
        EXPECT_TRUE(right) << probe.kind << ' ' << probe.name << " byte " << i << " is " << got;
      }
    }
  }
}

}  // namespace
}  // namespace assay::kernels
