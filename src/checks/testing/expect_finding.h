// SPDX-License-Identifier: Apache-2.0
#pragma once
// That a check gave exactly one finding, well formed.
#include <gtest/gtest.h>

#include <string_view>

#include "checks/checks.h"

namespace assay::checks::testing {

inline void expect_finding(const Findings& findings, std::string_view code, Severity severity) {
  ASSERT_EQ(findings.size(), 1u) << code;
  EXPECT_EQ(findings[0].code, code);
  EXPECT_EQ(findings[0].severity, severity) << findings[0].evidence;
  EXPECT_FALSE(findings[0].evidence.empty());
  EXPECT_TRUE(findings[0].remedy.ends_with('.')) << findings[0].remedy;
}

}  // namespace assay::checks::testing
