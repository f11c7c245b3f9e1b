// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the programs with a planted lie make a CUDA device do. Like many programs they do not look at the
// status of what they enqueue. No CUDA header is needed to read this one.
#include <cstdint>
#include <memory>

#include "device/cuda/stream_handle.h"

namespace assay::cases {

using CudaStream = device::cuda::Stream;

struct CudaWork {
  const float* x = nullptr;  // in device memory
  float* y = nullptr;
  std::int64_t count = 0;
  int rounds = 0;  // multiplications by one, 4 cycles each
};

// Device memory that lives as long as the last copy.
using CudaMemory = std::shared_ptr<void>;
[[nodiscard]] CudaMemory cuda_memory(std::int64_t bytes);  // zeros; empty if there is none left

// y = 2 x + 1, with nothing to hide.
void run_work(const CudaWork& work, CudaStream stream);

// What is computed.
void skip_last_block(const CudaWork& work, CudaStream stream);
void run_unless_right(const CudaWork& work, CudaStream stream);  // does nothing if y holds the answer already
void ask_for_too_many_threads(const CudaWork& work, CudaStream stream);  // of a block: the launch fails
void run_past_the_end(const CudaWork& work, CudaStream stream);          // writes y[count] too
void run_in_place(const CudaWork& work, CudaStream stream);              // leaves 2 x in x
void run_unless_zero(const CudaWork& work, CudaStream stream);           // no rounds where x is 0
void run_leaking(const CudaWork& work, float* state,
                 CudaStream stream);  // adds half the calls before to y[0]
// y[row] = sum of `terms` values of x.
void sum_rows(const CudaWork& work, std::int64_t terms, bool in_f16, CudaStream stream);

// How long it takes: `calls` counts on the device, so that a graph counts too.
void run_growing(const CudaWork& work, int growth, int* calls, CudaStream stream);  // more rounds every call
void run_at_random(const CudaWork& work, int* calls, CudaStream stream);  // 1/16 to 8 times the rounds

// What is inside. The honest ways take what was made before.
void run_in_pieces(const CudaWork& work, int pieces, CudaStream stream);
void run_with_fresh_scratch(const CudaWork& work, CudaStream stream);
void run_with_pooled_scratch(const CudaWork& work, CudaStream stream);
void run_through(const CudaWork& work, float* scratch, CudaStream stream);
void run_and_wait(const CudaWork& work, CudaStream stream);
void run_by_fresh_module(const CudaWork& work, CudaStream stream);  // loads, which compiles, and unloads it

// x in the host's memory.
class HostInput {
 public:
  HostInput(const CudaWork& work, bool copy_once);
  HostInput(const HostInput&) = delete;
  HostInput& operator=(const HostInput&) = delete;
  ~HostInput();
  void run(CudaStream stream);  // copies it to the device first, unless that was done

 private:
  CudaWork work_;
  bool copy_once_;
  float* host_ = nullptr;
  CudaMemory device_;
};

// The work as a graph.
class WorkGraph {
 public:
  WorkGraph(const CudaWork& work, bool make_ready_once, CudaStream stream);
  WorkGraph(const WorkGraph&) = delete;
  WorkGraph& operator=(const WorkGraph&) = delete;
  ~WorkGraph();
  void run(CudaStream stream);

 private:
  bool make_ready_once_;
  void* graph_ = nullptr;  // cudaGraph_t
  void* ready_ = nullptr;  // cudaGraphExec_t
};

// The work on a stream of its own.
class OtherStream {
 public:
  OtherStream();
  OtherStream(const OtherStream&) = delete;
  OtherStream& operator=(const OtherStream&) = delete;
  ~OtherStream();
  void run(const CudaWork& work, bool join, CudaStream stream);  // join: `stream` waits for it

 private:
  CudaStream other_ = nullptr;
  void* begun_ = nullptr;  // cudaEvent_t
  void* ended_ = nullptr;
};

// How it ends. After the first two nothing works any more on the device in this process.
void write_to_nowhere(CudaStream stream);
void trap(CudaStream stream);
void spin_for(double seconds, CudaStream stream);

}  // namespace assay::cases
