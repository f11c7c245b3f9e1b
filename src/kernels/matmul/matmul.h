// SPDX-License-Identifier: Apache-2.0
#pragma once
// y = x * W^T with a weight matrix in any type of values/blocks.h: the operation that decides how fast a
// language model runs. Decode (one row of x) is bound by reading W; prefill (many rows) by arithmetic.
// Activations are quantised to 8 bits by blocks of 32 first where the variant computes in integers; that step
// is an operation of its own, so each of the two is tested exactly. Not supported: bias, transposed W, output
// in other types than f32.
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "device/cpu_features.h"
#include "device/thread_pool.h"
#include "values/tensor.h"

namespace assay::kernels {

// Rows of float activations, and the same in 8 bits where a variant wants that. Buffers grow in reserve()
// only.
struct Activations {
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::vector<float> f32;          // (rows, cols)
  std::vector<std::int8_t> q8;     // (rows, cols rounded up to 32): round(f32 / scale), zero beyond cols
  std::vector<float> scales;       // (rows, blocks): largest magnitude of the block / 127
  std::vector<float> scaled_sums;  // (rows, blocks): scale * sum of the block's q8
  std::vector<std::int32_t>
      offsets;  // (rows, blocks): -128 * sum of the block's q8, for codes stored as code + 128

  // Makes room for the given numbers of rows and columns; sets neither, and loses the content.
  void reserve(std::int64_t max_rows, std::int64_t max_cols);
  [[nodiscard]] std::int64_t blocks() const { return (cols + 31) / 32; }
};

// Fills q8, scales, scaled_sums and offsets of rows [rows.begin, rows.end) from f32: q8 is the integer
// nearest to x * (127 / largest), ties to even, in float arithmetic, with the same bits for every `isa`. A
// block whose largest magnitude is under 2^-100 counts as zeros and has scale 0. A block with a NaN or an
// infinity has scale NaN, so that every product with it is NaN. Parts that do not overlap may run at once.
void quantise_activations(Activations& x, device::Range rows, device::Isa isa);

// A weight matrix in the order that one variant reads it.
class PackedMatrix {
 public:
  virtual ~PackedMatrix() = default;
  [[nodiscard]] std::int64_t rows() const { return rows_; }    // output features
  [[nodiscard]] std::int64_t cols() const { return cols_; }    // input features
  [[nodiscard]] virtual std::string_view variant() const = 0;  // "matmul/cpu.avx2_q4_1_8rows"
  [[nodiscard]] virtual bool wants_q8() const = 0;             // x must hold quantised activations, else f32
  // Parts of the rows given to threads must begin at multiples of this.
  [[nodiscard]] virtual std::int64_t row_grain() const { return 8; }

  // y[r * y_stride + n] = sum_k x[r, k] * W[n, k] for x's rows 0 .. x.rows-1 and n in `part`. Computes on the
  // calling thread only; parts that do not overlap may run at once. Requires x.cols == cols().
  virtual void multiply(const Activations& x, float* y, std::int64_t y_stride, device::Range part) const = 0;

 protected:
  std::int64_t rows_ = 0;
  std::int64_t cols_ = 0;
};

// Packs `weights`, (rows, cols) of a weight type, for `isa`. Every variant but the reference copies the
// weights, on large pages and in the order that it reads; the reference keeps pointing into weights.bytes.
// With a pool, packs on all its threads. Requires `isa` to be available. Errors: kUnsupported if the type is
// not a weight type or the shape has not two dimensions.
[[nodiscard]] Result<std::unique_ptr<PackedMatrix>> pack_matrix(values::TensorView weights, device::Isa isa,
                                                                device::ThreadPool* pool = nullptr);

}  // namespace assay::kernels
