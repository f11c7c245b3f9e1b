// SPDX-License-Identifier: Apache-2.0
#include "programs/kernel_library.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "device/cuda/cuda_device.h"
#include "suite/validate.h"
#include "values/dtype.h"

namespace assay::programs {
namespace {

using Json = nlohmann::ordered_json;

struct Found {
  const Entry* entry = nullptr;
  const Variant* variant = nullptr;
};

struct Place {
  Found found;
  Point point;
  std::vector<BufferSpec> specs;
};

bool runs_on_device(const Variant& variant) { return variant.device == Device::kCuda; }

bool is_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

// The values of each axis: those stated, then those that points and corners add.
std::vector<Axis> axes_of(const Entry& entry) {
  std::vector<Axis> axes = entry.axes;
  for (const std::vector<Point>* points : {&entry.points, &entry.corners}) {
    for (const Point& point : *points) {
      for (const AxisValue& value : point.values()) {
        auto axis =
            std::find_if(axes.begin(), axes.end(), [&](const Axis& a) { return a.name == value.name; });
        if (axis == axes.end()) axis = axes.insert(axes.end(), Axis{value.name, {}});
        if (std::find(axis->values.begin(), axis->values.end(), value.value) == axis->values.end())
          axis->values.push_back(value.value);
      }
    }
  }
  return axes;
}

template <typename List, typename Text>
std::string joined(const List& list, Text text) {
  std::string all;
  for (const auto& one : list) all += (all.empty() ? "" : ", ") + std::string(text(one));
  return all;
}

std::string names_of(const std::vector<Axis>& axes) {
  return joined(axes, [](const Axis& axis) { return axis.name; });
}

Result<Found> find_variant(const Suite& suite, std::string_view name) {
  bool has_any = false;
  for (const Entry& entry : suite.entries) {
    for (const Variant& variant : entry.variants) {
      has_any = has_any || runs_on_device(variant);
      if (variant.name != name) continue;
      if (runs_on_device(variant)) return Found{&entry, &variant};
      return fail(ErrorCode::kInvalidArgument, "variant '{}' runs on the CPU; expected one on a CUDA device",
                  name);
    }
  }
  if (!has_any && !device::cuda::is_built_in())
    return fail(ErrorCode::kNotFound,
                "no variant '{}': assay was built without CUDA; build the preset 'cuda'", printable(name));
  return fail(ErrorCode::kNotFound, "no variant '{}'; the list of kernels names those that there are",
              printable(name));
}

// A word has to be one that the entry states; a number may be any that is not negative.
Result<void> check_value(const Entry& entry, const Axis& axis, const std::string& value) {
  if (std::find(axis.values.begin(), axis.values.end(), value) != axis.values.end()) return {};
  const bool takes_numbers = std::all_of(axis.values.begin(), axis.values.end(), is_number);
  if (takes_numbers && is_number(value) && value.front() != '-') return {};
  return fail(ErrorCode::kInvalidArgument, "entry '{}': axis '{}' is '{}', expected {}", entry.name,
              axis.name, printable(value),
              takes_numbers ? std::string("a whole number from 0")
                            : "one of " + joined(axis.values, [](const auto& word) { return word; }));
}

Result<Point> parse_point(const Entry& entry, std::string_view text) {
  const std::vector<Axis> axes = axes_of(entry);
  std::vector<AxisValue> values;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos)
      return fail(ErrorCode::kInvalidArgument, "entry '{}': got '{}', expected axis=value", entry.name,
                  printable(word));
    AxisValue value{std::string(word.substr(0, equals)), std::string(word.substr(equals + 1))};
    const auto same = [&](const auto& other) { return other.name == value.name; };
    const auto axis = std::find_if(axes.begin(), axes.end(), same);
    if (axis == axes.end())
      return fail(ErrorCode::kInvalidArgument, "entry '{}': no axis '{}'; it has {}", entry.name,
                  printable(value.name), names_of(axes));
    if (std::any_of(values.begin(), values.end(), same))
      return fail(ErrorCode::kInvalidArgument, "entry '{}': axis '{}' occurs twice", entry.name, value.name);
    ASSAY_TRY_VOID(check_value(entry, *axis, value.value));
    values.push_back(std::move(value));
  }
  for (const Axis& axis : axes) {
    if (std::none_of(values.begin(), values.end(),
                     [&](const auto& value) { return value.name == axis.name; }))
      return fail(ErrorCode::kInvalidArgument, "entry '{}': axis '{}' is missing; expected {}", entry.name,
                  axis.name, names_of(axes));
  }
  return Point(std::move(values));
}

// Functions of the entry's author may throw.
template <typename Function>
auto guarded(const Entry& entry, Function function) -> Result<decltype(function())> {
  try {
    return function();
  } catch (const std::exception& error) {
    return fail(ErrorCode::kInvalidArgument, "entry '{}': {}", entry.name, error.what());
  }
}

Result<Place> find_place(const Suite& suite, std::string_view variant, std::string_view axes) {
  Place place;
  ASSAY_TRY(place.found, find_variant(suite, variant));
  const Entry& entry = *place.found.entry;
  ASSAY_TRY(place.point, parse_point(entry, axes));
  ASSAY_TRY_VOID(suite::validate_at(entry, place.point));
  ASSAY_TRY(const bool takes, guarded(entry, [&] {
              return !place.found.variant->takes || place.found.variant->takes(place.point);
            }));
  if (!takes)
    return fail(ErrorCode::kUnsupported, "variant '{}' does not take {}", variant,
                suite::to_string(place.point));
  ASSAY_TRY(place.specs, guarded(entry, [&] { return entry.buffers_at(place.point); }));
  return place;
}

std::int64_t bytes_of(const BufferSpec& spec) { return spec.rows * values::row_bytes(spec.dtype, spec.cols); }

const char* role_name(Role role) { return role == Role::kIn ? "in" : role == Role::kOut ? "out" : "inout"; }

Result<std::vector<Buffer>> buffers_over(const Place& place, std::span<void* const> pointers) {
  if (pointers.size() != place.specs.size())
    return fail(ErrorCode::kInvalidArgument, "entry '{}': got {} pointers, expected {}: {}",
                place.found.entry->name, pointers.size(), place.specs.size(),
                joined(place.specs, [](const BufferSpec& spec) { return spec.name; }));
  std::vector<Buffer> buffers;
  for (std::size_t i = 0; i < pointers.size(); ++i) {
    const BufferSpec& spec = place.specs[i];
    const std::int64_t bytes = bytes_of(spec);
    if (pointers[i] == nullptr && bytes > 0)
      return fail(ErrorCode::kInvalidArgument, "entry '{}': the pointer of '{}' is null, expected {} bytes",
                  place.found.entry->name, spec.name, bytes);
    const std::int64_t element =
        values::info(spec.dtype).block_elements == 1 ? values::info(spec.dtype).block_bytes : 1;
    const std::int64_t alignment = std::max(place.found.variant->alignment_bytes, element);
    if (reinterpret_cast<std::uintptr_t>(pointers[i]) % static_cast<std::uintptr_t>(alignment) != 0)
      return fail(ErrorCode::kUnsupported, "variant '{}': the pointer of '{}' is not a multiple of {} bytes",
                  place.found.variant->name, spec.name, alignment);
    buffers.push_back({spec, {static_cast<std::byte*>(pointers[i]), static_cast<std::size_t>(bytes)}});
  }
  return buffers;
}

}  // namespace

std::string describe_kernels(const Suite& suite) {
  Json all = Json::array();
  for (const Entry& entry : suite.entries) {
    if (std::none_of(entry.variants.begin(), entry.variants.end(), runs_on_device)) continue;
    Json one{{"entry", entry.name}, {"measures", entry.formula}, {"axes", Json::object()}};
    for (const Axis& axis : axes_of(entry)) one["axes"][axis.name] = axis.values;
    one["points"] = Json::array();
    for (const Point& point : entry.points) {
      Json words = Json::object();
      for (const AxisValue& value : point.values()) words[value.name] = value.value;
      one["points"].push_back(std::move(words));
    }
    one["variants"] = Json::array();
    for (const Variant& variant : entry.variants) {
      if (!runs_on_device(variant)) continue;
      one["variants"].push_back({{"name", variant.name},
                                 {"accumulation", variant.accumulation},
                                 {"alignment", variant.alignment_bytes}});
    }
    all.push_back(std::move(one));
  }
  return all.dump();
}

Result<std::string> describe_buffers(const Suite& suite, std::string_view variant, std::string_view axes) {
  ASSAY_TRY(const Place place, find_place(suite, variant, axes));
  Json all = Json::array();
  for (const BufferSpec& spec : place.specs) {
    all.push_back({{"name", spec.name},
                   {"role", role_name(spec.role)},
                   {"dtype", values::info(spec.dtype).name},
                   {"rows", spec.rows},
                   {"cols", spec.cols},
                   {"bytes", bytes_of(spec)}});
  }
  return all.dump();
}

BoundKernel::BoundKernel(const Variant& variant, Point point, std::vector<Buffer> buffers, void* stream)
    : variant_(variant),
      point_(std::move(point)),
      buffers_(std::move(buffers)),
      call_(point_, buffers_, stream),
      ran_(variant.name) {}

Result<void> BoundKernel::bind() {
  try {
    work_ = variant_.bind(call_);
  } catch (const std::exception& error) {
    return fail(ErrorCode::kInvalidArgument, "{} {}: binding: {}", variant_.name, suite::to_string(point_),
                error.what());
  }
  if (work_) return {};
  return fail(ErrorCode::kInvalidArgument, "{}: bind gave no function to call", variant_.name);
}

Result<void> BoundKernel::call() {
  try {
    work_();
  } catch (const std::exception& error) {
    return fail(ErrorCode::kDevice, "{} {}: {}", variant_.name, suite::to_string(point_), error.what());
  }
  if (!call_.what_ran().empty() && call_.what_ran() != ran_) ran_ = call_.what_ran();
  return {};
}

Result<std::unique_ptr<BoundKernel>> bind_kernel(const Suite& suite, std::string_view variant,
                                                 std::string_view axes, std::span<void* const> pointers,
                                                 void* stream) {
  ASSAY_TRY(const Place place, find_place(suite, variant, axes));
  ASSAY_TRY(std::vector<Buffer> buffers, buffers_over(place, pointers));
  if (place.found.variant->unavailable) {
    ASSAY_TRY(const std::string why,
              guarded(*place.found.entry, [&] { return place.found.variant->unavailable(); }));
    if (!why.empty()) return fail(ErrorCode::kUnavailable, "variant '{}' cannot run here: {}", variant, why);
  }
  auto kernel = std::make_unique<BoundKernel>(*place.found.variant, place.point, std::move(buffers), stream);
  ASSAY_TRY_VOID(kernel->bind());
  return kernel;
}

}  // namespace assay::programs
