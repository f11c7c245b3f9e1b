// SPDX-License-Identifier: Apache-2.0
#include "device/cuda/stream.h"

#include <cuda_runtime_api.h>

#include "device/cuda/cuda_device.h"

namespace assay::device::cuda {

Result<OwnedStream> OwnedStream::make() {
  Stream stream = nullptr;
  ASSAY_TRY_VOID(check_status(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "making a stream"));
  return OwnedStream(stream);
}
OwnedStream& OwnedStream::operator=(OwnedStream&& other) noexcept {
  std::swap(stream_, other.stream_);
  return *this;
}
OwnedStream::~OwnedStream() {
  if (stream_ != nullptr) static_cast<void>(cudaStreamDestroy(stream_));
}
Result<void> OwnedStream::wait() const {
  return check_status(cudaStreamSynchronize(stream_), "waiting for the stream");
}
Result<bool> OwnedStream::is_idle() const {
  const cudaError_t state = cudaStreamQuery(stream_);
  if (state == cudaErrorNotReady) {
    static_cast<void>(cudaGetLastError());
    return false;
  }
  ASSAY_TRY_VOID(check_status(state, "asking the stream"));
  return true;
}

Result<Event> Event::make() {
  CUevent_st* event = nullptr;
  ASSAY_TRY_VOID(check_status(cudaEventCreate(&event), "making an event"));
  return Event(event);
}
Event& Event::operator=(Event&& other) noexcept {
  std::swap(event_, other.event_);
  return *this;
}
Event::~Event() {
  if (event_ != nullptr) static_cast<void>(cudaEventDestroy(event_));
}
Result<void> Event::record(Stream stream) const {
  return check_status(cudaEventRecord(event_, stream), "recording an event");
}
Result<void> Event::wait() const {
  return check_status(cudaEventSynchronize(event_), "waiting for an event");
}
Result<double> Event::nanoseconds_since(const Event& earlier) const {
  float milliseconds = 0;
  ASSAY_TRY_VOID(check_status(cudaEventElapsedTime(&milliseconds, earlier.event_, event_), "reading events"));
  return static_cast<double>(milliseconds) * 1e6;
}

Result<Graph> Graph::record(Stream stream, const std::function<Result<void>()>& enqueue) {
  ASSAY_TRY_VOID(check_status(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal),
                              "beginning to record the stream"));
  const Result<void> enqueued = enqueue();
  cudaGraph_t recorded = nullptr;
  const cudaError_t ended = cudaStreamEndCapture(stream, &recorded);
  static_cast<void>(cudaGetLastError());
  if (!enqueued || ended != cudaSuccess) {
    if (recorded != nullptr) static_cast<void>(cudaGraphDestroy(recorded));
    if (ended != cudaSuccess)
      return fail(ErrorCode::kUnsupported, "cuda: the work cannot be recorded as a graph: {}",
                  cudaGetErrorString(ended));
    return tl::unexpected<Error>(enqueued.error());
  }
  CUgraphExec_st* graph = nullptr;
  const cudaError_t made = cudaGraphInstantiate(&graph, recorded, 0);
  static_cast<void>(cudaGraphDestroy(recorded));
  ASSAY_TRY_VOID(check_status(made, "making the recorded graph ready"));
  return Graph(graph);
}
Graph& Graph::operator=(Graph&& other) noexcept {
  std::swap(graph_, other.graph_);
  return *this;
}
Graph::~Graph() {
  if (graph_ != nullptr) static_cast<void>(cudaGraphExecDestroy(graph_));
}
Result<void> Graph::launch(Stream stream) const {
  return check_status(cudaGraphLaunch(graph_, stream), "launching a graph");
}

}  // namespace assay::device::cuda
