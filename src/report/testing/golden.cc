// SPDX-License-Identifier: Apache-2.0
#include "report/testing/golden.h"

#include <cstdlib>
#include <span>

#include "base/mapped_file.h"
#include "base/text.h"

namespace assay::report::testing {

::testing::AssertionResult matches_golden(std::string_view text, const std::string& name) {
  const auto path = std::filesystem::path(ASSAY_REPORT_GOLDEN) / name;
  if (std::getenv("ASSAY_UPDATE_GOLDEN") != nullptr) {
    const auto written = write_file_atomically(path, std::as_bytes(std::span(text)));
    if (!written) return ::testing::AssertionFailure() << written.error().message;
  }
  const auto golden = read_text_file(path);
  if (!golden) return ::testing::AssertionFailure() << golden.error().message;
  if (text == *golden) return ::testing::AssertionSuccess();
  const auto expected = split(*golden, '\n');
  const auto got = split(text, '\n');
  std::size_t line = 0;
  while (line < expected.size() && line < got.size() && expected[line] == got[line]) ++line;
  return ::testing::AssertionFailure()
         << name << " differs in line " << line + 1
         << "\nexpected: " << (line < expected.size() ? expected[line] : "(end)")
         << "\ngot:      " << (line < got.size() ? got[line] : "(end)");
}

}  // namespace assay::report::testing
