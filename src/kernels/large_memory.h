// SPDX-License-Identifier: Apache-2.0
#pragma once
// Memory for packed weights on pages of 2 MiB where the system grants them: a decode step walks through all
// weights once, and small pages cost it a third of the bandwidth (NOTES.md). Matrices share slabs, as one
// page each would waste most of it. Not supported: giving back one matrix's part while others of its slab
// live.
#include <cstddef>
#include <memory>

namespace assay::kernels {

// `size` bytes aligned to 64, zero or unspecified; freed when the last matrix of its slab is. Any thread may
// call. Throws std::bad_alloc if the system has no more.
[[nodiscard]] std::shared_ptr<std::byte> take_large_memory(std::size_t size);

}  // namespace assay::kernels
