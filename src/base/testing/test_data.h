// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where tests find data that is not in the repository: the folder ASSAY_TEST_DATA (default ../shared/data
// beside the source tree) and, for real models, the cache folder ASSAY_TEST_MODELS (default
// ~/.cache/assay/models). A test that needs a file opens with ASSAY_NEED_DATA(path, "name"): it is skipped by
// name where the file is absent, and fails instead when the test program runs with --require-data (or
// ASSAY_REQUIRE_DATA=1).
#include <gtest/gtest.h>

#include <filesystem>
#include <string_view>

namespace assay::testing {

[[nodiscard]] std::filesystem::path test_data(std::string_view name);
[[nodiscard]] std::filesystem::path test_model(std::string_view file_name);
[[nodiscard]] bool require_data();

}  // namespace assay::testing

#define ASSAY_NEED_FILE(path)                                                                   \
  if (!std::filesystem::exists(path)) {                                                         \
    if (::assay::testing::require_data()) FAIL() << "required test data is absent: " << (path); \
    GTEST_SKIP() << "test data is absent: " << (path);                                          \
  }
#define ASSAY_NEED_DATA(variable, name)                                     \
  const std::filesystem::path variable = ::assay::testing::test_data(name); \
  ASSAY_NEED_FILE(variable)
#define ASSAY_NEED_MODEL(variable, name)                                     \
  const std::filesystem::path variable = ::assay::testing::test_model(name); \
  ASSAY_NEED_FILE(variable)
