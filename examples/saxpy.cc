// SPDX-License-Identifier: Apache-2.0
// z = a x + y by a plain loop and by fused multiply-adds on eight numbers at once. Shows axes, stated work, a
// reference, a tolerance (a fused multiply-add rounds once, the loop twice) and a variant that not every
// machine can run.
#include <assay/assay.h>
#include <immintrin.h>

namespace {

constexpr float kA = 2.5f;

void plain(std::span<const float> x, std::span<const float> y, std::span<float> z) {
  for (std::size_t i = 0; i < x.size(); ++i) z[i] = kA * x[i] + y[i];
}

__attribute__((target("avx2,fma"))) void fma_8(std::span<const float> x, std::span<const float> y,
                                               std::span<float> z) {
  std::size_t i = 0;
  for (; i + 8 <= x.size(); i += 8)
    _mm256_storeu_ps(&z[i],
                     _mm256_fmadd_ps(_mm256_set1_ps(kA), _mm256_loadu_ps(&x[i]), _mm256_loadu_ps(&y[i])));
  plain(x.subspan(i), y.subspan(i), z.subspan(i));
}

// A variant that calls `function` on the three buffers.
auto call(void (*function)(std::span<const float>, std::span<const float>, std::span<float>)) {
  return [=](assay::Call& c) {
    return [=, x = c.data<float>("x"), y = c.data<float>("y"), z = c.data<float>("z")] { function(x, y, z); };
  };
}

void define(assay::Suite& suite) {
  assay::Entry& saxpy = suite.entry("saxpy");
  saxpy.axis("n", {4096, 1 << 20})
      .in("x", assay::DType::kF32, {"n"})
      .in("y", assay::DType::kF32, {"n"})
      .out("z", assay::DType::kF32, {"n"})
      .work([](const assay::Point& p) {
        return assay::Work{.bytes_read = {8 * p["n"]}, .bytes_written = {4 * p["n"]}, .flops = {2 * p["n"]}};
      })
      .tolerance({.n = 2})
      .reference([](assay::Call& c) { plain(c.data<float>("x"), c.data<float>("y"), c.data<float>("z")); })
      .variant("plain", call(plain))
      .variant("fma_8", call(fma_8));
  saxpy.variants.back().unavailable = [] { return __builtin_cpu_supports("fma") ? "" : "needs fma"; };
}

}  // namespace

ASSAY_SUITE("saxpy", define)
