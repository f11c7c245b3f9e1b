// SPDX-License-Identifier: Apache-2.0
#include "apps/bench_selection.h"

#include <gtest/gtest.h>

namespace assay::apps {
namespace {

std::vector<programs::DescribedCase> cases(const std::vector<std::string>& variants) {
  std::vector<programs::DescribedCase> made(variants.size());
  for (std::size_t i = 0; i < variants.size(); ++i) made[i].what.entry = variants[i];
  return made;
}

TEST(CaseOrder, LetsEntriesTakeTurns) {
  const auto all = cases({"matmul/a", "matmul/b", "matmul/a", "rope/a", "rope/b", "swiglu/a"});
  EXPECT_EQ(by_turns(all, {0, 1, 2, 3, 4, 5}), (CaseIndices{0, 3, 5, 1, 4, 2}));
  EXPECT_EQ(by_turns(all, {1, 2, 4}), (CaseIndices{1, 4, 2}));
}

TEST(CaseOrder, IsThatOfTheListForASingleEntry) {
  EXPECT_EQ(by_turns(cases({"saxpy/a", "saxpy/b", "saxpy/a"}), {0, 1, 2}), (CaseIndices{0, 1, 2}));
  EXPECT_EQ(by_turns({}, {}), CaseIndices{});
}

}  // namespace
}  // namespace assay::apps
