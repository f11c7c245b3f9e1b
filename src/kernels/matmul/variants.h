// SPDX-License-Identifier: Apache-2.0
#pragma once
// The makers of each variant of the matrix product; pack_matrix() chooses among them.
// Each requires a weight type that the variant takes, two dimensions, and its instruction set to be there.
#include <memory>

#include "kernels/matmul/interleaved.h"
#include "kernels/matmul/matmul.h"

namespace assay::kernels::matmul {

// All weight types, double arithmetic on float activations; points into weights.bytes.
[[nodiscard]] std::unique_ptr<PackedMatrix> make_reference(values::TensorView weights);

// f32, f16, bf16 on float activations; copies the weights to large pages.
[[nodiscard]] std::unique_ptr<PackedMatrix> make_float_avx2(const values::TensorView& weights,
                                                            device::ThreadPool* pool);

// Quantised types on quantised activations; copies the weights into tiles.
[[nodiscard]] std::unique_ptr<PackedMatrix> make_interleaved(values::TensorView weights,
                                                             const InterleavedVariant& variant,
                                                             device::ThreadPool* pool);

}  // namespace assay::kernels::matmul
