// SPDX-License-Identifier: Apache-2.0
// What the CPU backend promises besides (backend_test.cc has what all do): which kernels ran, what stays
// equal between numbers of threads, and that a prepared backend allocates nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

#include "engine/testing/models.h"

namespace {

std::atomic<std::int64_t> allocations{0};

void* counted(std::size_t size, std::size_t alignment) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  void* memory =
      std::aligned_alloc(alignment, (std::max<std::size_t>(size, 1) + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

// The other forms of new and delete, for arrays, end in one of these.
void* operator new(std::size_t size) { return counted(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return counted(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return counted(size, alignof(std::max_align_t));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace assay::engine {
namespace {

using testing::logits_of;

TEST(CpuBackend, AllocatesNothingInForward) {
  const model::Model model = testing::tiny_model();
  const auto tokens = testing::some_tokens(40, model.config.vocab);
  const auto backend = testing::ready_cpu(model, {.threads = 2}, 16);
  KvCache cache = KvCache::create(model.config, 60).value();
  std::vector<float> one(static_cast<std::size_t>(model.config.vocab)), all(one.size() * 3);

  const std::int64_t before = allocations.load();
  ASSERT_TRUE(backend->forward(tokens, cache, LogitsFor::kLast, one).has_value());
  ASSERT_TRUE(backend->forward(std::span(tokens).first(3), cache, LogitsFor::kAll, all).has_value());
  ASSERT_TRUE(backend->forward(std::span(tokens).first(1), cache, LogitsFor::kLast, one).has_value());
  ASSERT_TRUE(backend->forward(std::span(tokens).first(1), cache, LogitsFor::kNone, {}).has_value());
  EXPECT_EQ(allocations.load() - before, 0);

  const auto unused = std::make_unique<std::vector<float>>(10);
  EXPECT_GT(allocations.load() - before, 0) << "the counter must count";
}

TEST(CpuBackend, SaysWhichVariantsRan) {
  const model::Model model = testing::tiny_model();
  const auto tokens = testing::some_tokens(4, model.config.vocab);
  std::vector<float> logits(static_cast<std::size_t>(model.config.vocab));
  const auto ran = [&](device::Isa isa, std::size_t count) {
    const auto backend = testing::ready_cpu(model, {.threads = 2, .isa = isa});
    EXPECT_TRUE(backend->variants_used().empty()) << "nothing has run yet";
    KvCache cache = KvCache::create(model.config, 8).value();
    EXPECT_TRUE(
        backend->forward(std::span(tokens).first(count), cache, LogitsFor::kLast, logits).has_value());
    return backend->variants_used();
  };
  EXPECT_EQ(ran(device::Isa::kReference, 1),
            (std::vector<std::string>{"attention_decode/reference", "attention_merge/reference",
                                      "matmul/reference", "rmsnorm/reference", "rope/reference",
                                      "swiglu/reference", "to_half/reference"}));
  EXPECT_EQ(ran(device::Isa::kReference, 4),
            (std::vector<std::string>{"attention_prefill/reference", "matmul/reference", "rmsnorm/reference",
                                      "rope/reference", "swiglu/reference", "to_half/reference"}));
  if (!device::is_available(device::Isa::kAvx2)) GTEST_SKIP() << "needs avx2";
  for (const std::string& name : ran(device::Isa::kAvx2, 1))
    EXPECT_NE(name.find("/cpu.avx2"), std::string::npos) << name;
}

TEST(CpuBackend, DescribesItself) {
  const model::Model model = testing::tiny_model();
  EXPECT_EQ(testing::ready_cpu(model, {.threads = 3, .isa = device::Isa::kReference})->description(),
            "cpu.reference threads=3");
}

TEST(CpuBackend, RefusesThreadsOutOfRange) {
  const auto result = make_cpu_backend({.threads = -1});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
}

TEST(CpuBackend, GivesTheSameBitsOfABatchForAnyNumberOfThreads) {
  const model::Model model = testing::tiny_model();
  const auto tokens = testing::some_tokens(35, model.config.vocab);
  const auto expected = logits_of(*testing::ready_cpu(model, {.threads = 1}), model, tokens, 35);
  for (const int threads : {2, 3, 4})
    EXPECT_EQ(logits_of(*testing::ready_cpu(model, {.threads = threads}), model, tokens, 35), expected)
        << threads;
}

}  // namespace
}  // namespace assay::engine
