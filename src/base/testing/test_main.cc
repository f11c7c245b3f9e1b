// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <string_view>

#include "base/testing/test_data.h"

namespace assay::testing {
namespace {
bool g_require_data = false;

std::filesystem::path from_environment(const char* name, std::filesystem::path otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? std::filesystem::path(value) : otherwise;
}
}  // namespace

bool require_data() { return g_require_data; }
bool require_models() {
  const char* value = std::getenv("ASSAY_REQUIRE_MODEL");
  return value != nullptr && std::string_view(value) == "1";
}

std::filesystem::path test_data(std::string_view name) {
  const auto source = std::filesystem::path(ASSAY_SOURCE_FOLDER);
  return from_environment("ASSAY_TEST_DATA", source / ".." / "shared" / "data") / name;
}

std::filesystem::path test_model(std::string_view file_name) {
  const char* home = std::getenv("HOME");
  const auto cache = from_environment("XDG_CACHE_HOME", std::filesystem::path(home ? home : "/") / ".cache");
  return from_environment("ASSAY_TEST_MODELS", cache / "assay" / "models") / file_name;
}

}  // namespace assay::testing

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  if (const char* value = std::getenv("ASSAY_REQUIRE_DATA");
      value != nullptr && std::string_view(value) == "1") {
    assay::testing::g_require_data = true;
  }
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--require-data") assay::testing::g_require_data = true;
  }
  return RUN_ALL_TESTS();
}
