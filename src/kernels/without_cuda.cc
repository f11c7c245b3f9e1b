// SPDX-License-Identifier: Apache-2.0
// What the rooms' .cu files define, in a build without CUDA: empty lists of launchers.
#include "kernels/cuda_entry.h"

namespace assay::kernels {}  // namespace assay::kernels
