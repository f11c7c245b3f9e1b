// SPDX-License-Identifier: Apache-2.0
#include "programs/axis_effect.h"

#include <gtest/gtest.h>

namespace assay::programs {
namespace {

record::Measurement measured(std::string entry, std::vector<AxisValue> axes, std::string output) {
  record::Measurement m;
  m.what.entry = std::move(entry);
  m.what.axes = std::move(axes);
  m.input_digest = "same";
  m.output_digest = std::move(output);
  return m;
}

const std::vector<std::string> kPromised{"mode"};

TEST(AxisEffect, SeesThatAnotherValueGivesTheSameOutputs) {
  const std::vector<record::Measurement> others{measured("cast", {{"n", "1"}, {"mode", "wrap"}}, "a"),
                                                measured("cast", {{"n", "1"}, {"mode", "clip"}}, "b")};
  const auto one = measured("cast", {{"n", "1"}, {"mode", "saturate"}}, "b");
  const auto evidence = axis_effect(one, others, kPromised);
  EXPECT_EQ(evidence.axis, "mode");
  EXPECT_EQ(evidence.other, "cast n=1 mode=clip");
  EXPECT_TRUE(evidence.same_outputs);
  EXPECT_FALSE(axis_effect(one, {others.data(), 1}, kPromised).same_outputs);
}

TEST(AxisEffect, ComparesOnlyWhatDiffersInOnePromisedAxis) {
  const auto one = measured("cast", {{"n", "1"}, {"mode", "saturate"}}, "b");
  const auto none = [&](const record::Measurement& other, std::vector<std::string> promised = kPromised) {
    return axis_effect(one, {&other, 1}, promised).axis.empty();
  };
  EXPECT_TRUE(none(measured("copy", {{"n", "1"}, {"mode", "wrap"}}, "b")));
  EXPECT_TRUE(none(measured("cast", {{"n", "2"}, {"mode", "wrap"}}, "b")));
  EXPECT_TRUE(none(measured("cast", {{"n", "1"}, {"mode", "saturate"}}, "b")));
  EXPECT_TRUE(none(measured("cast", {{"n", "1"}, {"mode", "wrap"}}, "b"), {}));
  EXPECT_TRUE(none(measured("cast", {{"n", "1"}, {"mode", "wrap"}}, "")));
  auto other_inputs = measured("cast", {{"n", "1"}, {"mode", "wrap"}}, "b");
  other_inputs.input_digest = "other";
  EXPECT_TRUE(none(other_inputs));
}

}  // namespace
}  // namespace assay::programs
