// SPDX-License-Identifier: Apache-2.0
#pragma once
// The makers of each variant of the matrix product; pack_matrix() chooses among them.
// Each requires a weight type that the variant takes, two dimensions, and its instruction set to be there.
#include <memory>

#include "kernels/matmul/matmul.h"

namespace assay::kernels::matmul {

// All weight types, double arithmetic, points into weights.bytes.
[[nodiscard]] std::unique_ptr<PackedMatrix> make_reference(values::TensorView weights);

}  // namespace assay::kernels::matmul
