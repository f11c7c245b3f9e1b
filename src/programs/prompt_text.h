// SPDX-License-Identifier: Apache-2.0
#pragma once
// The text that language models are measured on: ordinary English prose, so that tokens, activations and
// caches hold what they hold in use. Written for assay; about 700 words.
#include <string_view>

namespace assay::programs {

[[nodiscard]] std::string_view prompt_text();

}  // namespace assay::programs
