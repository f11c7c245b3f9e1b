// SPDX-License-Identifier: Apache-2.0
#pragma once
// ASSAY_CHECK(condition, "format", args...) aborts with file, line and message when our own code broke a
// promise. It is on in every build: a benchmark that goes on with a broken invariant prints a number that
// nobody may trust. Never for input from outside: that is a Result (base/result.h).
#include <fmt/format.h>

#include <string_view>

namespace assay::detail {
[[noreturn]] void check_failed(const char* file, int line, const char* condition, std::string_view message);
inline std::string check_message() { return {}; }
template <typename... Args>
std::string check_message(fmt::format_string<Args...> format, Args&&... args) {
  return fmt::format(format, std::forward<Args>(args)...);
}
}  // namespace assay::detail

#define ASSAY_CHECK(condition, ...)                                               \
  do {                                                                            \
    if (!(condition)) [[unlikely]]                                                \
      ::assay::detail::check_failed(__FILE__, __LINE__, #condition,               \
                                    ::assay::detail::check_message(__VA_ARGS__)); \
  } while (false)
