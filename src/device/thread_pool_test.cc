// SPDX-License-Identifier: Apache-2.0
#include "device/thread_pool.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "device/cpu_features.h"

namespace assay::device {
namespace {

std::unique_ptr<ThreadPool> pool_of(int threads, bool pin = false) {
  auto pool = ThreadPool::create({threads, pin});
  EXPECT_TRUE(pool.has_value()) << (pool ? "" : pool.error().message);
  return std::move(*pool);
}

class EveryPoolSize : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Sizes, EveryPoolSize, ::testing::Values(1, 2, 3, 7));

TEST_P(EveryPoolSize, RunsEachIndexOnceOnItsOwnThread) {
  const auto pool = pool_of(GetParam());
  const auto size = static_cast<std::size_t>(pool->size());
  std::vector<std::thread::id> ids(size);
  for (int call = 0; call < 50; ++call) {
    std::vector<int> calls(size);
    pool->run([&](int i) {
      ++calls[static_cast<std::size_t>(i)];
      ids[static_cast<std::size_t>(i)] = std::this_thread::get_id();
    });
    EXPECT_EQ(calls, std::vector<int>(size, 1));
    EXPECT_EQ(ids[0], std::this_thread::get_id());
    EXPECT_EQ(std::set(ids.begin(), ids.end()).size(), size);
  }
}

// Plain ints on purpose: a barrier that does not order memory is a data race for ThreadSanitizer and a wrong
// sum here.
TEST_P(EveryPoolSize, BarrierMakesWritesVisibleToAll) {
  const auto pool = pool_of(GetParam());
  const auto size = static_cast<std::size_t>(pool->size());
  constexpr int kRounds = 2000;
  std::vector<int> slots(size);
  std::atomic<int> wrong{0};
  pool->run([&](int index) {
    for (int round = 1; round <= kRounds; ++round) {
      slots[static_cast<std::size_t>(index)] = round;
      pool->barrier();
      for (const int slot : slots) wrong += slot != round;
      pool->barrier();
    }
  });
  EXPECT_EQ(wrong, 0);
}

TEST_P(EveryPoolSize, RunReturnsAfterTheSlowestThread) {
  const auto pool = pool_of(GetParam());
  std::vector<int> done(static_cast<std::size_t>(pool->size()));
  pool->run([&](int index) {
    if (index == pool->size() - 1)
      for (int i = 0; i < 200; ++i) sched_yield();
    done[static_cast<std::size_t>(index)] = 1;
  });
  for (const int d : done) EXPECT_EQ(d, 1);
}

TEST(ThreadPool, UsesEveryAllowedCpuByDefault) { EXPECT_EQ(pool_of(0)->size(), cpu_features().logical_cpus); }

TEST(ThreadPool, WakesWorkersThatWentToSleep) {
  const auto pool = pool_of(2);
  std::atomic<int> bodies{0};
  for (int call = 0; call < 3; ++call) {
    pool->run([&](int) { ++bodies; });
    const auto start = std::chrono::steady_clock::now();  // longer than a worker stays awake
    while (std::chrono::steady_clock::now() - start < std::chrono::milliseconds(5)) sched_yield();
  }
  EXPECT_EQ(bodies, 6);
}

TEST(ThreadPool, RejectsSenselessNumbersOfThreads) {
  for (const int threads : {-1, 1025}) {
    const auto pool = ThreadPool::create({threads, false});
    ASSERT_FALSE(pool.has_value());
    EXPECT_EQ(pool.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(pool.error().message.find(std::to_string(threads)), std::string::npos);
  }
}

TEST(ThreadPool, PinsToOneCpuEachAndGivesTheCallersMaskBack) {
  cpu_set_t before, after;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  {
    const auto pool = pool_of(2, true);
    std::vector<int> cpus(2);
    pool->run([&](int index) {
      cpu_set_t mine;
      sched_getaffinity(0, sizeof mine, &mine);
      cpus[static_cast<std::size_t>(index)] = CPU_COUNT(&mine);
    });
    EXPECT_EQ(cpus, std::vector<int>({1, 1}));
  }
  ASSERT_EQ(sched_getaffinity(0, sizeof after, &after), 0);
  EXPECT_TRUE(CPU_EQUAL(&before, &after));
}

TEST(PartOf, PartsCoverEverythingOnceInGrains) {
  for (const std::int64_t count : {0, 1, 7, 8, 64, 1001}) {
    for (const std::int64_t grain : {1, 8, 48}) {
      for (const int parts : {1, 2, 3, 16}) {
        std::int64_t next = 0;
        for (int i = 0; i < parts; ++i) {
          const Range range = part_of(count, i, parts, grain);
          EXPECT_EQ(range.begin, next);
          EXPECT_TRUE(range.begin % grain == 0 || range.begin == count);
          EXPECT_LE(range.begin, range.end);
          next = range.end;
        }
        EXPECT_EQ(next, count);
      }
    }
  }
}

TEST(PartOf, SplitsEvenly) {
  EXPECT_EQ(part_of(64, 0, 2, 8).size(), 32);
  EXPECT_EQ(part_of(72, 0, 2, 8).size(), 32);
  EXPECT_EQ(part_of(72, 1, 2, 8).size(), 40);
}

}  // namespace
}  // namespace assay::device
