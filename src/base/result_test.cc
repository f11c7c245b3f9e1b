// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

Result<int> half(int x) {
  if (x % 2 != 0) return fail(ErrorCode::kInvalidArgument, "expected an even number, got {}", x);
  return x / 2;
}
Result<int> quarter(int x) {
  ASSAY_TRY(const int h, half(x));
  ASSAY_TRY(const int q, half(h));
  return q;
}
Result<void> check_even(int x) {
  ASSAY_TRY_VOID(half(x));
  return {};
}

TEST(Result, TryPassesTheValueOn) { EXPECT_EQ(quarter(12).value(), 3); }

TEST(Result, TryReturnsTheFirstError) {
  const auto q = quarter(6);
  ASSERT_FALSE(q);
  EXPECT_EQ(q.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(q.error().message, "expected an even number, got 3");
  EXPECT_FALSE(check_even(3));
  EXPECT_TRUE(check_even(4));
}

TEST(Result, ContextNamesThePlace) {
  EXPECT_EQ(half(3).error().with_context("a.gguf").message, "a.gguf: expected an even number, got 3");
}

}  // namespace
}  // namespace assay
