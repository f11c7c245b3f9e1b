// SPDX-License-Identifier: Apache-2.0
// f32, f16 and bf16 weights in their own order, copied to large pages and widened to float in registers. Each
// result has one accumulator of 8 lanes whatever the tile, so that its bits do not depend on how rows are
// shared out.
#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "kernels/cpu_target.h"
#include "kernels/large_memory.h"
#include "kernels/matmul/variants.h"

namespace assay::kernels::matmul {
namespace {

using values::DType;

constexpr int kRowTile = 4;  // rows of W at once
constexpr int kBatchTile =
    3;  // rows of x at once: 4 x 3 accumulators, 3 vectors of x and 1 of W fill 16 registers

template <DType type>
inline constexpr std::int64_t kElementBytes = type == DType::kF32 ? 4 : 2;

template <DType type>
ASSAY_INLINE_AVX2 __m256 load_weights(const std::byte* at) {
  if constexpr (type == DType::kF32) return _mm256_loadu_ps(reinterpret_cast<const float*>(at));
  const __m128i halves = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  if constexpr (type == DType::kF16) return _mm256_cvtph_ps(halves);
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
}

// The last `count` < 8 elements of a row, with zeros behind them.
template <DType type>
ASSAY_INLINE_AVX2 __m256 load_last_weights(const std::byte* at, std::int64_t count) {
  std::byte padded[32] = {};
  std::memcpy(padded, at, static_cast<std::size_t>(count * kElementBytes<type>));
  return load_weights<type>(padded);
}

ASSAY_INLINE_AVX2 float sum_of_lanes(__m256 v) {
  __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  s = _mm_add_ps(s, _mm_movehl_ps(s, s));
  s = _mm_add_ss(s, _mm_movehdup_ps(s));
  return _mm_cvtss_f32(s);
}

// y[r * y_stride + n] for n < rows and r < batch.
template <DType type, int rows, int batch>
ASSAY_TARGET_AVX2 void multiply_tile(const std::byte* weights, const float* x, std::int64_t cols, float* y,
                                     std::int64_t y_stride) {
  const std::int64_t row_bytes = cols * kElementBytes<type>;
  __m256 sums[rows][batch];
  for (auto& row : sums)
    for (__m256& sum : row) sum = _mm256_setzero_ps();
  std::int64_t k = 0;
  for (; k + 8 <= cols; k += 8) {
    __m256 xs[batch];
    for (int r = 0; r < batch; ++r) xs[r] = _mm256_loadu_ps(x + r * cols + k);
    for (int n = 0; n < rows; ++n) {
      const std::byte* at = weights + n * row_bytes + k * kElementBytes<type>;
      // Rows are short streams, which the hardware loses: ask for the row two tiles on.
      if constexpr (batch == 1)
        _mm_prefetch(reinterpret_cast<const char*>(at) + 2 * rows * row_bytes, _MM_HINT_T0);
      const __m256 w = load_weights<type>(at);
      for (int r = 0; r < batch; ++r) sums[n][r] = _mm256_fmadd_ps(w, xs[r], sums[n][r]);
    }
  }
  if (k < cols) {
    for (int n = 0; n < rows; ++n) {
      const __m256 w = load_last_weights<type>(weights + n * row_bytes + k * kElementBytes<type>, cols - k);
      for (int r = 0; r < batch; ++r) {
        const auto* at = reinterpret_cast<const std::byte*>(x + r * cols + k);
        sums[n][r] = _mm256_fmadd_ps(w, load_last_weights<DType::kF32>(at, cols - k), sums[n][r]);
      }
    }
  }
  for (int n = 0; n < rows; ++n)
    for (int r = 0; r < batch; ++r) y[r * y_stride + n] = sum_of_lanes(sums[n][r]);
}

template <DType type, int rows>
void multiply_rows(const std::byte* weights, const Activations& x, float* y, std::int64_t y_stride) {
  std::int64_t r = 0;
  for (; r + kBatchTile <= x.rows; r += kBatchTile)
    multiply_tile<type, rows, kBatchTile>(weights, x.f32.data() + r * x.cols, x.cols, y + r * y_stride,
                                          y_stride);
  for (; r < x.rows; ++r)
    multiply_tile<type, rows, 1>(weights, x.f32.data() + r * x.cols, x.cols, y + r * y_stride, y_stride);
}

template <DType type>
class FloatMatrix final : public PackedMatrix {
 public:
  FloatMatrix(const values::TensorView& weights, std::string_view name, device::ThreadPool* pool)
      : name_(name) {
    rows_ = weights.shape[0];
    cols_ = weights.shape[1];
    weights_ = take_large_memory(weights.bytes.size());
    const auto copy = [&](int index) {
      const auto size = static_cast<std::int64_t>(weights.bytes.size());
      const device::Range part = device::part_of(size, index, pool != nullptr ? pool->size() : 1, 64);
      if (part.size() > 0)
        std::memcpy(weights_.get() + part.begin, weights.bytes.data() + part.begin,
                    static_cast<std::size_t>(part.size()));
    };
    if (pool != nullptr) {
      pool->run(copy);
    } else {
      copy(0);
    }
  }
  std::string_view variant() const override { return name_; }
  bool wants_q8() const override { return false; }

  void multiply(const Activations& x, float* y, std::int64_t y_stride, device::Range part) const override {
    ASSAY_CHECK(x.cols == cols_, "x has {} columns, the matrix {}", x.cols, cols_);
    std::int64_t n = part.begin;
    const auto at = [&] { return weights_.get() + n * cols_ * kElementBytes<type>; };
    for (; n + kRowTile <= part.end; n += kRowTile) multiply_rows<type, kRowTile>(at(), x, y + n, y_stride);
    for (; n < part.end; ++n) multiply_rows<type, 1>(at(), x, y + n, y_stride);
  }

 private:
  std::shared_ptr<std::byte> weights_;
  std::string_view name_;
};

}  // namespace

std::unique_ptr<PackedMatrix> make_float_avx2(const values::TensorView& weights, device::ThreadPool* pool) {
  switch (weights.dtype) {
    case DType::kF32:
      return std::make_unique<FloatMatrix<DType::kF32>>(weights, "matmul/cpu.avx2_f32_4x3", pool);
    case DType::kF16:
      return std::make_unique<FloatMatrix<DType::kF16>>(weights, "matmul/cpu.avx2_f16_4x3", pool);
    case DType::kBF16:
      return std::make_unique<FloatMatrix<DType::kBF16>>(weights, "matmul/cpu.avx2_bf16_4x3", pool);
    default:
      ASSAY_CHECK(false, "{} is no float type", values::info(weights.dtype).name);
  }
}

}  // namespace assay::kernels::matmul
