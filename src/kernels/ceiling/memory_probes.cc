// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "kernels/ceiling/probes.h"
#include "kernels/cpu_target.h"

namespace assay::kernels::ceiling {
namespace {

using device::Isa;

std::uint64_t read_words(const Streams& s) {
  std::uint64_t sums[4] = {};
  for (std::int64_t i = 0; i < s.size; i += 32) {
    std::uint64_t words[4];
    std::memcpy(words, s.source + i, 32);
    for (int j = 0; j < 4; ++j) sums[j] ^= words[j];
  }
  return sums[0] ^ sums[1] ^ sums[2] ^ sums[3];
}

template <int prefetch_bytes>
ASSAY_TARGET_AVX2 std::uint64_t read_avx2(const Streams& s) {
  __m256i sums[4] = {};
  for (std::int64_t i = 0; i < s.size; i += 256) {
    const auto* at = reinterpret_cast<const __m256i*>(s.source + i);
    for (int line = 0; prefetch_bytes > 0 && line < 4; ++line)
      _mm_prefetch(reinterpret_cast<const char*>(at) + prefetch_bytes + 64 * line, _MM_HINT_T0);
    for (int j = 0; j < 8; ++j) sums[j % 4] = _mm256_xor_si256(sums[j % 4], _mm256_load_si256(at + j));
  }
  const __m256i all =
      _mm256_xor_si256(_mm256_xor_si256(sums[0], sums[1]), _mm256_xor_si256(sums[2], sums[3]));
  std::uint64_t words[4];
  std::memcpy(words, &all, 32);
  return words[0] ^ words[1] ^ words[2] ^ words[3];
}

template <int prefetch_bytes>
ASSAY_TARGET_AVX512VNNI std::uint64_t read_avx512(const Streams& s) {
  __m512i sums[4] = {};
  for (std::int64_t i = 0; i < s.size; i += 512) {
    const std::byte* at = s.source + i;
    for (int line = 0; prefetch_bytes > 0 && line < 8; ++line)
      _mm_prefetch(reinterpret_cast<const char*>(at) + prefetch_bytes + 64 * line, _MM_HINT_T0);
    for (int j = 0; j < 8; ++j) sums[j % 4] = _mm512_xor_si512(sums[j % 4], _mm512_load_si512(at + 64 * j));
  }
  const __m512i all =
      _mm512_xor_si512(_mm512_xor_si512(sums[0], sums[1]), _mm512_xor_si512(sums[2], sums[3]));
  std::uint64_t words[8], result = 0;
  std::memcpy(words, &all, 64);
  for (const std::uint64_t word : words) result ^= word;
  return result;
}

// Four streams a quarter apart: more pages open at once suits some memory controllers.
ASSAY_TARGET_AVX2 std::uint64_t read_avx2_four_streams(const Streams& s) {
  const std::int64_t quarter = s.size / 4;
  __m256i sums[4] = {};
  for (std::int64_t i = 0; i < quarter; i += 64) {
    for (int stream = 0; stream < 4; ++stream) {
      const auto* at = reinterpret_cast<const __m256i*>(s.source + stream * quarter + i);
      sums[stream] = _mm256_xor_si256(sums[stream], _mm256_load_si256(at));
      sums[stream] = _mm256_xor_si256(sums[stream], _mm256_load_si256(at + 1));
    }
  }
  const __m256i all =
      _mm256_xor_si256(_mm256_xor_si256(sums[0], sums[1]), _mm256_xor_si256(sums[2], sums[3]));
  std::uint64_t words[4];
  std::memcpy(words, &all, 32);
  return words[0] ^ words[1] ^ words[2] ^ words[3];
}

std::uint64_t copy_library(const Streams& s) {
  std::memcpy(s.target, s.source, static_cast<std::size_t>(s.size));
  return static_cast<std::uint64_t>(s.target[s.size - 1]);
}

std::uint64_t write_library(const Streams& s) {
  std::memset(s.target, 0x5C, static_cast<std::size_t>(s.size));
  return static_cast<std::uint64_t>(s.target[s.size - 1]);
}

// Streaming (non-temporal) stores do not read the target's lines first; ordinary ones do, but stay in caches.
template <bool streaming>
ASSAY_TARGET_AVX2 inline void store(std::byte* to, __m256i value) {
  if constexpr (streaming)
    _mm256_stream_si256(reinterpret_cast<__m256i*>(to), value);
  else
    _mm256_store_si256(reinterpret_cast<__m256i*>(to), value);
}
ASSAY_TARGET_AVX2 inline __m256i load(const std::byte* from) {
  return _mm256_load_si256(reinterpret_cast<const __m256i*>(from));
}

template <bool streaming>
ASSAY_TARGET_AVX2 std::uint64_t copy_avx2(const Streams& s) {
  for (std::int64_t i = 0; i < s.size; i += 128)
    for (int j = 0; j < 128; j += 32) store<streaming>(s.target + i + j, load(s.source + i + j));
  if constexpr (streaming) _mm_sfence();
  return static_cast<std::uint64_t>(s.target[s.size - 1]);
}

template <bool streaming>
ASSAY_TARGET_AVX2 std::uint64_t add_avx2(const Streams& s) {
  for (std::int64_t i = 0; i < s.size; i += 128)
    for (int j = 0; j < 128; j += 32)
      store<streaming>(s.target + i + j, _mm256_add_epi32(load(s.source + i + j), load(s.second + i + j)));
  if constexpr (streaming) _mm_sfence();
  return static_cast<std::uint64_t>(s.target[s.size - 1]);
}

template <bool streaming>
ASSAY_TARGET_AVX2 std::uint64_t write_avx2(const Streams& s) {
  const __m256i value = _mm256_set1_epi32(0x3A7C915E);
  for (std::int64_t i = 0; i < s.size; i += 128)
    for (int j = 0; j < 128; j += 32) store<streaming>(s.target + i + j, value);
  if constexpr (streaming) _mm_sfence();
  return static_cast<std::uint64_t>(s.target[s.size - 1]);
}

constexpr MemoryProbe kProbes[] = {
    {"read", "words", Isa::kReference, read_words},
    {"read", "avx2", Isa::kAvx2, read_avx2<0>},
    {"read", "avx2_prefetch_1k", Isa::kAvx2, read_avx2<1024>},
    {"read", "avx2_prefetch_4k", Isa::kAvx2, read_avx2<4096>},
    {"read", "avx2_four_streams", Isa::kAvx2, read_avx2_four_streams},
    {"read", "avx512", Isa::kAvx512Vnni, read_avx512<0>},
    {"read", "avx512_prefetch_4k", Isa::kAvx512Vnni, read_avx512<4096>},
    {"add", "avx2", Isa::kAvx2, add_avx2<false>},
    {"add", "avx2_streaming", Isa::kAvx2, add_avx2<true>},
    {"copy", "memcpy", Isa::kReference, copy_library},
    {"copy", "avx2", Isa::kAvx2, copy_avx2<false>},
    {"copy", "avx2_streaming", Isa::kAvx2, copy_avx2<true>},
    {"write", "memset", Isa::kReference, write_library},
    {"write", "avx2", Isa::kAvx2, write_avx2<false>},
    {"write", "avx2_streaming", Isa::kAvx2, write_avx2<true>},
};

}  // namespace

std::span<const MemoryProbe> memory_probes() { return kProbes; }

}  // namespace assay::kernels::ceiling
