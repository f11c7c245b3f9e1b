// SPDX-License-Identifier: Apache-2.0
#include "suite/case.h"

#include <gtest/gtest.h>

namespace assay::suite {
namespace {

TEST(Case, IdIsTheEntryAloneWithoutAxes) {
  Case what;
  what.entry = "smollm2-135m-instruct/decode";
  EXPECT_EQ(what.id(), "smollm2-135m-instruct/decode");
}

TEST(Case, IdNamesEveryAxisInOrder) {
  Case what;
  what.entry = "model/decode";
  what.axes = {{"depth", "512"}, {"threads", "2"}};
  EXPECT_EQ(what.id(), "model/decode depth=512 threads=2");
}

}  // namespace
}  // namespace assay::suite
