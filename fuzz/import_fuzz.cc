// SPDX-License-Identifier: Apache-2.0
// A file of another benchmark tool from a stranger: either a run, which can be written as a record and read
// again, or one line that says what is wrong.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "record/encode.h"
#include "record/import.h"
#include "record/reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto run = assay::record::import_run({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!run) {
    ASSAY_CHECK(run.error().message.find('\n') == std::string::npos, "a message of two lines");
    return 0;
  }
  std::string text = assay::record::encode_header(*run) + "\n";
  for (const auto& m : run->measurements) {
    ASSAY_CHECK(!m.findings.empty(), "what another tool measured is never trusted");
    text += assay::record::encode_measurement(m) + "\n";
  }
  const auto again = assay::record::parse_run(text, "again");
  ASSAY_CHECK(again.has_value(), "what was read cannot be read again: {}", again.error().message);
  ASSAY_CHECK(again->measurements.size() == run->measurements.size(), "measurements were lost");
  return 0;
}
