// SPDX-License-Identifier: Apache-2.0
#include "kernels/conformance.h"

#include <cmath>
#include <cstring>
#include <optional>

#include "base/check.h"
#include "base/random.h"
#include "values/blocks.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

namespace assay::kernels {
namespace {

using suite::Buffer;
using suite::Expected;
using suite::Role;
using values::DType;

constexpr std::size_t kGuard = 128;
constexpr std::byte kGuardByte{0xA5};
constexpr std::byte kPoison{0xFF};  // a NaN in f16, bf16, f32 and f64

std::uint64_t hash(std::string_view text) {
  std::uint64_t h = 14695981039346656037u;  // FNV-1a
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return h;
}

double draw(Random& random, suite::Fill fill) {
  switch (fill) {
    case suite::Fill::kNormal:
      return random.normal();
    case suite::Fill::kSpread:
      return random.normal() * std::exp(2 * random.normal());
    case suite::Fill::kWeights:
      return random.normal() * 0.14;
    case suite::Fill::kPositive:
      return 0.5 + random.uniform();
  }
  return 0;
}

void fill_bytes(const suite::BufferSpec& spec, std::uint64_t seed, std::span<std::byte> bytes) {
  Random random(seed);
  if (!values::is_weight_type(spec.dtype)) {
    for (std::byte& b : bytes) b = static_cast<std::byte>(random.next_u32());
    return;
  }
  const auto row_size = bytes.size() / static_cast<std::size_t>(std::max<std::int64_t>(1, spec.rows));
  std::vector<float> row(static_cast<std::size_t>(spec.cols));
  for (std::int64_t r = 0; r < spec.rows; ++r) {
    for (float& value : row) value = static_cast<float>(draw(random, spec.fill));
    values::encode_row(spec.dtype, row, bytes.subspan(static_cast<std::size_t>(r) * row_size, row_size));
  }
}

// A plain element as double; for the types that outputs have.
double element(DType type, const std::byte* at) {
  const auto load = [at](auto value) {
    std::memcpy(&value, at, sizeof value);
    return value;
  };
  switch (type) {
    case DType::kF32:
      return static_cast<double>(load(float{}));
    case DType::kF64:
      return load(double{});
    case DType::kF16:
      return static_cast<double>(values::f16_to_f32(load(std::uint16_t{})));
    case DType::kBF16:
      return static_cast<double>(values::bf16_to_f32(load(std::uint16_t{})));
    case DType::kI8:
      return load(std::int8_t{});
    case DType::kI32:
      return load(std::int32_t{});
    default:
      ASSAY_CHECK(false, "no kernel writes {}", values::info(type).name);
  }
}

using Contents = std::vector<std::vector<std::byte>>;  // of each buffer of a case

Contents contents_before(const suite::Kernel& kernel, const suite::KernelCase& one_case) {
  Contents contents;
  for (const suite::BufferSpec& spec : one_case.buffers) {
    const auto size = static_cast<std::size_t>(values::row_bytes(spec.dtype, spec.cols) * spec.rows);
    contents.emplace_back(size, kPoison);
    if (spec.role != Role::kOut)
      fill_bytes(spec, hash(kernel.name + one_case.name + spec.name), contents.back());
  }
  return contents;
}

// The buffers of one run, each between guard bands, `shift` elements off a border of 64 bytes.
class Arena {
 public:
  Arena(const suite::KernelCase& one_case, const Contents& before, std::size_t shift) : before_(before) {
    for (std::size_t i = 0; i < before.size(); ++i) {
      const suite::BufferSpec& spec = one_case.buffers[i];
      const values::DTypeInfo& type = values::info(spec.dtype);
      const std::size_t step = type.is_quantised ? 2 : static_cast<std::size_t>(type.block_bytes);
      storage_.emplace_back(2 * kGuard + 64 + before[i].size(), kGuardByte);
      auto address = reinterpret_cast<std::uintptr_t>(storage_.back().data()) + kGuard;
      address = (address + 63) / 64 * 64 + shift * step;
      const std::span<std::byte> bytes(reinterpret_cast<std::byte*>(address), before[i].size());
      std::copy(before[i].begin(), before[i].end(), bytes.begin());
      buffers_.push_back({spec, bytes});
    }
  }

  suite::Buffers buffers() const { return buffers_; }
  const std::vector<std::byte>& before(std::size_t i) const { return before_[i]; }

  // While guards are closed, AddressSanitizer also sees reads that leave a buffer.
  void close_guards() {
    for_each_guard([](std::byte* begin, std::size_t size) { ASAN_POISON_MEMORY_REGION(begin, size); });
  }
  void open_guards() {
    for_each_guard([](std::byte* begin, std::size_t size) { ASAN_UNPOISON_MEMORY_REGION(begin, size); });
  }

  // The index of a buffer whose guard band was written to.
  std::optional<std::size_t> broken_guard() {
    for (std::size_t i = 0; i < storage_.size(); ++i) {
      const std::byte* begin = buffers_[i].bytes.data();
      const std::byte* end = begin + buffers_[i].bytes.size();
      for (const std::byte& b : storage_[i])
        if ((&b < begin || &b >= end) && b != kGuardByte) return i;
    }
    return std::nullopt;
  }

 private:
  template <typename Action>
  void for_each_guard(Action action) {
    for (std::size_t i = 0; i < storage_.size(); ++i) {
      std::byte* begin = buffers_[i].bytes.data();
      std::byte* end = begin + buffers_[i].bytes.size();
      action(storage_[i].data(), static_cast<std::size_t>(begin - storage_[i].data()));
      action(end, static_cast<std::size_t>(storage_[i].data() + storage_[i].size() - end));
    }
  }

  std::vector<std::vector<std::byte>> storage_;
  std::vector<Buffer> buffers_;
  const Contents& before_;
};

// The first element of an output that is wrong, as a line; nothing if all are right.
std::optional<std::string> wrong_element(const Buffer& buffer, const std::vector<std::byte>& before,
                                         const Expected& expected, const suite::Tolerance& tolerance) {
  const auto size = static_cast<std::size_t>(values::info(buffer.spec.dtype).block_bytes);
  const std::size_t count = buffer.bytes.size() / size;
  if (expected.values.size() != count)
    return fmt::format("{}: the reference gives {} values for {} elements", buffer.spec.name,
                       expected.values.size(), count);
  const auto place = [&](std::size_t i) {
    const auto cols = static_cast<std::size_t>(buffer.spec.cols);
    return fmt::format("{}[{}, {}]", buffer.spec.name, i / cols, i % cols);
  };
  for (std::size_t i = 0; i < count; ++i) {
    const std::byte* at = buffer.bytes.data() + i * size;
    if (std::isnan(expected.values[i])) {
      if (std::memcmp(at, before.data() + i * size, size) != 0)
        return place(i) + ": written, expected untouched";
    } else if (std::isnan(element(buffer.spec.dtype, at))) {
      return place(i) + ": NaN or never written";  // before any tolerance: every comparison with NaN is false
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    const double want = expected.values[i];
    if (std::isnan(want)) continue;
    const double got = element(buffer.spec.dtype, buffer.bytes.data() + i * size);
    const double rms = expected.term_rms.empty() ? 0 : expected.term_rms[i];
    const double allowed =
        tolerance.eps_out * std::abs(want) + tolerance.k * tolerance.eps_acc * std::sqrt(tolerance.n) * rms;
    if (!(std::abs(got - want) <= allowed))
      return fmt::format("{}: expected {:.9g}, got {:.9g}, off by {:.3g}, allowed {:.3g}", place(i), want,
                         got, std::abs(got - want), allowed);
  }
  return std::nullopt;
}

// Compares all outputs; the first fault of each.
std::vector<std::string> wrong_outputs(const Arena& arena, const std::vector<Expected>& expected,
                                       const suite::Tolerance& tolerance) {
  std::vector<std::string> faults;
  std::size_t output = 0;
  for (std::size_t i = 0; i < arena.buffers().size(); ++i) {
    const Buffer& buffer = arena.buffers()[i];
    if (buffer.spec.role == Role::kIn) continue;
    if (output == expected.size()) return {"the reference gives too few outputs"};
    if (auto fault = wrong_element(buffer, arena.before(i), expected[output], tolerance))
      faults.push_back(std::move(*fault));
    ++output;
  }
  return faults;
}

bool has_outputs(const std::vector<Expected>& expected) {
  for (const Expected& e : expected)
    for (const double value : e.values)
      if (!std::isnan(value)) return true;
  return false;
}

bool same_bits(const Arena& a, const Arena& b) {
  for (std::size_t i = 0; i < a.buffers().size(); ++i) {
    const auto x = a.buffers()[i].bytes, y = b.buffers()[i].bytes;
    if (!std::equal(x.begin(), x.end(), y.begin(), y.end())) return false;
  }
  return true;
}

std::string run(const suite::KernelVariant& variant, const suite::KernelCase& one_case, Arena& arena) {
  arena.close_guards();
  std::string ran = variant.run(one_case, arena.buffers());
  arena.open_guards();
  return ran;
}

// What the outputs should be, and what they would be without their last terms.
struct Answers {
  std::vector<Expected> right;
  std::vector<Expected> short_of_a_term;
};

std::vector<std::string> faults_at(const suite::KernelVariant& variant, const suite::KernelCase& one_case,
                                   const Contents& before, const Answers& answers, std::size_t shift) {
  Arena arena(one_case, before, shift), again(one_case, before, shift);
  const std::string ran = run(variant, one_case, arena);
  std::vector<std::string> faults = wrong_outputs(arena, answers.right, one_case.tolerance);
  if (ran != variant.name) faults.push_back(fmt::format("asked for {}, {} ran", variant.name, ran));
  if (const auto broken = arena.broken_guard())
    faults.push_back(fmt::format("{}: wrote outside the buffer", one_case.buffers[*broken].name));
  for (std::size_t i = 0; i < one_case.buffers.size(); ++i) {
    const auto bytes = arena.buffers()[i].bytes;
    if (one_case.buffers[i].role == Role::kIn &&
        !std::equal(bytes.begin(), bytes.end(), before[i].begin(), before[i].end()))
      faults.push_back(fmt::format("{}: an input was changed", one_case.buffers[i].name));
  }
  if (faults.empty() && has_outputs(answers.right) &&
      wrong_outputs(arena, answers.short_of_a_term, one_case.tolerance).empty())
    faults.emplace_back("the tolerance does not notice that the last term is left out");
  run(variant, one_case, again);
  if (!same_bits(arena, again)) faults.emplace_back("two runs differ in their bits");
  return faults;
}

}  // namespace

std::vector<std::string> conformance_faults(const suite::Kernel& kernel, const suite::KernelVariant& variant,
                                            const suite::KernelCase& one_case) {
  const Contents before = contents_before(kernel, one_case);
  const Arena pristine(one_case, before, 0);
  const Answers answers{kernel.reference(one_case, pristine.buffers(), false),
                        kernel.reference(one_case, pristine.buffers(), true)};
  std::vector<std::string> all;
  for (const std::size_t shift : {0, 1, 3}) {
    for (const std::string& fault : faults_at(variant, one_case, before, answers, shift))
      all.push_back(fmt::format("{} on {} ({} elements off): {}", variant.name, one_case.name, shift, fault));
  }
  return all;
}

}  // namespace assay::kernels
