// SPDX-License-Identifier: Apache-2.0
// %globaltimer counts nanoseconds but moves in steps, %clock64 counts cycles of one multiprocessor (PTX ISA,
// "Special Registers"). A pair read right after a step of the former is good to the time of one reading of
// it.
#include "device/cuda/sm_stamp.h"

namespace assay::device::cuda {
namespace {

constexpr std::int64_t kSpinCycles = 4000;  // about 2 us at 1.98 GHz

__device__ std::int64_t wall_ns() {
  std::int64_t now;
  asm volatile("mov.u64 %0, %globaltimer;" : "=l"(now)::"memory");
  return now;
}
__device__ std::int64_t cycles_now() {
  std::int64_t now;
  asm volatile("mov.u64 %0, %clock64;" : "=l"(now)::"memory");
  return now;
}

// Waits for the next step of the wall clock: the time after it, and the cycle at which it was seen. Gives up
// after 20,000 cycles (10 us): the clock stands still.
__device__ void edge(std::int64_t& ns, std::int64_t& cycles) {
  const std::int64_t before = wall_ns();
  const std::int64_t from = cycles_now();
  do {
    ns = wall_ns();
    cycles = cycles_now();
  } while (ns == before && cycles - from < 20000);
}

__global__ void stamp_kernel(SmStamp* into) {
  if (threadIdx.x != 0) return;
  SmStamp stamp;
  asm volatile("mov.u32 %0, %smid;" : "=r"(stamp.sm));
  edge(stamp.begin_ns, stamp.begin_cycles);
  while (cycles_now() - stamp.begin_cycles < kSpinCycles) {
  }
  edge(stamp.end_ns, stamp.end_cycles);
  *into = stamp;
}

__global__ void timer_steps_kernel(std::int64_t* steps, int count) {
  if (threadIdx.x != 0) return;
  std::int64_t before = 0, cycles = 0;
  edge(before, cycles);
  for (int i = 0; i < count; ++i) {
    std::int64_t now = 0;
    edge(now, cycles);
    steps[i] = now - before;
    before = now;
  }
}

__global__ void empty_kernel() {}

__global__ void spin_kernel(std::int64_t cycles) {
  const std::int64_t from = cycles_now();
  while (cycles_now() - from < cycles) {
  }
}

}  // namespace

Status launch_stamp(SmStamp* into, Stream stream) {
  stamp_kernel<<<1, 32, 0, stream>>>(into);
  return cudaGetLastError();
}

Status launch_timer_steps(std::int64_t* steps, int count, Stream stream) {
  timer_steps_kernel<<<1, 32, 0, stream>>>(steps, count);
  return cudaGetLastError();
}

Status launch_empty(Stream stream) {
  empty_kernel<<<1, 32, 0, stream>>>();
  return cudaGetLastError();
}

Status launch_spin(std::int64_t cycles, Stream stream) {
  spin_kernel<<<1, 32, 0, stream>>>(cycles);
  return cudaGetLastError();
}

}  // namespace assay::device::cuda
