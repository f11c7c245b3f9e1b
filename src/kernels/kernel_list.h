// SPDX-License-Identifier: Apache-2.0
#pragma once
// Every kernel of this room with its cases. A new kernel declares its function here and joins the list in
// kernel_list.cc: an explicit list, as a linker drops self-registering objects from static libraries.
#include <vector>

#include "suite/kernel_case.h"

namespace assay::kernels {

[[nodiscard]] suite::Kernel
matmul_float_cases();  // f32, f16, bf16 weights and every type through the reference
[[nodiscard]] suite::Kernel matmul_quantised_cases();  // quantised weights on quantised activations

[[nodiscard]] suite::Kernel attention_decode_cases();
[[nodiscard]] suite::Kernel attention_merge_cases();
[[nodiscard]] suite::Kernel attention_prefill_cases();
[[nodiscard]] suite::Kernel rmsnorm_cases();
[[nodiscard]] suite::Kernel rope_cases();
[[nodiscard]] suite::Kernel swiglu_cases();
[[nodiscard]] suite::Kernel to_half_cases();

[[nodiscard]] std::vector<suite::Kernel> all_kernels();

}  // namespace assay::kernels
