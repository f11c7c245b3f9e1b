// SPDX-License-Identifier: Apache-2.0
// What the hooks count is tested in hooks/hooks_test.cc, which links them.
#include "measure/region_pass.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <functional>

namespace assay::measure {
namespace {

class Calls final : public Runner {
 public:
  explicit Calls(
      std::function<void()> call, std::function<void()> restore = [] {})
      : call_(std::move(call)), restore_(std::move(restore)) {}
  Result<void> restore() override {
    restore_();
    return {};
  }
  Result<void> call() override {
    call_();
    return {};
  }

 private:
  std::function<void()> call_;
  std::function<void()> restore_;
};

RegionEvidence evidence_of(Calls runner) {
  SteadyClock clock;
  const auto evidence = region_pass(runner, clock, {.calls = 8, .budget_ns = 60'000'000'000});
  EXPECT_TRUE(evidence);
  return *evidence;
}

void touch_fresh_page() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  *static_cast<volatile char*>(page) = 1;
  munmap(page, 4096);
}

void read_once() {
  char byte = 0;
  const int file = open("/dev/zero", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(read(file, &byte, 1), 1);
  close(file);
}

void run_child() {
  char name[] = "true";
  char* const arguments[] = {name, nullptr};
  pid_t child = 0;
  ASSERT_EQ(posix_spawnp(&child, name, nullptr, nullptr, arguments, environ), 0);
  waitpid(child, nullptr, 0);
}

void fork_child() {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
}

void wait_a_moment() {
  const timespec time{0, 1'000'000};
  nanosleep(&time, nullptr);
}

TEST(RegionPass, CountsNothingForACallThatDoesNothing) {
  const RegionEvidence evidence = evidence_of(Calls([] {}));
  EXPECT_EQ(evidence.calls, 8);
  EXPECT_EQ(evidence.page_faults.value_or(0), 0);
  EXPECT_EQ(evidence.voluntary_switches.value_or(0), 0);
  EXPECT_EQ(evidence.io_calls.value_or(0), 0);
  EXPECT_EQ(evidence.output_bytes.value_or(0), 0);
  EXPECT_EQ(evidence.children.value_or(0), 0);
  EXPECT_EQ(evidence.libraries_loaded.value_or(0), 0);
}

TEST(RegionPass, CountsNothingThatRestoreDoes) {
  const auto all = [] {
    touch_fresh_page();
    read_once();
    fork_child();
    wait_a_moment();
  };
  const RegionEvidence evidence = evidence_of(Calls([] {}, all));
  EXPECT_EQ(evidence.page_faults.value_or(0), 0);
  EXPECT_EQ(evidence.voluntary_switches.value_or(0), 0);
  EXPECT_EQ(evidence.io_calls.value_or(0), 0);
  EXPECT_EQ(evidence.children.value_or(0), 0);
}

TEST(RegionPass, CountsPageFaults) {
  const RegionEvidence evidence = evidence_of(Calls(touch_fresh_page));
  EXPECT_GE(evidence.page_faults.value_or(0), 8);
  EXPECT_LT(evidence.page_faults.value_or(0), 16);
}

TEST(RegionPass, CountsReadsAndWrites) {
  if (!evidence_of(Calls([] {})).io_calls) GTEST_SKIP() << "the system does not tell of reads and writes";
  EXPECT_EQ(evidence_of(Calls(read_once)).io_calls, 8);
}

TEST(RegionPass, CountsChildrenHoweverTheyAreStarted) {
  EXPECT_EQ(evidence_of(Calls(fork_child)).children, 8);
  EXPECT_EQ(evidence_of(Calls(run_child)).children, 8);
}

TEST(RegionPass, SeesThatACallWaits) {
  const RegionEvidence evidence = evidence_of(Calls(wait_a_moment));
  // Not all eight: a call that loses its core meanwhile finds its time already over and does not wait.
  EXPECT_GE(evidence.voluntary_switches.value_or(0), 4);
  EXPECT_GT(evidence.waiting_share.value_or(0), 0.1);
}

TEST(RegionPass, StopsAtItsBudgetAfterAtLeastThreeCalls) {
  SteadyClock clock;
  Calls runner([] {});
  const auto evidence = region_pass(runner, clock, {.calls = 100, .budget_ns = 0});
  ASSERT_TRUE(evidence);
  EXPECT_EQ(evidence->calls, 3);
}

TEST(RegionPass, PassesOnTheErrorOfACall) {
  class Fails final : public Runner {
   public:
    Result<void> restore() override { return {}; }
    Result<void> call() override { return fail(ErrorCode::kDevice, "gone"); }
  } runner;
  SteadyClock clock;
  const auto evidence = region_pass(runner, clock);
  ASSERT_FALSE(evidence);
  EXPECT_EQ(evidence.error().message, "gone");
}

}  // namespace
}  // namespace assay::measure
