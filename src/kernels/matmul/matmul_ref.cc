// SPDX-License-Identifier: Apache-2.0
// The matrix product to read aloud: every weight decoded, every product added in double.
#include <vector>

#include "base/check.h"
#include "kernels/matmul/variants.h"
#include "values/blocks.h"

namespace assay::kernels::matmul {
namespace {

class ReferenceMatrix final : public PackedMatrix {
 public:
  explicit ReferenceMatrix(values::TensorView weights) : weights_(weights) {
    rows_ = weights.shape[0];
    cols_ = weights.shape[1];
  }
  std::string_view variant() const override { return "matmul/reference"; }
  bool wants_q8() const override { return false; }
  std::int64_t row_grain() const override { return 1; }

  void multiply(const Activations& x, float* y, std::int64_t y_stride, device::Range part) const override {
    ASSAY_CHECK(x.cols == cols_, "x has {} columns, the matrix {}", x.cols, cols_);
    std::vector<float> row(static_cast<std::size_t>(cols_));
    for (std::int64_t n = part.begin; n < part.end; ++n) {
      values::decode_row(weights_.dtype, weights_.row(n), row);
      for (std::int64_t r = 0; r < x.rows; ++r) {
        double sum = 0;
        for (std::int64_t k = 0; k < cols_; ++k)
          sum += static_cast<double>(x.f32[static_cast<std::size_t>(r * cols_ + k)]) *
                 static_cast<double>(row[static_cast<std::size_t>(k)]);
        y[r * y_stride + n] = static_cast<float>(sum);
      }
    }
  }

 private:
  values::TensorView weights_;
};

}  // namespace

std::unique_ptr<PackedMatrix> make_reference(values::TensorView weights) {
  return std::make_unique<ReferenceMatrix>(weights);
}

}  // namespace assay::kernels::matmul
