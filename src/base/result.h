// SPDX-License-Identifier: Apache-2.0
#pragma once
// How assay reports that something from outside (a file, a flag, a device, another program) is not as it
// should be. A Result holds a value or an Error; it cannot be ignored. Our own bugs are not errors: see
// base/check.h. A doubtful measurement is not an error either: it is a finding that travels with the samples
// (checks/). Not supported: error chains and stack traces; with_context() adds the place to the message
// instead.
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace assay {

// Choose the code by what the caller can do about it; the message is for people.
enum class ErrorCode {
  kInvalidArgument,  // the caller asked for something that makes no sense: wrong flag, wrong shape
  kNotFound,         // a named thing does not exist: file, model, tensor, key
  kCorrupt,          // the bytes break the rules of their format
  kUnsupported,      // well-formed, but assay does not do it
  kUnavailable,      // assay does it, but not here and now: no network, no device, missing library
  kIo,               // the operating system refused: permission, disk full
  kDevice,           // a device reported a failure
  kCancelled,        // the user or a watchdog stopped it
};

// A stable lower-case name such as "corrupt".
[[nodiscard]] std::string_view error_code_name(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kInvalidArgument;
  std::string message;  // one line: what was expected, what was got, where, what to do next

  // The same error with "<where>: " in front of its message.
  [[nodiscard]] Error with_context(std::string_view where) const;
};

template <typename T>
using Result = tl::expected<T, Error>;

// `return fail(ErrorCode::kCorrupt, "gguf: magic is {}, expected 'GGUF'", got);` works in any function that
// returns a Result.
template <typename... Args>
[[nodiscard]] tl::unexpected<Error> fail(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected<Error>(Error{code, fmt::format(format, std::forward<Args>(args)...)});
}

}  // namespace assay

// ASSAY_TRY(auto x, f(y)): x is f(y)'s value, or the enclosing function returns f(y)'s error.
// ASSAY_TRY_VOID(f(y)):    the same for a Result<void> or a value that is not needed.
#define ASSAY_CONCAT_INNER(a, b) a##b
#define ASSAY_CONCAT(a, b) ASSAY_CONCAT_INNER(a, b)
#define ASSAY_TRY_INNER(result, declaration, expression)                       \
  auto result = (expression);                                                  \
  if (!result) return tl::unexpected<assay::Error>(std::move(result).error()); \
  declaration = std::move(*result)
#define ASSAY_TRY(declaration, ...) \
  ASSAY_TRY_INNER(ASSAY_CONCAT(assay_result_, __LINE__), declaration, (__VA_ARGS__))
#define ASSAY_TRY_VOID(...)                                                 \
  do {                                                                      \
    if (auto assay_result = (__VA_ARGS__); !assay_result)                   \
      return tl::unexpected<assay::Error>(std::move(assay_result).error()); \
  } while (false)
