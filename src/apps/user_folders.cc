// SPDX-License-Identifier: Apache-2.0
#include "apps/user_folders.h"

#include <cstdlib>

namespace assay::apps {

Result<std::filesystem::path> cache_folder() {
  const auto absolute = [](const char* variable) -> std::filesystem::path {
    const char* value = std::getenv(variable);
    std::filesystem::path path = value != nullptr ? value : "";
    return path.is_absolute() ? path : std::filesystem::path();
  };
  if (const auto cache = absolute("XDG_CACHE_HOME"); !cache.empty()) return cache / "assay";
  if (const auto home = absolute("HOME"); !home.empty()) return home / ".cache" / "assay";
  return fail(ErrorCode::kUnavailable,
              "no cache folder: neither XDG_CACHE_HOME nor HOME is set to an absolute path; set one of them");
}

Result<std::filesystem::path> model_folder() {
  ASSAY_TRY(const auto cache, cache_folder());
  return cache / "models";
}

Result<std::filesystem::path> limits_file() {
  ASSAY_TRY(const auto cache, cache_folder());
  return cache / "limits.json";
}

Result<void> create_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    return fail(ErrorCode::kIo, "{}: cannot create the folder: {}", folder.string(), error.message());
  return {};
}

}  // namespace assay::apps
