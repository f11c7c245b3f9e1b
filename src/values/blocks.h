// SPDX-License-Identifier: Apache-2.0
#pragma once
// Half precision and the quantised block types of GGUF, bit-exact with their definition. These are the
// references: plain loops over one row. The kernels that compute on blocks without decoding them live in
// kernels/; the formula of each block is in values/block_layout.h.
// Not supported: importance-weighted quantisation (encoding equals ggml's reference without weights).
#include <cstddef>
#include <cstdint>
#include <span>

#include "values/dtype.h"

namespace assay::values {

// IEEE 754 binary16 and bfloat16 as bits; conversion from float rounds to nearest even, keeps infinities, and
// keeps NaN a NaN.
[[nodiscard]] float f16_to_f32(std::uint16_t bits);
[[nodiscard]] std::uint16_t f32_to_f16(float value);
[[nodiscard]] float bf16_to_f32(std::uint16_t bits);
[[nodiscard]] std::uint16_t f32_to_bf16(float value);

// True for the types that decode_row and encode_row take: F32, F16, BF16 and every quantised type.
[[nodiscard]] bool is_weight_type(DType type);

// Decodes one row. Requires is_weight_type(type) and row.size() == row_bytes(type, out.size()).
void decode_row(DType type, std::span<const std::byte> row, std::span<float> out);

// Encodes one row; the opposite of decode_row, with the same requirements. Blocks need finite values: others
// give codes without meaning (never undefined behaviour). A scale beyond 65504 becomes infinite.
void encode_row(DType type, std::span<const float> values, std::span<std::byte> row);

}  // namespace assay::values
