// SPDX-License-Identifier: Apache-2.0
#pragma once
// What this CPU can do, asked once at run time. Variants of kernels are chosen from it, never from compile
// flags.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay::device {

struct CacheInfo {
  int level = 0;
  std::int64_t size_bytes = 0;
  int shared_by = 1;  // logical CPUs that share it
};

struct CpuFeatures {
  std::string model_name;    // as the system calls it
  int logical_cpus = 1;      // that this process may use (affinity mask)
  bool avx2 = false;         // AVX2, FMA and F16C together, and the OS saves the registers
  bool avx512_vnni = false;  // AVX-512 F, BW, DQ, VL and VNNI together, and the OS saves the registers
  std::vector<CacheInfo> data_caches;  // by level; empty if the system does not tell
};

// Detected once; the same object for the whole process.
[[nodiscard]] const CpuFeatures& cpu_features();

// Instruction sets that kernels have variants for, from the least to the most demanding.
enum class Isa : std::uint8_t { kReference, kAvx2, kAvx512Vnni };
[[nodiscard]] std::string_view isa_name(Isa isa);  // "reference", "avx2", "avx512vnni"
[[nodiscard]] bool is_available(Isa isa);
[[nodiscard]] Isa best_isa();

}  // namespace assay::device
