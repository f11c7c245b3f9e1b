// SPDX-License-Identifier: Apache-2.0
// Any bytes as a GGUF file: either an error, or a file whose every tensor can be read and decoded.
#include <cstdint>
#include <span>
#include <vector>

#include "base/check.h"
#include "values/blocks.h"
#include "values/formats/gguf.h"

namespace {

void read_all(const assay::values::GgufFile& file) {
  for (const auto& [key, value] : file.metadata()) {
    (void)file.integer(key);
    (void)file.number(key);
    (void)file.boolean(key);
    (void)file.string(key);
    (void)file.strings(key);
    (void)file.integers(key);
    (void)file.numbers(key);
  }
  for (const auto& tensor : file.tensors()) {
    ASSAY_CHECK(file.find_tensor(tensor.name) == &tensor);
    const auto view = file.view(tensor);
    if (!view || view->bytes.empty()) continue;
    const auto last = view->row(view->rows() - 1);
    if (!assay::values::is_weight_type(view->dtype)) continue;
    std::vector<float> values(static_cast<std::size_t>(view->row_elements()));
    assay::values::decode_row(view->dtype, last, values);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = assay::values::GgufFile::parse(std::as_bytes(std::span(data, size)), "fuzz");
  if (file) read_all(*file);
  return 0;
}
