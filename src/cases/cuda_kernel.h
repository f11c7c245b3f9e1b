// SPDX-License-Identifier: Apache-2.0
#pragma once
// The program that most lies about a CUDA device are told about: y = 2 x + 1, held up by many multiplications
// by one, so that it takes some 60 us: long beside a launch, short enough for a graph of several calls.
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>

#include "assay/assay.h"
#include "cases/cuda_work.h"

namespace assay::cases {

inline constexpr std::int64_t kCudaSize = 32'768;
inline constexpr int kRounds = 30'000;
inline constexpr int kLongRounds = 4 * kRounds;  // where one call is timed by itself

inline Entry& cuda_entry(Suite& suite, std::string name, Fill fill = Fill::kNormal) {
  return suite.entry(std::move(name))
      .in("x", DType::kF32, {kCudaSize}, fill)
      .out("y", DType::kF32, {kCudaSize})
      .work([](const Point&) {
        return Work{
            .bytes_read = {4 * kCudaSize}, .bytes_written = {4 * kCudaSize}, .flops = {2 * kCudaSize}};
      })
      .reference([](Call& call) {
        const auto x = call.data<float>("x");
        const auto y = call.data<float>("y");
        for (std::size_t i = 0; i < y.size(); ++i) y[i] = 2 * x[i] + 1;
      });
}

inline CudaWork work_of(const Call& call, int rounds = kRounds) {
  const auto x = call.data<float>("x");
  const auto y = call.data<float>("y");
  return {x.data(), y.data(), static_cast<std::int64_t>(y.size()), rounds};
}

inline CudaStream stream_of(const Call& call) { return static_cast<CudaStream>(call.stream()); }

// A variant whose calls are function(work, stream).
inline void add_variant(Entry& entry, const char* name, void (*function)(const CudaWork&, CudaStream),
                        int rounds = kRounds) {
  entry
      .variant(name,
               [function, rounds](Call& call) -> std::function<void()> {
                 return [function, work = work_of(call, rounds), stream = stream_of(call)] {
                   function(work, stream);
                 };
               })
      .on_cuda();
}

inline void add_variant(Entry& entry, const char* name, std::function<std::function<void()>(Call&)> bind) {
  entry.variant(name, std::move(bind)).on_cuda();
}

// The whole entry with nothing to hide.
inline Entry& honest_cuda_kernel(Suite& suite, std::string name, int rounds = kRounds) {
  Entry& entry = cuda_entry(suite, std::move(name));
  add_variant(entry, "cuda.plain", run_work, rounds);
  return entry;
}

}  // namespace assay::cases
