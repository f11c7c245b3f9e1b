// SPDX-License-Identifier: Apache-2.0
// Everything of this folder in a build without CUDA: nothing is there, and says so.
#include "base/check.h"
#include "device/cuda/cublaslt.h"
#include "device/cuda/cuda_device.h"
#include "device/cuda/memory.h"
#include "device/cuda/stream.h"

namespace assay::device::cuda {
namespace {

tl::unexpected<Error> not_built_in() {
  return fail(
      ErrorCode::kUnavailable,
      "cuda: this assay was built without CUDA; install the CUDA toolkit and build the preset 'cuda'");
}

}  // namespace

bool is_built_in() { return false; }
Result<DeviceInfo> open_device() { return not_built_in(); }
Result<void> check_status(Status, std::string_view) { return not_built_in(); }
Status take_last_status() { return 0; }
bool is_sticky(Status) { return false; }
Result<void> synchronise() { return not_built_in(); }

Result<void> open_cublaslt() { return not_built_in(); }
Result<std::function<Status(Stream)>> plan_cublaslt(const HalfProduct&, Stream) { return not_built_in(); }

// No object of these classes can be made.
Result<OwnedStream> OwnedStream::make() { return not_built_in(); }
OwnedStream& OwnedStream::operator=(OwnedStream&&) noexcept { return *this; }
OwnedStream::~OwnedStream() = default;
Result<void> OwnedStream::wait() const { return not_built_in(); }
Result<bool> OwnedStream::is_idle() const { return not_built_in(); }
Result<Event> Event::make() { return not_built_in(); }
Event& Event::operator=(Event&&) noexcept { return *this; }
Event::~Event() = default;
Result<void> Event::record(Stream) const { return not_built_in(); }
Result<void> Event::wait() const { return not_built_in(); }
Result<double> Event::nanoseconds_since(const Event&) const { return not_built_in(); }
Result<Graph> Graph::record(Stream, const std::function<Result<void>()>&) { return not_built_in(); }
Graph& Graph::operator=(Graph&&) noexcept { return *this; }
Graph::~Graph() = default;
Result<void> Graph::launch(Stream) const { return not_built_in(); }

Result<DeviceBuffer> DeviceBuffer::make(std::int64_t) { return not_built_in(); }
DeviceBuffer& DeviceBuffer::operator=(DeviceBuffer&&) noexcept { return *this; }
DeviceBuffer::~DeviceBuffer() = default;
Result<void> copy_to_device(std::byte*, std::span<const std::byte>) { return not_built_in(); }
Result<void> copy_to_host(std::span<std::byte>, const std::byte*) { return not_built_in(); }
Result<void> copy_on_device(std::byte*, const std::byte*, std::int64_t, Stream) { return not_built_in(); }
Result<void> fill(std::byte*, std::byte, std::int64_t, Stream) { return not_built_in(); }
Result<double> load_ns(std::span<const std::byte>, Stream) { return not_built_in(); }
Result<void> fill_lines(const Lines&, std::byte, Stream) { return not_built_in(); }
Result<void> copy_lines_to_host(std::span<std::byte>, const Lines&) { return not_built_in(); }
Result<std::uint64_t> digest(const std::byte*, std::int64_t, Stream) { return not_built_in(); }
Result<void> flush_l2(const DeviceBuffer&, Stream) { return not_built_in(); }

}  // namespace assay::device::cuda
