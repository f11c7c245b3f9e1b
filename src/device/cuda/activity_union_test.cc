// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "device/cuda/activity.h"
#include "device/cuda/cuda_device.h"

namespace assay::device::cuda {
namespace {

TEST(ActivityUnion, CountsWhatOverlapsOnce) {
  EXPECT_EQ(union_ns({}), 0);
  EXPECT_EQ(union_ns({{5, 9}}), 4);
  EXPECT_EQ(union_ns({{0, 10}, {20, 30}}), 20);
  EXPECT_EQ(union_ns({{20, 30}, {0, 10}, {5, 22}}), 30);  // in any order
  EXPECT_EQ(union_ns({{0, 100}, {10, 20}, {30, 40}}), 100);
  EXPECT_EQ(union_ns({{0, 10}, {10, 20}}), 20);
  EXPECT_EQ(union_ns({{0, 10}, {0, 10}}), 10);
}

TEST(ActivityUnion, CountsNothingForAnIntervalThatEndsBeforeItBegins) {
  EXPECT_EQ(union_ns({{9, 5}}), 0);
  EXPECT_EQ(union_ns({{0, 10}, {9, 5}}), 10);
}

TEST(ActivityRecorder, SaysInOneLineThatThereIsNone) {
  if (open_device()) GTEST_SKIP() << "there is a device";
  const auto recorder = ActivityRecorder::start();
  ASSERT_FALSE(recorder);
  EXPECT_EQ(recorder.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(recorder.error().message.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace assay::device::cuda
