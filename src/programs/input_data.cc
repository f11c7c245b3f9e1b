// SPDX-License-Identifier: Apache-2.0
#include "programs/input_data.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <span>

#include "base/sha256.h"
#include "values/blocks.h"
#include "values/dtype.h"

namespace assay::programs {
namespace {

constexpr std::size_t kCandidates = 8;
constexpr std::size_t kLookedAt = 1 << 16;  // elements of a buffer, or twice as many

struct Candidate {
  const std::byte* element = nullptr;
  std::int64_t count = 0;
};

// The candidate for `at`: its own, an unused one, or none, which costs all of them one count.
void count_element(std::array<Candidate, kCandidates>& candidates, const std::byte* at, std::size_t size) {
  for (Candidate& c : candidates) {
    if (c.count > 0 && std::memcmp(c.element, at, size) == 0) {
      ++c.count;
      return;
    }
  }
  for (Candidate& c : candidates) {
    if (c.count == 0) {
      c = {at, 1};
      return;
    }
  }
  for (Candidate& c : candidates) --c.count;
}

// Bytes of the most frequent element.
std::int64_t most_frequent_bytes(std::span<const std::byte> bytes, std::size_t size) {
  std::array<Candidate, kCandidates> candidates;
  for (std::size_t at = 0; at + size <= bytes.size(); at += size)
    count_element(candidates, bytes.data() + at, size);
  for (Candidate& c : candidates) c.count = 0;
  for (std::size_t at = 0; at + size <= bytes.size(); at += size) {
    for (Candidate& c : candidates) {
      if (c.element != nullptr && std::memcmp(c.element, bytes.data() + at, size) == 0) {
        ++c.count;
        break;
      }
    }
  }
  std::int64_t most = 0;
  for (const Candidate& c : candidates) most = std::max(most, c.count);
  return most * static_cast<std::int64_t>(size);
}

void add_buffer(Sha256& hash, const BufferSpec& spec, std::span<const std::byte> bytes) {
  const std::string heading =
      fmt::format("{} {} {}x{}\n", spec.name, values::info(spec.dtype).name, spec.rows, spec.cols);
  hash.update(std::as_bytes(std::span(heading)));
  hash.update(bytes);
}

// What tells how constant a buffer is: of a large one, elements in steps that are odd, so that they do not
// all stand in one column of a matrix.
std::vector<std::byte> looked_at(const BufferSpec& spec, std::span<const std::byte> bytes) {
  const auto size = static_cast<std::size_t>(values::info(spec.dtype).block_bytes);
  const std::size_t step = bytes.size() / size / kLookedAt | 1;
  std::vector<std::byte> elements;
  elements.reserve(bytes.size() / step + size);
  for (std::size_t at = 0; at + size <= bytes.size(); at += step * size)
    elements.insert(elements.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                    bytes.begin() + static_cast<std::ptrdiff_t>(at + size));
  return elements;
}

}  // namespace

std::optional<double> constant_share(const std::vector<BufferSpec>& specs, const suite::Contents& contents) {
  std::int64_t all = 0, constant = 0;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (specs[i].role == Role::kOut) continue;
    const std::vector<std::byte> drawn = looked_at(specs[i], contents[i]);
    all += static_cast<std::int64_t>(drawn.size());
    constant +=
        most_frequent_bytes(drawn, static_cast<std::size_t>(values::info(specs[i].dtype).block_bytes));
  }
  if (all == 0) return std::nullopt;
  return static_cast<double>(constant) / static_cast<double>(all);
}

std::vector<std::size_t> constant_numbers(const std::vector<BufferSpec>& specs,
                                          const suite::Contents& contents) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const bool is_number = values::is_weight_type(specs[i].dtype) || specs[i].dtype == DType::kF64;
    if (specs[i].role != Role::kIn || !is_number || contents[i].empty()) continue;
    const auto size = static_cast<std::size_t>(values::info(specs[i].dtype).block_bytes);
    const std::vector<std::byte> drawn = looked_at(specs[i], contents[i]);
    if (2 * most_frequent_bytes(drawn, size) > static_cast<std::int64_t>(drawn.size())) found.push_back(i);
  }
  return found;
}

std::string digest_of_inputs(const std::vector<BufferSpec>& specs, const suite::Contents& contents) {
  Sha256 hash;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (specs[i].role != Role::kOut)
      add_buffer(hash, specs[i], suite::without_repetition(specs[i], contents[i]));
  }
  return hash.hex_digest();
}

std::string digest_of_outputs(Buffers buffers) {
  Sha256 hash;
  for (const Buffer& buffer : buffers) {
    if (buffer.spec.role != Role::kIn) add_buffer(hash, buffer.spec, buffer.bytes);
  }
  return hash.hex_digest();
}

}  // namespace assay::programs
