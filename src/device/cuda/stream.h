// SPDX-License-Identifier: Apache-2.0
#pragma once
// Queues of the device, marks in them, and recorded work. Each object owns what it names; moving is cheap,
// copying is not possible. Require open_device() to have succeeded. Not supported: priorities, events between
// processes.
#include <functional>
#include <utility>

#include "base/result.h"
#include "device/cuda/stream_handle.h"

struct CUevent_st;
struct CUgraphExec_st;

namespace assay::device::cuda {

class OwnedStream {
 public:
  [[nodiscard]] static Result<OwnedStream> make();  // independent of the default stream
  OwnedStream(OwnedStream&& other) noexcept : stream_(std::exchange(other.stream_, nullptr)) {}
  OwnedStream& operator=(OwnedStream&& other) noexcept;
  ~OwnedStream();

  [[nodiscard]] Stream get() const { return stream_; }
  [[nodiscard]] Result<void> wait() const;  // until all that was enqueued has ended
  [[nodiscard]] Result<bool> is_idle() const;

 private:
  explicit OwnedStream(Stream stream) : stream_(stream) {}
  Stream stream_;
};

class Event {
 public:
  [[nodiscard]] static Result<Event> make();
  Event(Event&& other) noexcept : event_(std::exchange(other.event_, nullptr)) {}
  Event& operator=(Event&& other) noexcept;
  ~Event();

  [[nodiscard]] Result<void> record(Stream stream) const;
  [[nodiscard]] Result<void> wait() const;
  // Between two recorded events that have been reached; resolution about half a microsecond by CUDA's manual.
  [[nodiscard]] Result<double> nanoseconds_since(const Event& earlier) const;

 private:
  explicit Event(CUevent_st* event) : event_(event) {}
  CUevent_st* event_;
};

// Work that was recorded from a stream and can be replayed at the cost of one launch.
class Graph {
 public:
  // Records what `enqueue` puts on the stream. Errors: kUnsupported with the runtime's reason if something in
  // it cannot be recorded (the stream is usable again then), and those of `enqueue`.
  [[nodiscard]] static Result<Graph> record(Stream stream, const std::function<Result<void>()>& enqueue);
  Graph(Graph&& other) noexcept : graph_(std::exchange(other.graph_, nullptr)) {}
  Graph& operator=(Graph&& other) noexcept;
  ~Graph();

  [[nodiscard]] Result<void> launch(Stream stream) const;

 private:
  explicit Graph(CUgraphExec_st* graph) : graph_(graph) {}
  CUgraphExec_st* graph_;
};

}  // namespace assay::device::cuda
