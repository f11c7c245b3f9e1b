// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whole reports are compared with files under report/testing/golden/. After a change that was meant, run the
// tests once with ASSAY_UPDATE_GOLDEN=1 and read the difference before it is committed.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace assay::report::testing {

// Success if `text` is the file `name`; otherwise says which line is the first that differs.
[[nodiscard]] ::testing::AssertionResult matches_golden(std::string_view text, const std::string& name);

}  // namespace assay::report::testing
