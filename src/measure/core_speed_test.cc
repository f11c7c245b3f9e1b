// SPDX-License-Identifier: Apache-2.0
#include "measure/core_speed.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <vector>

namespace assay::measure {
namespace {

// Chains take the scripted times, one after the other; each is read at its begin and its end.
class ChainClock final : public Clock {
 public:
  explicit ChainClock(std::vector<std::int64_t> chains_ns) : chains_ns_(std::move(chains_ns)) {}
  std::int64_t now_ns() override {
    if (reading_ % 2 == 1) now_ns_ += chains_ns_.at(reading_ / 2);
    reading_ += 1;
    return now_ns_;
  }

 private:
  std::vector<std::int64_t> chains_ns_;
  std::size_t reading_ = 0;
  std::int64_t now_ns_ = 0;
};

TEST(CoreSpeed, IsRelativeToTheFirstReadingByTheFastestOfThreeChains) {
  ChainClock clock({100, 900, 110, 120, 125, 500, 60, 50, 55});
  CoreSpeed speed(clock);
  for (int i = 0; i < 3; ++i) speed.read();
  EXPECT_EQ(speed.evidence().relative_speed, (std::vector<double>{1.0, 100.0 / 120, 2.0}));
}

TEST(CoreSpeed, IsEmptyWithoutAReading) {
  ChainClock clock({});
  EXPECT_TRUE(CoreSpeed(clock).evidence().relative_speed.empty());
}

}  // namespace
}  // namespace assay::measure
