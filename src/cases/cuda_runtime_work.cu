// SPDX-License-Identifier: Apache-2.0
// What the planted lies do through CUDA's runtime rather than in a kernel.
#include <cuda.h>
#include <cuda_runtime.h>

#include "cases/cuda_work.h"

namespace assay::cases {
namespace {

// y = 2 x + 1 in the language that the driver compiles.
constexpr const char kModule[] = R"(.version 7.0
.target sm_80
.address_size 64
.visible .entry twice_plus_one(.param .u64 x, .param .u64 y, .param .u64 count) {
  .reg .pred %p;
  .reg .b32 %thread, %block, %threads;
  .reg .b64 %from, %to, %many, %at, %offset;
  .reg .f32 %value;
  ld.param.u64 %from, [x];
  ld.param.u64 %to, [y];
  ld.param.u64 %many, [count];
  mov.u32 %thread, %tid.x;
  mov.u32 %block, %ctaid.x;
  mov.u32 %threads, %ntid.x;
  mad.lo.u32 %thread, %block, %threads, %thread;
  cvt.u64.u32 %at, %thread;
  setp.ge.u64 %p, %at, %many;
  @%p bra done;
  cvta.to.global.u64 %from, %from;
  cvta.to.global.u64 %to, %to;
  shl.b64 %offset, %at, 2;
  add.u64 %from, %from, %offset;
  add.u64 %to, %to, %offset;
  ld.global.f32 %value, [%from];
  fma.rn.f32 %value, %value, 0f40000000, 0f3F800000;
  st.global.f32 [%to], %value;
done:
  ret;
}
)";

// The driver's functions, which assay does not link.
struct Driver {
  decltype(&cuModuleLoadData) load = nullptr;
  decltype(&cuModuleUnload) unload = nullptr;
  decltype(&cuModuleGetFunction) function = nullptr;
  decltype(&cuLaunchKernel) launch = nullptr;
};

template <typename Function>
void look_up(const char* name, Function& function) {
  void* found = nullptr;
  cudaDriverEntryPointQueryResult result{};
  if (cudaGetDriverEntryPointByVersion(name, &found, 12'000, cudaEnableDefault, &result) == cudaSuccess)
    function = reinterpret_cast<Function>(found);
}

const Driver& driver() {
  static const Driver kDriver = [] {
    Driver made;
    look_up("cuModuleLoadData", made.load);
    look_up("cuModuleUnload", made.unload);
    look_up("cuModuleGetFunction", made.function);
    look_up("cuLaunchKernel", made.launch);
    return made;
  }();
  return kDriver;
}

std::size_t size_of(const CudaWork& work) { return static_cast<std::size_t>(work.count) * sizeof(float); }

}  // namespace

CudaMemory cuda_memory(std::int64_t bytes) {
  void* data = nullptr;
  if (cudaMalloc(&data, static_cast<std::size_t>(bytes)) != cudaSuccess) return nullptr;
  static_cast<void>(cudaMemset(data, 0, static_cast<std::size_t>(bytes)));
  static_cast<void>(cudaDeviceSynchronize());
  return {data, [](void* memory) { static_cast<void>(cudaFree(memory)); }};
}

void run_with_fresh_scratch(const CudaWork& work, CudaStream stream) {
  void* scratch = nullptr;
  if (cudaMalloc(&scratch, size_of(work)) == cudaSuccess)
    run_through(work, static_cast<float*>(scratch), stream);
  static_cast<void>(cudaFree(scratch));
}

void run_with_pooled_scratch(const CudaWork& work, CudaStream stream) {
  void* scratch = nullptr;
  if (cudaMallocAsync(&scratch, size_of(work), stream) != cudaSuccess) return;
  run_through(work, static_cast<float*>(scratch), stream);
  static_cast<void>(cudaFreeAsync(scratch, stream));
}

void run_and_wait(const CudaWork& work, CudaStream stream) {
  run_work(work, stream);
  static_cast<void>(cudaDeviceSynchronize());
}

void run_by_fresh_module(const CudaWork& work, CudaStream stream) {
  constexpr unsigned kThreads = 256;
  const Driver& cu = driver();
  CUmodule module = nullptr;
  if (cu.load == nullptr || cu.load(&module, kModule) != CUDA_SUCCESS) return;
  CUfunction function = nullptr;
  CudaWork w = work;
  void* arguments[] = {&w.x, &w.y, &w.count};
  if (cu.function(&function, module, "twice_plus_one") == CUDA_SUCCESS) {
    const auto blocks = static_cast<unsigned>((w.count + kThreads - 1) / kThreads);
    static_cast<void>(cu.launch(function, blocks, 1, 1, kThreads, 1, 1, 0, stream, arguments, nullptr));
  }
  static_cast<void>(cudaStreamSynchronize(stream));
  static_cast<void>(cu.unload(module));
}

HostInput::HostInput(const CudaWork& work, bool copy_once)
    : work_(work), copy_once_(copy_once), device_(cuda_memory(work.count * std::int64_t{sizeof(float)})) {
  static_cast<void>(cudaMallocHost(reinterpret_cast<void**>(&host_), size_of(work)));
  static_cast<void>(cudaMemcpy(host_, work.x, size_of(work), cudaMemcpyDeviceToHost));
  work_.x = static_cast<const float*>(device_.get());
  if (copy_once) static_cast<void>(cudaMemcpy(device_.get(), host_, size_of(work), cudaMemcpyHostToDevice));
}
HostInput::~HostInput() { static_cast<void>(cudaFreeHost(host_)); }
void HostInput::run(CudaStream stream) {
  if (!copy_once_)
    static_cast<void>(cudaMemcpyAsync(device_.get(), host_, size_of(work_), cudaMemcpyHostToDevice, stream));
  run_work(work_, stream);
}

WorkGraph::WorkGraph(const CudaWork& work, bool make_ready_once, CudaStream stream)
    : make_ready_once_(make_ready_once) {
  cudaGraph_t graph = nullptr;
  static_cast<void>(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
  run_work(work, stream);
  static_cast<void>(cudaStreamEndCapture(stream, &graph));
  graph_ = graph;
  cudaGraphExec_t ready = nullptr;
  if (make_ready_once) static_cast<void>(cudaGraphInstantiate(&ready, graph, 0));
  ready_ = ready;
}
WorkGraph::~WorkGraph() {
  if (ready_ != nullptr) static_cast<void>(cudaGraphExecDestroy(static_cast<cudaGraphExec_t>(ready_)));
  if (graph_ != nullptr) static_cast<void>(cudaGraphDestroy(static_cast<cudaGraph_t>(graph_)));
}
void WorkGraph::run(CudaStream stream) {
  if (!make_ready_once_) {
    static_cast<void>(cudaStreamSynchronize(stream));
    if (ready_ != nullptr) static_cast<void>(cudaGraphExecDestroy(static_cast<cudaGraphExec_t>(ready_)));
    cudaGraphExec_t ready = nullptr;
    static_cast<void>(cudaGraphInstantiate(&ready, static_cast<cudaGraph_t>(graph_), 0));
    ready_ = ready;
  }
  static_cast<void>(cudaGraphLaunch(static_cast<cudaGraphExec_t>(ready_), stream));
}

OtherStream::OtherStream() {
  cudaEvent_t begun = nullptr, ended = nullptr;
  static_cast<void>(cudaStreamCreateWithFlags(&other_, cudaStreamNonBlocking));
  static_cast<void>(cudaEventCreateWithFlags(&begun, cudaEventDisableTiming));
  static_cast<void>(cudaEventCreateWithFlags(&ended, cudaEventDisableTiming));
  begun_ = begun, ended_ = ended;
}
OtherStream::~OtherStream() {
  static_cast<void>(cudaStreamSynchronize(other_));
  static_cast<void>(cudaEventDestroy(static_cast<cudaEvent_t>(begun_)));
  static_cast<void>(cudaEventDestroy(static_cast<cudaEvent_t>(ended_)));
  static_cast<void>(cudaStreamDestroy(other_));
}
void OtherStream::run(const CudaWork& work, bool join, CudaStream stream) {
  if (!join) return run_work(work, other_);
  static_cast<void>(cudaEventRecord(static_cast<cudaEvent_t>(begun_), stream));
  static_cast<void>(cudaStreamWaitEvent(other_, static_cast<cudaEvent_t>(begun_), 0));
  run_work(work, other_);
  static_cast<void>(cudaEventRecord(static_cast<cudaEvent_t>(ended_), other_));
  static_cast<void>(cudaStreamWaitEvent(stream, static_cast<cudaEvent_t>(ended_), 0));
}

}  // namespace assay::cases
