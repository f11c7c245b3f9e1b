// SPDX-License-Identifier: Apache-2.0
#include "suite/validate.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "base/text.h"
#include "values/dtype.h"

namespace assay::suite {
namespace {

// Names and values become parts of "saxpy/plain n=4096" and of --axis n=4096,8192.
bool is_word(std::string_view text) {
  return !text.empty() && std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '=' || c == ',' || c == 0x7F;
  });
}

Result<void> check_word(const Entry& entry, std::string_view what, std::string_view text) {
  if (is_word(text)) return {};
  return fail(ErrorCode::kInvalidArgument,
              "entry '{}': {} is '{}', expected a word without spaces, '=' and ','", printable(entry.name),
              what, printable(text));
}

// The fault is named by the first name that occurs twice.
template <typename Names>
Result<void> check_unique(const Entry& entry, std::string_view what, const Names& names) {
  std::set<std::string_view> seen;
  for (const std::string& name : names) {
    if (!seen.insert(name).second)
      return fail(ErrorCode::kInvalidArgument, "entry '{}': {} '{}' occurs twice", entry.name, what,
                  printable(name));
  }
  return {};
}

Result<void> check_axis(const Entry& entry, const Axis& axis) {
  ASSAY_TRY_VOID(check_word(entry, "the name of an axis", axis.name));
  if (axis.name == "cache")
    return fail(ErrorCode::kInvalidArgument,
                "entry '{}': 'cache' is no name for an axis; state cache regimes with caches()", entry.name);
  if (axis.values.empty())
    return fail(ErrorCode::kInvalidArgument, "entry '{}': axis '{}' has no values", entry.name, axis.name);
  for (const std::string& value : axis.values)
    ASSAY_TRY_VOID(check_word(entry, "a value of axis '" + axis.name + "'", value));
  return check_unique(entry, "value of axis '" + axis.name + "'", axis.values);
}

Result<void> check_variants(const Entry& entry) {
  if (entry.variants.empty())
    return fail(ErrorCode::kInvalidArgument, "entry '{}': no variant; add one with variant()", entry.name);
  std::vector<std::string> names;
  for (const Variant& variant : entry.variants) {
    ASSAY_TRY_VOID(check_word(entry, "the name of a variant", variant.name));
    if (!variant.bind)
      return fail(ErrorCode::kInvalidArgument, "entry '{}': variant '{}' has no function", entry.name,
                  variant.name);
    names.push_back(variant.name);
  }
  return check_unique(entry, "variant", names);
}

Result<void> check_caches(const Entry& entry) {
  if (entry.cache_regimes.empty())
    return fail(ErrorCode::kInvalidArgument, "entry '{}': no cache regime; expected 'warm' or 'cold'",
                entry.name);
  for (const std::string& regime : entry.cache_regimes) {
    if (regime != "warm" && regime != "cold")
      return fail(ErrorCode::kInvalidArgument, "entry '{}': cache regime '{}', expected 'warm' or 'cold'",
                  entry.name, printable(regime));
  }
  return check_unique(entry, "cache regime", entry.cache_regimes);
}

// Bytes of one buffer.
Result<std::int64_t> size_of(const BufferSpec& spec, std::string_view where) {
  const values::DTypeInfo& type = values::info(spec.dtype);
  if (spec.rows < 0 || spec.cols < 0)
    return fail(ErrorCode::kInvalidArgument, "{}: buffer '{}' is {} x {}, expected no negative size", where,
                spec.name, spec.rows, spec.cols);
  if (spec.cols % type.block_elements != 0)
    return fail(ErrorCode::kInvalidArgument,
                "{}: buffer '{}' has {} columns, expected a multiple of {} (a block of {})", where, spec.name,
                spec.cols, type.block_elements, type.name);
  if (spec.role != Role::kIn && type.is_quantised)
    return fail(ErrorCode::kInvalidArgument, "{}: buffer '{}' is an output of type {}, expected a plain type",
                where, spec.name, type.name);
  const auto row = values::checked_row_bytes(spec.dtype, spec.cols);
  std::int64_t bytes = 0;
  if (!row || __builtin_mul_overflow(*row, spec.rows, &bytes))
    return fail(ErrorCode::kInvalidArgument, "{}: buffer '{}' of {} x {} {} is too large to count", where,
                spec.name, spec.rows, spec.cols, type.name);
  return bytes;
}

Result<void> check_buffers(const std::vector<BufferSpec>& specs, const Entry& entry, std::string_view where) {
  std::vector<std::string> names;
  std::int64_t total = 0;
  for (const BufferSpec& spec : specs) {
    ASSAY_TRY(const std::int64_t bytes, size_of(spec, where));
    if (__builtin_add_overflow(total, bytes, &total))
      return fail(ErrorCode::kInvalidArgument, "{}: the buffers together are too large to count", where);
    names.push_back(spec.name);
  }
  return check_unique(entry, "buffer", names);
}

Result<void> check_numbers(const Entry& entry, const Point& point, std::string_view where) {
  const Work work = entry.work_at ? entry.work_at(point) : Work{};
  if (work.bytes_read.count < 0 || work.bytes_written.count < 0 || work.flops.count < 0 || work.items < 0)
    return fail(ErrorCode::kInvalidArgument, "{}: the stated work is negative", where);
  const Tolerance t = entry.tolerance_at ? entry.tolerance_at(point) : Tolerance{};
  for (const double part : {t.eps_out, t.eps_acc, t.k, t.n, t.absolute}) {
    if (!(part >= 0))
      return fail(ErrorCode::kInvalidArgument, "{}: a part of the tolerance is {}, expected at least 0",
                  where, part);
  }
  const int threads = entry.threads_at ? entry.threads_at(point) : 1;
  if (threads < 1)
    return fail(ErrorCode::kInvalidArgument, "{}: {} threads, expected at least 1", where, threads);
  return {};
}

}  // namespace

std::string to_string(const Point& point) {
  std::string text;
  for (const AxisValue& axis : point.values()) {
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", axis.name, axis.value);
  }
  return text;
}

Result<void> validate(const Entry& entry) {
  ASSAY_TRY_VOID(check_word(entry, "the name of the entry", entry.name));
  std::vector<std::string> axes;
  for (const Axis& axis : entry.axes) {
    ASSAY_TRY_VOID(check_axis(entry, axis));
    axes.push_back(axis.name);
  }
  ASSAY_TRY_VOID(check_unique(entry, "axis", axes));
  ASSAY_TRY_VOID(check_variants(entry));
  ASSAY_TRY_VOID(check_caches(entry));
  if (entry.reference_call && entry.expected)
    return fail(ErrorCode::kInvalidArgument, "entry '{}': two references, expected one", entry.name);
  return {};
}

Result<void> validate_at(const Entry& entry, const Point& point) {
  std::string where = fmt::format("entry '{}'", entry.name);
  if (!point.values().empty()) where += " at " + to_string(point);
  try {
    ASSAY_TRY_VOID(check_buffers(entry.buffers_at(point), entry, where));
    return check_numbers(entry, point, where);
  } catch (const std::exception& error) {
    return fail(ErrorCode::kInvalidArgument, "{}: {}", where, error.what());
  }
}

}  // namespace assay::suite
