// SPDX-License-Identifier: Apache-2.0
#pragma once
// How a kernel says what it computes: its variants, its cases (sizes, buffers, tolerance, work) and a
// reference. The generic conformance program (kernels/conformance.h) and the benchmark walk through this
// data, so that a new kernel adds no test code and cannot be untested. Plain data and functions on buffers;
// an example is kernels/matmul/matmul_cases.cc. Not supported: outputs whose size depends on the values of
// inputs.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "device/cpu_features.h"
#include "suite/case.h"
#include "values/dtype.h"

namespace assay::suite {

enum class Role : std::uint8_t { kIn, kOut, kInOut };

// What an input is filled with before the call; the seed comes from the names of kernel, case and buffer.
enum class Fill : std::uint8_t {
  kNormal,    // mean 0, variance 1
  kSpread,    // normal values whose magnitude spans a few powers of ten, as activations do
  kWeights,   // normal with variance 0.02, as trained matrices look
  kPositive,  // uniform in [0.5, 1.5)
};

struct BufferSpec {
  std::string name;  // "x"
  Role role = Role::kIn;
  values::DType dtype = values::DType::kF32;
  std::int64_t rows = 1;
  std::int64_t cols = 0;  // quantised types: a multiple of the block
  Fill fill = Fill::kNormal;
};

// A buffer of a running case. Nothing but its element's natural alignment may be assumed (2 for block types).
struct Buffer {
  BufferSpec spec;
  std::span<std::byte> bytes;
  template <typename T>
  [[nodiscard]] std::span<T> as() const {
    return {reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
};
using Buffers = std::span<const Buffer>;  // in the order of KernelCase::buffers

// An output passes where |y - ref| <= eps_out |ref| + k eps_acc sqrt(n) s, with s the root mean square of the
// n terms that the output is the sum of (Expected::term_rms).
struct Tolerance {
  double eps_out = 0x1p-23;  // two roundings to float
  double eps_acc = 0x1p-24;  // the accumulator's unit roundoff
  double k = 4;              // at most 4 unless derived in the kernel's NOTES.md
  double n = 0;
};

struct KernelCase {
  std::string name;                // "q4_1 batch=3 rows=17 cols=64": unique within its kernel
  std::vector<std::int64_t> dims;  // for run and reference; the kernel gives them their meaning
  std::vector<BufferSpec> buffers;
  Tolerance tolerance;
  Work work;
};

struct KernelVariant {
  std::string name;                           // "matmul/cpu.avx2_q4_1_8rows"
  device::Isa isa = device::Isa::kReference;  // the least instruction set that it needs
  // Computes on the buffers and returns the name of what ran: the proof that a forced choice was obeyed.
  std::function<std::string(const KernelCase&, Buffers)> run;
  // The cases that it takes; empty: all.
  std::function<bool(const KernelCase&)> takes = {};
};

// As Expected::values: "this element must be left as it was found".
inline constexpr double kUntouched = std::numeric_limits<double>::quiet_NaN();

// What an output (or the output side of an kInOut) should hold, row-major.
struct Expected {
  std::vector<double> values;
  std::vector<double> term_rms;  // empty: 0 everywhere, so only eps_out counts
};

struct Kernel {
  std::string name;  // "matmul"
  std::vector<KernelVariant> variants;
  std::vector<KernelCase> cases;
  // The right answer in double: one Expected for each kOut and kInOut buffer, in order. All buffers hold what
  // they did before the call. With `omit_last_term` it leaves out the last term of every output's sum (an
  // output that is no sum: whatever a kernel would get wrong that stops one step early), which no variant may
  // pass.
  std::function<std::vector<Expected>(const KernelCase&, Buffers, bool omit_last_term)> reference;
};

}  // namespace assay::suite
