// SPDX-License-Identifier: Apache-2.0
#include "measure/hooks/hooks.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "measure/region_pass.h"

namespace assay::measure {
namespace {

class Calls final : public Runner {
 public:
  explicit Calls(std::function<void()> call) : call_(std::move(call)) {}
  Result<void> restore() override { return {}; }
  Result<void> call() override {
    call_();
    return {};
  }

 private:
  std::function<void()> call_;
};

class Hooks : public ::testing::Test {
 protected:
  void SetUp() override {
    if (hooks() == nullptr) GTEST_SKIP() << "a sanitizer stands where the hooks would";
  }
  static RegionEvidence evidence_of(std::function<void()> call) {
    Calls runner(std::move(call));
    SteadyClock clock;
    const auto evidence = region_pass(runner, clock, {.calls = 10, .budget_ns = 60'000'000'000});
    EXPECT_TRUE(evidence);
    return *evidence;
  }
};

void keep(void* memory) { asm volatile("" : : "r"(memory) : "memory"); }

TEST_F(Hooks, CountNothingForACallThatDoesNothing) {
  const RegionEvidence evidence = evidence_of([] {});
  EXPECT_EQ(evidence.allocations, 0);
  EXPECT_EQ(evidence.allocated_bytes, 0);
  EXPECT_EQ(evidence.allocation_share, 0);
  EXPECT_EQ(evidence.executable_mappings, 0);
  EXPECT_EQ(evidence.libraries_loaded, 0);
}

TEST_F(Hooks, CountNothingWhileUnarmed) {
  const std::int64_t before = hooks()->allocations;
  keep(std::make_unique<int>(1).get());
  EXPECT_EQ(hooks()->allocations, before);
}

TEST_F(Hooks, CountEveryKindOfAllocation) {
  const std::function<void*()> kinds[] = {[] { return malloc(100); }, [] { return calloc(10, 10); },
                                          [] { return realloc(nullptr, 100); },
                                          [] { return aligned_alloc(64, 100); },
                                          [] {
                                            void* memory = nullptr;
                                            EXPECT_EQ(posix_memalign(&memory, 64, 100), 0);
                                            return memory;
                                          }};
  for (const auto& kind : kinds) {
    const RegionEvidence evidence = evidence_of([&] {
      void* memory = kind();
      keep(memory);
      free(memory);
    });
    EXPECT_EQ(evidence.allocations, 10);
    EXPECT_EQ(evidence.allocated_bytes, 1000);
  }
}

TEST_F(Hooks, CountOperatorNewOnOtherThreads) {
  const RegionEvidence evidence = evidence_of(
      [] { std::thread([] { keep(std::make_unique<std::array<char, 100'000>>().get()); }).join(); });
  EXPECT_GE(evidence.allocations, 10);
  EXPECT_GE(evidence.allocated_bytes, 1'000'000);
}

TEST_F(Hooks, CountAFreeWithoutAnAllocation) {
  std::vector<void*> blocks;
  for (int i = 0; i < 20; ++i) blocks.push_back(malloc(50));
  const RegionEvidence evidence = evidence_of([&] {
    free(blocks.back());
    blocks.pop_back();
  });
  EXPECT_EQ(evidence.allocations, 10);
  EXPECT_EQ(evidence.allocated_bytes, 0);
  for (void* block : blocks) free(block);
}

TEST_F(Hooks, KeepTheContractsOfTheFunctionsThatTheyReplace) {
  void* memory = nullptr;
  EXPECT_EQ(posix_memalign(&memory, 3, 100), EINVAL);
  EXPECT_EQ(posix_memalign(&memory, 4096, 100), 0);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory) % 4096, 0u);
  memory = realloc(memory, 1 << 20);
  EXPECT_NE(memory, nullptr);
  free(memory);
  free(nullptr);
  EXPECT_EQ(mmap(nullptr, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), MAP_FAILED);
  EXPECT_EQ(errno, EINVAL);
}

TEST_F(Hooks, CountMappingsThatCanBeExecuted) {
  const RegionEvidence made = evidence_of([] {
    void* page = mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(page, 4096);
  });
  EXPECT_EQ(made.executable_mappings, 10);
  const RegionEvidence changed = evidence_of([] {
    void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT_EQ(mprotect(page, 4096, PROT_READ | PROT_EXEC), 0);
    munmap(page, 4096);
  });
  EXPECT_EQ(changed.executable_mappings, 10);
}

TEST_F(Hooks, CountLibrariesThatAreLoaded) {
  const auto load = [] {
    void* library = dlopen("libanl.so.1", RTLD_NOW);
    ASSERT_NE(library, nullptr);
    dlclose(library);
  };
  EXPECT_EQ(evidence_of(load).libraries_loaded, 10);
}

}  // namespace
}  // namespace assay::measure
