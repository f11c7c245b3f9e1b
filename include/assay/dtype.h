// SPDX-License-Identifier: Apache-2.0
#pragma once
// Element types of buffers and tensors, plain and block-quantised. Layouts of the block types are GGUF's.
// Not supported: the i-quants, ternary and MX types of GGUF.
#include <cstdint>

namespace assay {

enum class DType : std::uint8_t {
  kF32,
  kF64,
  kF16,
  kBF16,
  kI8,
  kI16,
  kI32,
  kI64,
  kU8,
  kU16,
  kU32,
  kU64,
  kBool,
  kQ4_0,
  kQ4_1,
  kQ5_0,
  kQ5_1,
  kQ8_0,
  kQ4_K,
  kQ5_K,
  kQ6_K,
};

}  // namespace assay
