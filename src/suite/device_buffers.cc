// SPDX-License-Identifier: Apache-2.0
#include "suite/device_buffers.h"

#include <algorithm>

#include "device/cuda/cuda_device.h"
#include "values/dtype.h"

namespace assay::suite {
namespace {

namespace cuda = device::cuda;

constexpr std::int64_t kGuard = 256;
constexpr std::byte kGuardByte{0xA5};

template <typename T>
T value_of(Result<T> result) {
  if (!result) throw DeviceFailure(result.error().message);
  return std::move(*result);
}
void require(const Result<void>& result) {
  if (!result) throw DeviceFailure(result.error().message);
}

}  // namespace

Result<DeviceBuffers> DeviceBuffers::make(const std::vector<BufferSpec>& specs, const Contents& before,
                                          cuda::Stream stream, std::size_t shift) {
  DeviceBuffers made(before, stream);
  for (std::size_t i = 0; i < specs.size(); ++i) {
    auto added = made.add(specs[i], before[i], shift);
    if (!added) return tl::unexpected<Error>(added.error().with_context("buffer '" + specs[i].name + "'"));
  }
  return made;
}

Result<void> DeviceBuffers::add(const BufferSpec& spec, const std::vector<std::byte>& content,
                                std::size_t shift) {
  const values::DTypeInfo& type = values::info(spec.dtype);
  const auto step = static_cast<std::size_t>(type.is_quantised ? 2 : type.block_bytes);
  const auto size = static_cast<std::int64_t>(content.size());
  Storage storage;
  storage.begin = kGuard + static_cast<std::int64_t>(shift * step);
  ASSAY_TRY(storage.memory, cuda::DeviceBuffer::make(storage.begin + size + kGuard));
  ASSAY_TRY_VOID(cuda::fill(storage.memory.data(), kGuardByte, storage.memory.bytes(), stream_));
  ASSAY_TRY_VOID(cuda::synchronise());  // the copy below goes by another stream
  std::byte* begin = storage.memory.data() + storage.begin;
  ASSAY_TRY_VOID(cuda::copy_to_device(begin, content));
  if (spec.role == Role::kInOut) {
    ASSAY_TRY(storage.copy, cuda::DeviceBuffer::make(size));
    ASSAY_TRY_VOID(cuda::copy_to_device(storage.copy.data(), content));
  }
  ASSAY_TRY_VOID(cuda::synchronise());
  ASSAY_TRY(storage.digest_before, cuda::digest(begin, size, stream_));
  storage_.push_back(std::move(storage));
  buffers_.push_back({spec, {begin, content.size()}});
  return {};
}

void DeviceBuffers::put_back(std::size_t i) {
  const std::span<std::byte> bytes = buffers_[i].bytes;
  const cuda::DeviceBuffer& copy = storage_[i].copy;
  if (copy.bytes() > 0) {
    require(cuda::copy_on_device(bytes.data(), copy.data(), copy.bytes(), stream_));
  } else {
    require(cuda::synchronise());
    require(cuda::copy_to_device(bytes.data(), (*before_)[i]));
    require(cuda::synchronise());
  }
}

void DeviceBuffers::poison(std::size_t i) {
  const std::span<std::byte> bytes = buffers_[i].bytes;
  require(cuda::fill(bytes.data(), poison_byte(buffers_[i].spec.dtype),
                     static_cast<std::int64_t>(bytes.size()), stream_));
  if (!storage_[i].digest_poisoned) storage_[i].digest_poisoned = digest(i);
}

std::uint64_t DeviceBuffers::digest(std::size_t i) const {
  const std::span<std::byte> bytes = buffers_[i].bytes;
  return value_of(cuda::digest(bytes.data(), static_cast<std::int64_t>(bytes.size()), stream_));
}

bool DeviceBuffers::is_as_before(std::size_t i) const { return digest(i) == storage_[i].digest_before; }

bool DeviceBuffers::is_poisoned(std::size_t i) const {
  return storage_[i].digest_poisoned && digest(i) == *storage_[i].digest_poisoned;
}

bool DeviceBuffers::is_guard_broken(std::size_t i) const {
  const Storage& storage = storage_[i];
  require(cuda::synchronise());
  const auto broken = [&](std::int64_t begin, std::int64_t bytes) {
    std::vector<std::byte> guard(static_cast<std::size_t>(bytes));
    require(cuda::copy_to_host(guard, storage.memory.data() + begin));
    return !std::all_of(guard.begin(), guard.end(), [](std::byte b) { return b == kGuardByte; });
  };
  const std::int64_t end = storage.begin + static_cast<std::int64_t>(buffers_[i].bytes.size());
  return broken(0, storage.begin) || broken(end, storage.memory.bytes() - end);
}

void DeviceBuffers::read(std::size_t i, std::vector<std::byte>& into) const {
  require(cuda::synchronise());
  into.resize(buffers_[i].bytes.size());
  require(cuda::copy_to_host(into, buffers_[i].bytes.data()));
}

std::vector<std::byte> DeviceBuffers::content(std::size_t i) const {
  std::vector<std::byte> copy;
  read(i, copy);
  return copy;
}

}  // namespace assay::suite
