// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where tests find data that is not in the repository: the folder ASSAY_TEST_DATA (default ../shared/data
// beside the source tree) and, for real models, the cache folder ASSAY_TEST_MODELS (default
// ~/.cache/assay/models). A test that needs a file opens with ASSAY_NEED_DATA(path, "name") or
// ASSAY_NEED_MODEL: it is skipped by name where the file is absent, and fails instead with
// ASSAY_REQUIRE_DATA=1 (or the argument
// --require-data) for data, with ASSAY_REQUIRE_MODEL=1 for models, which need a network once.
#include <gtest/gtest.h>

#include <filesystem>
#include <string_view>

namespace assay::testing {

[[nodiscard]] std::filesystem::path test_data(std::string_view name);
[[nodiscard]] std::filesystem::path test_model(std::string_view file_name);
[[nodiscard]] bool require_data();
[[nodiscard]] bool require_models();

}  // namespace assay::testing

#define ASSAY_NEED_FILE(path, required)                                 \
  if (!std::filesystem::exists(path)) {                                 \
    if (required) FAIL() << "required test data is absent: " << (path); \
    GTEST_SKIP() << "test data is absent: " << (path);                  \
  }
#define ASSAY_NEED_DATA(variable, name)                                     \
  const std::filesystem::path variable = ::assay::testing::test_data(name); \
  ASSAY_NEED_FILE(variable, ::assay::testing::require_data())
#define ASSAY_NEED_MODEL(variable, name)                                     \
  const std::filesystem::path variable = ::assay::testing::test_model(name); \
  ASSAY_NEED_FILE(variable, ::assay::testing::require_models())
