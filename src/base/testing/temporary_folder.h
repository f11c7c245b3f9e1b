// SPDX-License-Identifier: Apache-2.0
#pragma once
// A folder for one test; it and what is in it go away with the object.
#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/check.h"

namespace assay::testing {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "assay-test-XXXXXX").string();
    ASSAY_CHECK(mkdtemp(pattern.data()) != nullptr, "cannot create {}", pattern);
    path_ = pattern;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace assay::testing
