// SPDX-License-Identifier: Apache-2.0
// Source: AMD64 Architecture Programmer's Manual volume 3, appendix E (CPUID), and volume 1, section 11.5
// (XGETBV).
#include "device/cpu_features.h"

#include <cpuid.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/text.h"

namespace assay::device {
namespace {

struct CpuidLeaf {
  std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

CpuidLeaf cpuid(std::uint32_t leaf, std::uint32_t subleaf = 0) {
  CpuidLeaf r;
  if (__get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx) == 0) return {};
  return r;
}

bool bit(std::uint32_t word, int index) { return ((word >> index) & 1u) != 0; }

// Which register states the operating system saves; 0 if it does not use XSAVE.
std::uint32_t saved_states() {
  if (!bit(cpuid(1).ecx, 27)) return 0;
  std::uint32_t low = 0, high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

void detect_instructions(CpuFeatures& features) {
  constexpr std::uint32_t kAvxStates = 0x06, kAvx512States = 0xE6;
  const CpuidLeaf basic = cpuid(1), extended = cpuid(7);
  const std::uint32_t states = saved_states();
  const bool fma = bit(basic.ecx, 12), avx = bit(basic.ecx, 28), f16c = bit(basic.ecx, 29);
  features.avx2 = (states & kAvxStates) == kAvxStates && avx && fma && f16c && bit(extended.ebx, 5);
  const bool f = bit(extended.ebx, 16), dq = bit(extended.ebx, 17), bw = bit(extended.ebx, 30);
  const bool vl = bit(extended.ebx, 31), vnni = bit(extended.ecx, 11);
  features.avx512_vnni =
      features.avx2 && (states & kAvx512States) == kAvx512States && f && dq && bw && vl && vnni;
}

std::string brand_string() {
  std::array<char, 49> text{};
  for (std::uint32_t i = 0; i < 3; ++i) {
    const CpuidLeaf leaf = cpuid(0x80000002u + i);
    std::memcpy(text.data() + 16 * i, &leaf, 16);
  }
  std::string name(text.data());
  const auto first = name.find_first_not_of(' ');
  if (first == std::string::npos) return "unknown CPU";
  return name.substr(first, name.find_last_not_of(' ') - first + 1);
}

int allowed_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

std::string first_word(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string word;
  in >> word;
  return word;
}

// The number at the start of `text`, 0 if there is none.
std::int64_t leading_number(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// How many CPUs a list such as "0-3,8" names.
int count_cpu_list(std::string_view list) {
  int count = 0;
  for (const std::string_view part : split(list, ',')) {
    const auto dash = part.find('-');
    const std::int64_t first = leading_number(part);
    const std::int64_t last = dash == std::string_view::npos ? first : leading_number(part.substr(dash + 1));
    count += static_cast<int>(last - first + 1);
  }
  return std::max(1, count);
}

std::vector<CacheInfo> data_caches() {
  std::vector<CacheInfo> caches;
  const std::filesystem::path folder = "/sys/devices/system/cpu/cpu0/cache";
  for (int i = 0; i < 16; ++i) {
    const auto index = folder / ("index" + std::to_string(i));
    const std::string type = first_word(index / "type");
    if (type != "Data" && type != "Unified") continue;
    const std::string size = first_word(index / "size");  // "32768K"
    std::int64_t bytes = leading_number(size);
    if (size.ends_with('K')) bytes <<= 10;
    if (size.ends_with('M')) bytes <<= 20;
    if (bytes <= 0) continue;
    caches.push_back({static_cast<int>(leading_number(first_word(index / "level"))), bytes,
                      count_cpu_list(first_word(index / "shared_cpu_list"))});
  }
  std::sort(caches.begin(), caches.end(), [](const auto& a, const auto& b) { return a.level < b.level; });
  return caches;
}

CpuFeatures detect() {
  CpuFeatures features;
  features.model_name = brand_string();
  features.logical_cpus = allowed_cpus();
  detect_instructions(features);
  features.data_caches = data_caches();
  return features;
}

}  // namespace

const CpuFeatures& cpu_features() {
  static const CpuFeatures features = detect();
  return features;
}

std::string_view isa_name(Isa isa) {
  switch (isa) {
    case Isa::kReference:
      return "reference";
    case Isa::kAvx2:
      return "avx2";
    case Isa::kAvx512Vnni:
      return "avx512vnni";
  }
  return "unknown";
}

bool is_available(Isa isa) {
  switch (isa) {
    case Isa::kReference:
      return true;
    case Isa::kAvx2:
      return cpu_features().avx2;
    case Isa::kAvx512Vnni:
      return cpu_features().avx512_vnni;
  }
  return false;
}

Isa best_isa() {
  if (is_available(Isa::kAvx512Vnni)) return Isa::kAvx512Vnni;
  return is_available(Isa::kAvx2) ? Isa::kAvx2 : Isa::kReference;
}

}  // namespace assay::device
