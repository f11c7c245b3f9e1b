// SPDX-License-Identifier: Apache-2.0
// Any bytes as a .npy file: either an error, or an array that can be written and read again.
#include <algorithm>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "values/formats/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay::values;
  const auto file = NpyFile::parse(std::as_bytes(std::span(data, size)), "fuzz");
  if (!file) return 0;
  const auto written = npy_to_bytes(file->view());
  ASSAY_CHECK(written.has_value(), "{}", written.error().message);
  const auto again = NpyFile::parse(*written, "again");
  ASSAY_CHECK(again.has_value(), "{}", again.error().message);
  ASSAY_CHECK(again->view().shape == file->view().shape && again->view().dtype == file->view().dtype);
  ASSAY_CHECK(std::ranges::equal(again->view().bytes, file->view().bytes));
  return 0;
}
