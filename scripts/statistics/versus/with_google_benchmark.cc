// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include "kernels.h"

namespace {

std::vector<float> filled(std::size_t count) {
  std::vector<float> values(count);
  versus::fill(values);
  return values;
}

template <auto kernel>
void measure(benchmark::State& state, std::size_t inputs, std::size_t outputs) {
  const std::vector<float> x = filled(inputs);
  std::vector<float> y = filled(outputs);
  for (auto _ : state) {
    kernel(std::span<const float>(x), std::span<float>(y));
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
  }
}

using versus::kCopy;
using versus::kCount;
using versus::kMatrix;
using versus::kPrefix;
using versus::kScale;
template <auto kernel>
void add(const char* name, std::size_t inputs, std::size_t outputs) {
  benchmark::RegisterBenchmark(name, measure<kernel>, inputs, outputs)->UseRealTime();
}

}  // namespace

int main(int argc, char** argv) {
  add<versus::scale>("scale", kScale, kScale);
  add<versus::prefix_sum>("prefix_sum", kPrefix, kPrefix);
  add<versus::matmul>("matmul", 2 * kMatrix * kMatrix, kMatrix * kMatrix);
  add<versus::copy>("copy", kCopy, kCopy);
  add<versus::count_large>("count_large", kCount, 1);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
