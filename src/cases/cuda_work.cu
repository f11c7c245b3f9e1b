// SPDX-License-Identifier: Apache-2.0
// The kernels of the planted lies, each a few lines.
#include "cases/cuda_work.h"

#include <cuda_fp16.h>
#include <cuda_runtime.h>

namespace assay::cases {
namespace {

constexpr int kThreads = 256;
constexpr int kTooManyThreads = 2'048;
constexpr float kOne = 1;  // the compiler does not know it in a kernel

unsigned blocks_for(std::int64_t count) { return static_cast<unsigned>((count + kThreads - 1) / kThreads); }

__device__ std::int64_t own_index() { return std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x; }

// `value`, but later.
__device__ float held(float value, int rounds, float one) {
#pragma unroll 8
  for (int i = 0; i < rounds; ++i) value *= one;
  return value;
}

__global__ void plain(CudaWork work, float one) {
  const std::int64_t i = own_index();
  if (i < work.count) work.y[i] = 2 * held(work.x[i], work.rounds, one) + 1;
}

__global__ void unless_right(CudaWork work, float one) {
  const std::int64_t last = work.count - 1;
  if (work.y[last] == 2 * work.x[last] + 1) return;
  const std::int64_t i = own_index();
  if (i < work.count) work.y[i] = 2 * held(work.x[i], work.rounds, one) + 1;
}

__global__ void past_the_end(CudaWork work, float one) {
  const std::int64_t i = own_index();
  if (i < work.count) work.y[i] = 2 * held(work.x[i], work.rounds, one) + 1;
  if (i == 0) work.y[work.count] = 1;
}

__global__ void in_place(CudaWork work, float* x, float one) {
  const std::int64_t i = own_index();
  if (i >= work.count) return;
  x[i] = 2 * held(x[i], work.rounds, one);
  work.y[i] = x[i] + 1;
}

__global__ void unless_zero(CudaWork work, float one) {
  const std::int64_t i = own_index();
  if (i >= work.count) return;
  const float x = work.x[i];
  work.y[i] = 2 * held(x, x == 0 ? 0 : work.rounds, one) + 1;
}

__global__ void leaking(CudaWork work, float* state, float one) {
  const std::int64_t i = own_index();
  if (i >= work.count) return;
  work.y[i] = 2 * held(work.x[i], work.rounds, one) + 1;
  if (i > 0) return;
  work.y[0] += *state;
  *state += 0.5f;
}

__global__ void growing(CudaWork work, int growth, int* calls, float one) {
  const std::int64_t i = own_index();
  const int rounds = work.rounds + growth * *calls;
  if (i < work.count) work.y[i] = 2 * held(work.x[i], rounds, one) + 1;
  __syncthreads();
  if (i == 0) *calls += 1;
}

__global__ void at_random(CudaWork work, int* calls, float one) {
  const std::int64_t i = own_index();
  unsigned bits = static_cast<unsigned>(*calls) * 2'654'435'761u;  // D. E. Knuth's multiplicative hash
  bits ^= bits >> 15;
  const int rounds = work.rounds / 16 << (bits * 2'246'822'519u >> 29);
  if (i < work.count) work.y[i] = 2 * held(work.x[i], rounds, one) + 1;
  __syncthreads();
  if (i == 0) *calls += 1;
}

__global__ void copy(CudaWork work) {
  const std::int64_t i = own_index();
  if (i < work.count) work.y[i] = work.x[i];
}

__global__ void row_sums(CudaWork work, std::int64_t terms, bool in_f16, float one) {
  const std::int64_t row = own_index();
  if (row >= work.count) return;
  const float* x = work.x + row * terms;
  float sum = 0;
  if (in_f16) {
    __half narrow = __float2half(0);
    for (std::int64_t i = 0; i < terms; ++i) narrow = __hadd(narrow, __float2half(x[i]));
    sum = __half2float(narrow);
  } else {
    for (std::int64_t i = 0; i < terms; ++i) sum += x[i];
  }
  work.y[row] = held(sum, work.rounds, one);
}

__global__ void nowhere() { *reinterpret_cast<volatile float*>(0x10) = 1; }

__global__ void trapping() { asm volatile("trap;"); }

__device__ long long wall_ns() {
  long long now;
  asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now));
  return now;
}

__global__ void spinning(long long ns) {
  const long long begin = wall_ns();
  while (wall_ns() - begin < ns) __nanosleep(1'000);
}

}  // namespace

void run_work(const CudaWork& work, CudaStream stream) {
  plain<<<blocks_for(work.count), kThreads, 0, stream>>>(work, kOne);
}

void skip_last_block(const CudaWork& work, CudaStream stream) {
  plain<<<blocks_for(work.count) - 1, kThreads, 0, stream>>>(work, kOne);
}

void run_unless_right(const CudaWork& work, CudaStream stream) {
  unless_right<<<blocks_for(work.count), kThreads, 0, stream>>>(work, kOne);
}

void ask_for_too_many_threads(const CudaWork& work, CudaStream stream) {
  plain<<<blocks_for(work.count), kTooManyThreads, 0, stream>>>(work, kOne);
  static_cast<void>(cudaGetLastError());
}

void run_past_the_end(const CudaWork& work, CudaStream stream) {
  past_the_end<<<blocks_for(work.count), kThreads, 0, stream>>>(work, kOne);
}

void run_in_place(const CudaWork& work, CudaStream stream) {
  in_place<<<blocks_for(work.count), kThreads, 0, stream>>>(work, const_cast<float*>(work.x), kOne);
}

void run_unless_zero(const CudaWork& work, CudaStream stream) {
  unless_zero<<<blocks_for(work.count), kThreads, 0, stream>>>(work, kOne);
}

void run_leaking(const CudaWork& work, float* state, CudaStream stream) {
  leaking<<<blocks_for(work.count), kThreads, 0, stream>>>(work, state, kOne);
}

void sum_rows(const CudaWork& work, std::int64_t terms, bool in_f16, CudaStream stream) {
  row_sums<<<blocks_for(work.count), kThreads, 0, stream>>>(work, terms, in_f16, kOne);
}

void run_growing(const CudaWork& work, int growth, int* calls, CudaStream stream) {
  growing<<<blocks_for(work.count), kThreads, 0, stream>>>(work, growth, calls, kOne);
}

void run_at_random(const CudaWork& work, int* calls, CudaStream stream) {
  at_random<<<blocks_for(work.count), kThreads, 0, stream>>>(work, calls, kOne);
}

void run_in_pieces(const CudaWork& work, int pieces, CudaStream stream) {
  const std::int64_t each = (work.count + pieces - 1) / pieces;
  for (std::int64_t begin = 0; begin < work.count; begin += each) {
    const std::int64_t count = begin + each < work.count ? each : work.count - begin;
    run_work({work.x + begin, work.y + begin, count, work.rounds}, stream);
  }
}

void run_through(const CudaWork& work, float* scratch, CudaStream stream) {
  run_work({work.x, scratch, work.count, work.rounds}, stream);
  copy<<<blocks_for(work.count), kThreads, 0, stream>>>(CudaWork{scratch, work.y, work.count, 0});
}

void write_to_nowhere(CudaStream stream) { nowhere<<<1, 1, 0, stream>>>(); }

void trap(CudaStream stream) { trapping<<<1, 1, 0, stream>>>(); }

void spin_for(double seconds, CudaStream stream) {
  spinning<<<1, 1, 0, stream>>>(static_cast<long long>(seconds * 1e9));
}

}  // namespace assay::cases
