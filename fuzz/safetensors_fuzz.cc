// SPDX-License-Identifier: Apache-2.0
// Any bytes as a safetensors file: either an error, or tensors that cover the data and can be written and
// read again.
#include <cstdint>
#include <span>
#include <vector>

#include "base/check.h"
#include "values/formats/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay::values;
  const auto file = SafetensorsFile::parse(std::as_bytes(std::span(data, size)), "fuzz");
  if (!file) return 0;
  std::vector<NamedView> tensors;
  for (const SafetensorsTensor& tensor : file->tensors())
    tensors.push_back({tensor.name, file->view(tensor)});
  const auto written = safetensors_to_bytes(tensors, file->metadata());
  ASSAY_CHECK(written.has_value(), "{}", written.error().message);
  const auto again = SafetensorsFile::parse(*written, "again");
  ASSAY_CHECK(again.has_value(), "{}", again.error().message);
  ASSAY_CHECK(again->tensors().size() == tensors.size());
  return 0;
}
