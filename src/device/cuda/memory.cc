// SPDX-License-Identifier: Apache-2.0
#include "device/cuda/memory.h"

#include <cuda_runtime_api.h>

#include <algorithm>

#include "device/cuda/cuda_device.h"
#include "device/cuda/digest.h"
#include "device/cuda/load_time.h"

namespace assay::device::cuda {

Result<DeviceBuffer> DeviceBuffer::make(std::int64_t bytes) {
  if (bytes == 0) return DeviceBuffer();
  void* data = nullptr;
  if (auto made = check_status(cudaMalloc(&data, static_cast<std::size_t>(bytes)), "allocating"); !made) {
    static_cast<void>(cudaGetLastError());
    return fail(made.error().code, "{}: {} bytes were asked for", made.error().message, bytes);
  }
  return DeviceBuffer(static_cast<std::byte*>(data), bytes);
}
DeviceBuffer& DeviceBuffer::operator=(DeviceBuffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}
DeviceBuffer::~DeviceBuffer() {
  if (data_ != nullptr) static_cast<void>(cudaFree(data_));
}

Result<void> copy_to_device(std::byte* device, std::span<const std::byte> host) {
  if (host.empty()) return {};
  return check_status(cudaMemcpy(device, host.data(), host.size(), cudaMemcpyHostToDevice),
                      "copying to the device");
}
Result<void> copy_to_host(std::span<std::byte> host, const std::byte* device) {
  if (host.empty()) return {};
  return check_status(cudaMemcpy(host.data(), device, host.size(), cudaMemcpyDeviceToHost),
                      "copying to the host");
}
Result<void> copy_on_device(std::byte* to, const std::byte* from, std::int64_t bytes, Stream stream) {
  if (bytes == 0) return {};
  return check_status(
      cudaMemcpyAsync(to, from, static_cast<std::size_t>(bytes), cudaMemcpyDeviceToDevice, stream),
      "copying on the device");
}
Result<void> fill(std::byte* device, std::byte value, std::int64_t bytes, Stream stream) {
  if (bytes == 0) return {};
  return check_status(
      cudaMemsetAsync(device, std::to_integer<int>(value), static_cast<std::size_t>(bytes), stream),
      "filling");
}

Result<void> fill_lines(const Lines& lines, std::byte value, Stream stream) {
  return check_status(
      cudaMemset2DAsync(lines.begin, static_cast<std::size_t>(lines.step), std::to_integer<int>(value),
                        static_cast<std::size_t>(lines.bytes), static_cast<std::size_t>(lines.count), stream),
      "filling lines");
}

Result<void> copy_lines_to_host(std::span<std::byte> host, const Lines& lines) {
  return check_status(
      cudaMemcpy2D(host.data(), static_cast<std::size_t>(lines.bytes), lines.begin,
                   static_cast<std::size_t>(lines.step), static_cast<std::size_t>(lines.bytes),
                   static_cast<std::size_t>(lines.count), cudaMemcpyDeviceToHost),
      "copying lines from the device");
}

Result<std::uint64_t> digest(const std::byte* device, std::int64_t bytes, Stream stream) {
  static const Result<DeviceBuffer> kSum = DeviceBuffer::make(sizeof(std::uint64_t));
  if (!kSum) return tl::unexpected<Error>(kSum.error());
  auto* sum = reinterpret_cast<std::uint64_t*>(kSum->data());
  ASSAY_TRY_VOID(fill(kSum->data(), std::byte{0}, sizeof *sum, stream));
  ASSAY_TRY_VOID(check_status(launch_digest(device, bytes, sum, stream), "digesting"));
  std::uint64_t value = 0;
  ASSAY_TRY_VOID(check_status(cudaMemcpyAsync(&value, sum, sizeof value, cudaMemcpyDeviceToHost, stream),
                              "reading a digest"));
  ASSAY_TRY_VOID(check_status(cudaStreamSynchronize(stream), "digesting"));
  return value;
}

Result<double> load_ns(std::span<const std::byte> bytes, Stream stream) {
  constexpr std::int64_t kLines = 128, kLineBytes = 128;
  static const Result<DeviceBuffer> kTime = DeviceBuffer::make(sizeof(std::int64_t));
  if (!kTime) return tl::unexpected<Error>(kTime.error());
  auto* time = reinterpret_cast<std::int64_t*>(kTime->data());
  const auto size = static_cast<std::int64_t>(bytes.size());
  const std::int64_t count = std::clamp<std::int64_t>(size / kLineBytes, 1, kLines);
  const std::int64_t step = size / count / kLineBytes * kLineBytes;
  ASSAY_TRY_VOID(check_status(launch_walk(bytes.data(), step, static_cast<std::int32_t>(count), time, stream),
                              "loading"));
  std::int64_t ns = 0;
  ASSAY_TRY_VOID(
      check_status(cudaMemcpyAsync(&ns, time, sizeof ns, cudaMemcpyDeviceToHost, stream), "loading"));
  ASSAY_TRY_VOID(check_status(cudaStreamSynchronize(stream), "loading"));
  return static_cast<double>(ns) / static_cast<double>(count);
}

Result<void> flush_l2(const DeviceBuffer& scratch, Stream stream) {
  ASSAY_TRY_VOID(check_status(cudaCtxResetPersistingL2Cache(), "resetting the cache's persisting lines"));
  return fill(scratch.data(), std::byte{0x5A}, scratch.bytes(), stream);
}

}  // namespace assay::device::cuda
