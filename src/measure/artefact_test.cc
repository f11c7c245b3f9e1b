// SPDX-License-Identifier: Apache-2.0
#include "measure/artefact.h"

#include <gtest/gtest.h>

namespace assay::measure {
namespace {

TEST(Tracer, ReadsTheLineOfTheStatusFile) {
  EXPECT_EQ(parse_tracer("Name:\tx\nTracerPid:\t0\nUid:\t0\n"), 0);
  EXPECT_EQ(parse_tracer("Name:\tx\nTracerPid:\t4711\n"), 4711);
}

TEST(Tracer, IsAbsentWithoutANumber) {
  EXPECT_EQ(parse_tracer(""), std::nullopt);
  EXPECT_EQ(parse_tracer("TracerPid:\t\n"), std::nullopt);
  EXPECT_EQ(parse_tracer("TracerPid:\t12x\n"), std::nullopt);
}

}  // namespace
}  // namespace assay::measure
