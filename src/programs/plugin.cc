// SPDX-License-Identifier: Apache-2.0
#include "programs/plugin.h"

#include <dlfcn.h>

#include <string_view>

#include "base/text.h"

namespace assay::programs {
namespace {

using AbiFunction = const char* (*)();
using SizeFunction = unsigned long (*)();
using DefineFunction = void (*)(Suite&);

constexpr const char* kRebuild = "build it again with the headers of this assay (assay/assay.h)";

// "libsaxpy.so" defines the suite "saxpy".
std::string suite_name(const std::filesystem::path& path) {
  std::string name = path.stem().string();
  if (name.starts_with("lib") && name.size() > 3) name.erase(0, 3);
  return name;
}

std::string dl_error() {
  const char* text = dlerror();
  return text == nullptr ? "unknown reason" : printable(text, 300);
}

template <typename Function>
Result<Function> symbol(void* library, const char* name, const std::string& file) {
  if (void* found = dlsym(library, name)) return reinterpret_cast<Function>(found);
  return fail(
      ErrorCode::kUnsupported,
      "{}: a shared library, but no plug-in of assay: '{}' is missing; put ASSAY_PLUGIN(define) into it",
      file, name);
}

Result<void> check_abi(void* library, const std::string& file) {
  ASSAY_TRY(const auto abi, symbol<AbiFunction>(library, "assay_plugin_abi", file));
  ASSAY_TRY(const auto size, symbol<SizeFunction>(library, "assay_plugin_entry_size", file));
  const std::string_view got = abi();
  if (got != ASSAY_ABI)
    return fail(ErrorCode::kUnsupported, "{}: plug-in ABI: expected '{}', got '{}'; {}", file, ASSAY_ABI,
                printable(got, 200), kRebuild);
  if (size() != sizeof(Entry))
    return fail(ErrorCode::kUnsupported, "{}: plug-in ABI: expected entries of {} bytes, got {}; {}", file,
                sizeof(Entry), size(), kRebuild);
  return {};
}

}  // namespace

Result<Suite> load_plugin(const std::filesystem::path& path) {
  const std::string file = path.string();
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    return fail(ErrorCode::kNotFound, "{}: no such file; expected a shared library (plug-in)",
                printable(file, 200));
  // With its folder, or the system would look for the name in its own folders.
  const std::filesystem::path whole = std::filesystem::absolute(path, error);
  void* library = dlopen(whole.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    return fail(ErrorCode::kCorrupt, "{}: cannot be loaded as a shared library: {}", printable(file, 200),
                dl_error());
  ASSAY_TRY_VOID(check_abi(library, file));
  ASSAY_TRY(const auto define, symbol<DefineFunction>(library, "assay_plugin", file));
  Suite suite(suite_name(path));
  try {
    define(suite);
  } catch (const std::exception& thrown) {
    return fail(ErrorCode::kInvalidArgument, "{}: defining the suite threw: {}", file, thrown.what());
  }
  return suite;
}

}  // namespace assay::programs
