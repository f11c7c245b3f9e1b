// SPDX-License-Identifier: Apache-2.0
#pragma once
// An entry: one operation with its axes, buffers, stated work, reference and variants. The chained functions
// fill the plain data below them; an example stands in assay/assay.h.
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "assay/buffer.h"
#include "assay/call.h"
#include "assay/expected.h"
#include "assay/point.h"
#include "assay/work.h"

namespace assay {

struct Axis {
  std::string name;
  std::vector<std::string> values;
  bool changes_result = false;  // the author promises that each value gives another result
};

// A dimension of a buffer: a number, the name of an axis, or a function of the point.
class Dim {
 public:
  Dim(int number) : value_(std::int64_t{number}) {}     // NOLINT(google-explicit-constructor)
  Dim(std::int64_t number) : value_(number) {}          // NOLINT(google-explicit-constructor)
  Dim(const char* axis) : value_(std::string(axis)) {}  // NOLINT(google-explicit-constructor)
  template <typename F>
  requires std::is_invocable_r_v<std::int64_t, F, const Point&> Dim(
      F function)  // NOLINT(google-explicit-constructor)
      : value_(std::function<std::int64_t(const Point&)>(std::move(function))) {}

  [[nodiscard]] std::int64_t at(const Point& point) const {
    if (const auto* number = std::get_if<std::int64_t>(&value_)) return *number;
    if (const auto* axis = std::get_if<std::string>(&value_)) return point[*axis];
    return std::get<2>(value_)(point);
  }

 private:
  std::variant<std::int64_t, std::string, std::function<std::int64_t(const Point&)>> value_;
};

// Where a variant runs. kCuda: its buffers lie in device memory, its work is enqueued on Call::stream() and
// may not wait, allocate or copy through the host.
enum class Device : std::uint8_t { kCpu, kCuda };

// One way to compute an entry.
struct Variant {
  std::string name;  // "saxpy/cpu.avx2": named by technique
  // Untimed: looks up sizes and pointers, allocates scratch, and returns the work itself, which is what is
  // timed. The call and its buffers outlive the function that is returned.
  std::function<std::function<void()>(Call&)> bind;
  std::function<bool(const Point&)> takes = {};   // empty: every point
  std::function<std::string()> unavailable = {};  // why it cannot run on this machine; "" if it can
  std::string accumulation;                       // type of the sums: "f32", "f16", "i32"; empty: not stated
  Device device = Device::kCpu;
  std::int64_t alignment_bytes = 0;  // that its buffers must have; 0: the element's own
};

class Entry {
 public:
  explicit Entry(std::string entry_name) : name(std::move(entry_name)) {}

  // Every combination of the axes' values is a case.
  Entry& axis(std::string axis_name, std::initializer_list<std::int64_t> values) {
    std::vector<std::string> words;
    for (const std::int64_t value : values) words.push_back(std::to_string(value));
    return axis({std::move(axis_name), std::move(words)});
  }
  Entry& axis(std::string axis_name, std::initializer_list<std::string_view> values) {
    return axis({std::move(axis_name), std::vector<std::string>(values.begin(), values.end())});
  }
  Entry& axis(Axis made) {
    axes.push_back(std::move(made));
    return *this;
  }
  // The axis declared last is promised to change the result on these inputs (check `axis-without-effect`).
  Entry& changes_result() {
    axes.back().changes_result = true;
    return *this;
  }

  // Buffers, in the order of the call: {"rows", "cols"} names axes; all dimensions but the last are rows.
  Entry& in(std::string buffer, DType dtype, std::vector<Dim> dims, Fill fill = Fill::kNormal) {
    return add({std::move(buffer), Role::kIn, dtype, std::move(dims), fill, {}});
  }
  Entry& in(std::string buffer, DType dtype, std::vector<Dim> dims, Filler filler) {
    return add({std::move(buffer), Role::kIn, dtype, std::move(dims), {}, std::move(filler)});
  }
  Entry& out(std::string buffer, DType dtype, std::vector<Dim> dims) {
    return add({std::move(buffer), Role::kOut, dtype, std::move(dims), {}, {}});
  }
  Entry& inout(std::string buffer, DType dtype, std::vector<Dim> dims, Fill fill = Fill::kNormal) {
    return add({std::move(buffer), Role::kInOut, dtype, std::move(dims), fill, {}});
  }

  Entry& work(std::function<Work(const Point&)> stated) {
    work_at = std::move(stated);
    return *this;
  }
  // The obvious implementation: writes the outputs. It runs once a case, on copies of the buffers.
  Entry& reference(std::function<void(Call&)> implementation) {
    reference_call = std::move(implementation);
    return *this;
  }
  // The right answer in double with the size of its terms: one Expected for each output, in order. All
  // buffers hold what they did before the call. With `omit_last_term` it leaves out the last term of every
  // sum, which no variant may pass: the proof that the tolerance is sharp.
  Entry& reference(std::function<std::vector<Expected>(const Call&, bool omit_last_term)> answer) {
    expected = std::move(answer);
    return *this;
  }
  Entry& tolerance(Tolerance fixed) {
    tolerance_at = [fixed](const Point&) { return fixed; };
    return *this;
  }
  Entry& tolerance(std::function<Tolerance(const Point&)> stated) {
    tolerance_at = std::move(stated);
    return *this;
  }
  Entry& variant(std::string variant_name, std::function<std::function<void()>(Call&)> bind) {
    variants.push_back({name + "/" + variant_name, std::move(bind), {}, {}, {}});
    return *this;
  }
  // The type of the sums of the variant declared last.
  Entry& accumulates_in(std::string type) {
    variants.back().accumulation = std::move(type);
    return *this;
  }
  // The variant declared last runs on a CUDA device.
  Entry& on_cuda() {
    variants.back().device = Device::kCuda;
    return *this;
  }
  // CPUs that one call keeps busy at once; 1 unless stated.
  Entry& threads(std::function<int(const Point&)> count) {
    threads_at = std::move(count);
    return *this;
  }
  // Untimed, before every call, after the buffers are restored.
  Entry& before_each_call(std::function<void(Call&)> function) {
    before_call = std::move(function);
    return *this;
  }
  // Cache regimes to measure: "warm", "cold"; warm alone unless stated.
  Entry& caches(std::vector<std::string> regimes) {
    cache_regimes = std::move(regimes);
    return *this;
  }
  // What is inside the time, for reports.
  Entry& measures(std::string text) {
    formula = std::move(text);
    return *this;
  }

  // The buffers of a case.
  [[nodiscard]] std::vector<BufferSpec> buffers_at(const Point& point) const {
    if (buffers) return buffers(point);
    std::vector<BufferSpec> specs;
    for (const Declared& d : declared) {
      BufferSpec spec{d.name, d.role, d.dtype, 1, 1, d.fill, d.filler};
      for (std::size_t i = 0; i + 1 < d.dims.size(); ++i) spec.rows *= d.dims[i].at(point);
      if (!d.dims.empty()) spec.cols = d.dims.back().at(point);
      specs.push_back(std::move(spec));
    }
    return specs;
  }

  // Plain data, filled by the functions above or directly.
  struct Declared {
    std::string name;
    Role role = Role::kIn;
    DType dtype = DType::kF32;
    std::vector<Dim> dims;
    Fill fill = Fill::kNormal;
    Filler filler;
  };
  std::string name;  // "saxpy"
  std::vector<Axis> axes;
  std::vector<Point> points;   // instead of every combination of the axes
  std::vector<Point> corners;  // conformance only: sizes 0, 1, odd, around vector widths
  std::vector<Declared> declared;
  std::function<std::vector<BufferSpec>(const Point&)> buffers;  // instead of `declared`
  std::function<Work(const Point&)> work_at;                     // absent: no limits beside the time
  std::function<void(Call&)> reference_call;
  std::function<std::vector<Expected>(const Call&, bool omit_last_term)> expected;
  std::function<Tolerance(const Point&)> tolerance_at;
  std::vector<Variant> variants;
  std::function<int(const Point&)> threads_at;
  std::function<void(Call&)> before_call;
  std::vector<std::string> cache_regimes{"warm"};
  std::string formula;

 private:
  Entry& add(Declared buffer) {
    declared.push_back(std::move(buffer));
    return *this;
  }
};

}  // namespace assay
