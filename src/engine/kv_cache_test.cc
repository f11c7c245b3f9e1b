// SPDX-License-Identifier: Apache-2.0
#include "engine/kv_cache.h"

#include <gtest/gtest.h>

namespace assay::engine {
namespace {

model::Config config() {
  model::Config made;
  made.layers = 2;
  made.heads = 4;
  made.kv_heads = 2;
  made.head_dim = 8;
  return made;
}

TEST(KvCache, IsEmptyAndHoldsAllLayersHeadsAndPositions) {
  const KvCache cache = KvCache::create(config(), 5).value();
  EXPECT_EQ(cache.length, 0);
  EXPECT_EQ(cache.keys.size(), 2u * 2u * 5u * 8u);
  EXPECT_EQ(cache.values.size(), cache.keys.size());
  EXPECT_EQ(cache.key_row(1, 1, 4) + 8, cache.keys.data() + cache.keys.size());
  EXPECT_EQ(cache.value_row(0, 1, 0) - cache.values.data(), 5 * 8);
}

TEST(KvCache, CountsTheBytesOfKeysAndValuesThatAStepReads) {
  KvCache cache = KvCache::create(config(), 5).value();
  cache.length = 3;
  EXPECT_EQ(cache.bytes_read_per_step(), 2 * 2 * 3 * 8 * 2 * 2);
}

TEST(KvCache, RefusesCapacitiesOutOfRangeAndBeyondTheLimit) {
  for (const std::int64_t capacity :
       {std::int64_t{0}, std::int64_t{-1}, (std::int64_t{1} << 20) + 1, INT64_MAX})
    EXPECT_EQ(KvCache::create(config(), capacity).error().code, ErrorCode::kInvalidArgument) << capacity;
  EXPECT_TRUE(KvCache::create(config(), 8, 8 * 128).has_value());
  EXPECT_EQ(KvCache::create(config(), 9, 8 * 128).error().message,
            "kv cache: 9 positions of 128 bytes exceed the limit of 1024 bytes; ask for a shorter context");
}

}  // namespace
}  // namespace assay::engine
