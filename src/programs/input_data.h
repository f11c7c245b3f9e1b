// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the inputs of a case are like: identity, and how much of them is one value, which some hardware and
// some kernels handle faster.
#include <optional>
#include <string>
#include <vector>

#include "assay/buffer.h"
#include "suite/fill.h"

namespace assay::programs {

// Share of the input bytes (in and inout) that belong to the most frequent element of their buffer; of a
// quantised type an element is a block. An element under a ninth of its buffer may be missed and count as
// less. Nothing if there are no input bytes. Source: Misra and Gries 1982, "Finding repeated elements".
[[nodiscard]] std::optional<double> constant_share(const std::vector<BufferSpec>& specs,
                                                   const suite::Contents& contents);

// The `in` buffers of floating and quantised types that are mostly one value, so that random numbers in their
// place make sense. Not integers: they may be indices.
[[nodiscard]] std::vector<std::size_t> constant_numbers(const std::vector<BufferSpec>& specs,
                                                        const suite::Contents& contents);

// SHA-256 of names, shapes and contents of all inputs (in, inout), and of all outputs (out, inout).
[[nodiscard]] std::string digest_of_inputs(const std::vector<BufferSpec>& specs,
                                           const suite::Contents& contents);
[[nodiscard]] std::string digest_of_outputs(Buffers buffers);

}  // namespace assay::programs
