// SPDX-License-Identifier: Apache-2.0
#include "apps/user_folders.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/testing/temporary_folder.h"

namespace assay::apps {
namespace {

TEST(CacheFolder, PrefersXdgThenHomeThenSaysWhatIsMissing) {
  setenv("XDG_CACHE_HOME", "/x", 1);
  setenv("HOME", "/h", 1);
  EXPECT_EQ(cache_folder().value(), "/x/assay");
  setenv("XDG_CACHE_HOME", "relative", 1);
  EXPECT_EQ(model_folder().value(), "/h/.cache/assay/models");
  unsetenv("XDG_CACHE_HOME");
  unsetenv("HOME");
  EXPECT_EQ(cache_folder().error().code, ErrorCode::kUnavailable);
}

TEST(CreateFolder, MakesParentsAndSaysWhyItCannot) {
  const testing::TemporaryFolder folder;
  ASSERT_TRUE(create_folder(folder.path() / "a" / "b"));
  EXPECT_TRUE(std::filesystem::is_directory(folder.path() / "a" / "b"));
  EXPECT_EQ(create_folder("/proc/nothing/here").error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace assay::apps
