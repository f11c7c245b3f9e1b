// SPDX-License-Identifier: Apache-2.0
// Rung 0: one thread for each output. Neighbouring threads make neighbouring columns, so that B (as the
// formula reads it) comes in whole lines; everything is read again for each output.
#include "kernels/hgemm/half_values.cuh"

namespace assay::kernels {
namespace {

using namespace hgemm;

template <typename T, bool kATransposed, bool kBTransposed>
__global__ void naive(const T* a, const T* b, const T* c, T* d, std::int64_t m, std::int64_t n,
                      std::int64_t k, float alpha, float beta) {
  const std::int64_t col = blockIdx.x * std::int64_t{32} + threadIdx.x;
  const std::int64_t row = blockIdx.y * std::int64_t{8} + threadIdx.y;
  if (row >= m || col >= n) return;
  const T* from_a = kATransposed ? a + row : a + row * k;
  const T* from_b = kBTransposed ? b + col * k : b + col;
  const std::int64_t step_a = kATransposed ? m : 1, step_b = kBTransposed ? 1 : n;
  float sum = 0;
  for (std::int64_t i = 0; i < k; ++i)
    sum = fmaf(to_float(from_a[i * step_a]), to_float(from_b[i * step_b]), sum);
  d[row * n + col] = scaled(sum, alpha, beta, c, row * n + col);
}

}  // namespace

CudaStatus hgemm_naive(const HgemmArgs& args, CudaStream stream) {
  const std::int64_t x = blocks_of(args.n, 32), y = blocks_of(args.m, 8);
  if (x == 0 || y == 0) return cudaSuccess;
  if (!fits_grid(x, y)) return cudaErrorInvalidValue;
  return with_type_and_layout(args, [&]<typename T, bool kA, bool kB>() -> CudaStatus {
    naive<T, kA, kB><<<dim3(static_cast<unsigned>(x), static_cast<unsigned>(y)), dim3(32, 8), 0, stream>>>(
        static_cast<const T*>(args.a), static_cast<const T*>(args.b), static_cast<const T*>(args.c),
        static_cast<T*>(args.d), args.m, args.n, args.k, args.alpha, args.beta);
    return cudaGetLastError();
  });
}

}  // namespace assay::kernels
