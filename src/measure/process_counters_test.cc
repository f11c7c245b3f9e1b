// SPDX-License-Identifier: Apache-2.0
#include "measure/process_counters.h"

#include <gtest/gtest.h>

namespace assay::measure {
namespace {

TEST(IoCalls, AddsUpReadsAndWrites) {
  EXPECT_EQ(parse_io_calls("rchar: 6976\nwchar: 0\nsyscr: 10\nsyscw: 3\nread_bytes: 0\n"), 13);
}

TEST(IoCalls, AreAbsentIfOneIsMissingOrNoNumber) {
  EXPECT_EQ(parse_io_calls(""), std::nullopt);
  EXPECT_EQ(parse_io_calls("syscr: 10\n"), std::nullopt);
  EXPECT_EQ(parse_io_calls("syscr: 10\nsyscw: x\n"), std::nullopt);
}

}  // namespace
}  // namespace assay::measure
