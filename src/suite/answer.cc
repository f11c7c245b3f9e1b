// SPDX-License-Identifier: Apache-2.0
#include "suite/answer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include "suite/element.h"
#include "suite/validate.h"
#include "values/dtype.h"

namespace assay::suite {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

bool is_float(DType type) {
  return type == DType::kF32 || type == DType::kF64 || type == DType::kF16 || type == DType::kBF16;
}
std::size_t element_size(const BufferSpec& spec) {
  return static_cast<std::size_t>(values::info(spec.dtype).block_bytes);
}

// What an implementation wrote, as numbers.
Expected as_expected(const BufferSpec& spec, std::span<const std::byte> bytes) {
  const std::size_t size = element_size(spec);
  Expected expected;
  double squares = 0;
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    const auto value = static_cast<double>(element(spec.dtype, bytes.data() + at));
    expected.values.push_back(value);
    if (std::isfinite(value)) squares += value * value;
  }
  const double n = static_cast<double>(std::max<std::size_t>(1, expected.values.size()));
  expected.term_rms.assign(expected.values.size(), std::sqrt(squares / n));
  return expected;
}

void run_implementation(const Entry& entry, const Point& point, GuardedBuffers& buffers, Answer& answer) {
  Call call(point, buffers.buffers());
  entry.reference_call(call);
  for (const Buffer& buffer : buffers.buffers()) {
    if (buffer.spec.role == Role::kIn) continue;
    answer.outputs.push_back(as_expected(buffer.spec, buffer.bytes));
    answer.bytes.emplace_back(buffer.bytes.begin(), buffer.bytes.end());
  }
}

// An Expected that names its elements: one value for each, in rising order, inside the buffer.
Result<void> check_places(const Entry& entry, const BufferSpec& spec, const Expected& expected) {
  const bool has_rms = !expected.term_rms.empty();
  const bool fits = expected.values.size() == expected.at.size() &&
                    (!has_rms || expected.term_rms.size() == expected.at.size()) &&
                    expected.at.front() >= 0 && expected.at.back() < spec.rows * spec.cols;
  if (fits && std::is_sorted(expected.at.begin(), expected.at.end(), std::less_equal<>())) return {};
  return fail(ErrorCode::kInvalidArgument,
              "entry '{}': the reference gives {} values for {} elements of '{}', which must be rising and "
              "below {}",
              entry.name, expected.values.size(), expected.at.size(), spec.name, spec.rows * spec.cols);
}

Result<void> check_sizes(const Entry& entry, const std::vector<BufferSpec>& specs, const Answer& answer) {
  std::size_t output = 0;
  for (const BufferSpec& spec : specs) {
    if (spec.role == Role::kIn) continue;
    if (output == answer.outputs.size())
      return fail(ErrorCode::kInvalidArgument, "entry '{}': the reference gives {} outputs, '{}' is missing",
                  entry.name, output, spec.name);
    const Expected& expected = answer.outputs[output++];
    const auto count = static_cast<std::size_t>(spec.rows * spec.cols);
    const bool has_rms = !expected.term_rms.empty();
    if (!expected.at.empty()) {
      ASSAY_TRY_VOID(check_places(entry, spec, expected));
      continue;
    }
    if (expected.values.size() != count || (has_rms && expected.term_rms.size() != count))
      return fail(
          ErrorCode::kInvalidArgument,
          "entry '{}': the reference gives {} values and {} sizes of terms for the {} elements of '{}'",
          entry.name, expected.values.size(), expected.term_rms.size(), count, spec.name);
  }
  return {};
}

// Judges one element at a time; knows nothing of buffers.
struct Judge {
  const Tolerance& tolerance;
  DType dtype;

  [[nodiscard]] double allowed(double expected, double term_rms) const {
    if (!is_float(dtype)) return tolerance.absolute;
    return tolerance.eps_out * std::abs(expected) +
           tolerance.k * tolerance.eps_acc * std::sqrt(tolerance.n) * term_rms + tolerance.absolute;
  }
  [[nodiscard]] static double in_tolerances(double error, double allowed) {
    if (error <= allowed) return allowed > 0 ? error / allowed : 0;
    return allowed > 0 ? error / allowed : kInfinite;
  }
};

std::string place_of(const BufferSpec& spec, std::size_t i) {
  const auto cols = static_cast<std::size_t>(std::max<std::int64_t>(1, spec.cols));
  return fmt::format("{}[{}, {}]", spec.name, i / cols, i % cols);
}

void keep_worst(Comparison& comparison, double worst, const BufferSpec& spec, std::size_t i,
                const std::string& what) {
  if (worst <= comparison.worst) return;
  comparison.worst = worst;
  if (worst > 1) comparison.place = fmt::format("{}: {}", place_of(spec, i), what);
}

std::string as_text(const BufferSpec& spec, long double value) {
  return is_float(spec.dtype) ? fmt::format("{:.9g}", value) : fmt::format("{:.0f}", value);
}

bool is_poison(const BufferSpec& spec, const std::byte* at, std::size_t size) {
  const std::byte poison = poison_byte(spec.dtype);
  return *at == poison && std::all_of(at, at + size, [poison](std::byte b) { return b == poison; });
}

// Whether any of the words, each of one element's size or of 8 bytes, is all poison. At the speed of memory.
template <typename Word>
bool holds_word(std::span<const std::byte> bytes, std::byte poison) {
  Word wanted;
  std::memset(&wanted, static_cast<int>(poison), sizeof wanted);
  bool found = false;
  for (std::size_t at = 0; at + sizeof(Word) <= bytes.size(); at += sizeof(Word)) {
    Word word;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    found |= word == wanted;
  }
  return found;
}

bool may_hold_poison(const BufferSpec& spec, std::span<const std::byte> bytes) {
  const std::byte poison = poison_byte(spec.dtype);
  const std::size_t size = is_float(spec.dtype) ? element_size(spec) : 8;
  if (size == 2) return holds_word<std::uint16_t>(bytes, poison);
  if (size == 4) return holds_word<std::uint32_t>(bytes, poison);
  return holds_word<std::uint64_t>(bytes, poison);
}

// Elements that `expected` does not name must not hold poison any more. A single integer may look like it by
// chance, 16 bytes from a border of 16 do not.
void check_written(const BufferSpec& spec, std::span<const std::byte> got, const Expected& expected,
                   Comparison& result) {
  const std::size_t size = element_size(spec);
  const std::size_t step = is_float(spec.dtype) ? size : std::max<std::size_t>(16, size);
  auto named = expected.at.begin();
  constexpr std::size_t kAtOnce = 4096;  // a multiple of every step
  for (std::size_t at = 0; at + step <= got.size(); at += step) {
    while (at % kAtOnce == 0 && at + kAtOnce <= got.size() &&
           !may_hold_poison(spec, got.subspan(at, kAtOnce)))
      at += kAtOnce;
    if (at + step > got.size()) break;
    // A step that holds a named element has been compared.
    const auto first = static_cast<std::int64_t>(at / size),
               behind = static_cast<std::int64_t>((at + step) / size);
    while (named != expected.at.end() && *named < first) ++named;
    if (named != expected.at.end() && *named < behind) continue;
    if (is_poison(spec, got.data() + at, step))
      return keep_worst(result, kInfinite, spec, at / size, "NaN or never written");
  }
}

}  // namespace

Result<std::optional<Answer>> answer_of(const Entry& entry, const Point& point,
                                        const std::vector<BufferSpec>& specs, const Contents& before,
                                        bool omit_last_term) {
  if (!entry.expected && !entry.reference_call) return std::optional<Answer>();
  Answer answer;
  try {
    if (entry.tolerance_at) answer.tolerance = entry.tolerance_at(point);
    GuardedBuffers buffers(specs, before);
    if (entry.expected) {
      answer.outputs = entry.expected(Call(point, buffers.buffers()), omit_last_term);
    } else {
      run_implementation(entry, point, buffers, answer);
    }
  } catch (const std::exception& error) {
    return fail(ErrorCode::kInvalidArgument, "entry '{}' at {}: the reference threw: {}", entry.name,
                to_string(point), error.what());
  }
  ASSAY_TRY_VOID(check_sizes(entry, specs, answer));
  return std::optional(std::move(answer));
}

Comparison compare_output(const BufferSpec& spec, std::span<const std::byte> got,
                          std::span<const std::byte> before, const Answer& answer, std::size_t output) {
  const std::size_t size = element_size(spec);
  const Expected& expected = answer.outputs[output];
  const bool has_bytes = output < answer.bytes.size();
  const Judge judge{answer.tolerance, spec.dtype};
  Comparison result;
  for (std::size_t k = 0; k < expected.values.size(); ++k) {
    const std::size_t i = expected.at.empty() ? k : static_cast<std::size_t>(expected.at[k]);
    const std::byte* at = got.data() + i * size;
    const double want = expected.values[k];
    if (std::isnan(want) && !has_bytes) {  // kUntouched
      if (std::memcmp(at, before.data() + i * size, size) != 0)
        keep_worst(result, kInfinite, spec, i, "written, expected untouched");
      continue;
    }
    ++result.elements;
    if (std::isfinite(want)) result.squared_expected += want * want;
    if (has_bytes && std::memcmp(at, answer.bytes[output].data() + i * size, size) == 0) continue;
    const long double value = element(spec.dtype, at);
    if (std::isnan(value) || std::isnan(want)) {
      // Any NaN is as right as another, but poison is none that a call wrote.
      const bool is_right = std::isnan(value) && std::isnan(want) && !is_poison(spec, at, size);
      if (!is_right)
        keep_worst(
            result, kInfinite, spec, i,
            std::isnan(value) ? "NaN or never written" : fmt::format("expected NaN, got {:.9g}", value));
      continue;
    }
    if (static_cast<double>(value) == want && !has_bytes) continue;  // equal infinities too
    const long double exact = has_bytes ? element(spec.dtype, answer.bytes[output].data() + i * size)
                                        : static_cast<long double>(want);
    const auto error = static_cast<double>(std::abs(value - exact));
    const double allowed = judge.allowed(want, expected.term_rms.empty() ? 0 : expected.term_rms[k]);
    if (std::isfinite(error)) result.squared_error += error * error;
    const double worst = std::isnan(error) ? kInfinite : Judge::in_tolerances(error, allowed);
    if (worst > result.worst)
      keep_worst(result, worst, spec, i,
                 fmt::format("expected {}, got {}, off by {:.3g}, allowed {:.3g}", as_text(spec, exact),
                             as_text(spec, value), error, allowed));
  }
  if (!expected.at.empty()) check_written(spec, got, expected, result);
  return result;
}

std::string first_wrong_output(const GuardedBuffers& buffers, const Answer& answer) {
  std::size_t output = 0;
  for (std::size_t i = 0; i < buffers.buffers().size(); ++i) {
    const Buffer& buffer = buffers.buffers()[i];
    if (buffer.spec.role == Role::kIn) continue;
    const Comparison c = compare_output(buffer.spec, buffer.bytes, buffers.before(i), answer, output++);
    if (c.worst > 1) return c.place;
  }
  return "";
}

Comparison compare_contents(const BufferSpec& spec, std::span<const std::byte> first,
                            std::span<const std::byte> second, const Answer* answer, std::size_t output) {
  Answer from_first;
  if (answer != nullptr) from_first.tolerance = answer->tolerance;
  from_first.outputs = {as_expected(spec, first)};
  from_first.bytes = {std::vector<std::byte>(first.begin(), first.end())};
  if (answer != nullptr && answer->outputs[output].at.empty() && !answer->outputs[output].term_rms.empty())
    from_first.outputs[0].term_rms = answer->outputs[output].term_rms;
  return compare_output(spec, second, first, from_first, 0);
}

void corrupt(const BufferSpec& spec, std::span<std::byte> bytes, std::span<const std::int64_t> at) {
  const std::size_t size = element_size(spec);
  const std::size_t count = at.empty() ? bytes.size() / size : at.size();
  if (bytes.size() < size) return;
  std::size_t largest = at.empty() ? 0 : static_cast<std::size_t>(at.front()) * size;
  long double magnitude = -1;
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t place = (at.empty() ? k : static_cast<std::size_t>(at[k])) * size;
    const long double value = std::abs(element(spec.dtype, bytes.data() + place));
    if (!std::isfinite(value) || value <= magnitude) continue;
    magnitude = value;
    largest = place;
  }
  // Little-endian: the sign is in the last byte. A zero has no sign to turn.
  if (magnitude > 0) {
    bytes[largest + size - 1] ^= std::byte{0x80};
  } else {
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(largest), size, std::byte{0x3F});
  }
}

}  // namespace assay::suite
