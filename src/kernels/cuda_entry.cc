// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda_entry.h"

#include <algorithm>
#include <stdexcept>

#include "base/random.h"
#include "device/cuda/cuda_device.h"

namespace assay::kernels {
namespace {

constexpr std::int64_t kCheckedAll = 65'536;
constexpr std::int64_t kCheckedEnd = 1'024;
constexpr int kCheckedRows = 256;

}  // namespace

std::function<std::string()> needs_cuda(CudaCode code) {
  return [code]() -> std::string {
    const auto device = device::cuda::open_device();
    if (!device) return device.error().message;
    if (code == CudaCode::kSm90a && device->arch() != 90)
      return "needs sm_90a, the device has sm_" + std::to_string(device->arch());
    return "";
  };
}

std::shared_ptr<device::cuda::DeviceBuffer> cuda_scratch(std::int64_t bytes) {
  auto made = device::cuda::DeviceBuffer::make(std::max<std::int64_t>(bytes, 1));
  if (!made) throw std::runtime_error("scratch: " + made.error().message);
  return std::make_shared<device::cuda::DeviceBuffer>(std::move(*made));
}

void require_launched(CudaStatus status, std::string_view what) {
  if (status == 0) return;
  const auto error = device::cuda::check_status(status, what);
  throw std::runtime_error(error ? std::string(what) : error.error().message);
}

std::vector<std::int64_t> checked_elements(std::int64_t count, std::int64_t row) {
  if (count <= kCheckedAll) return {};
  std::vector<std::int64_t> at;
  for (std::int64_t i = 0; i < kCheckedEnd; ++i) {
    at.push_back(i);
    at.push_back(count - 1 - i);
  }
  Random random(static_cast<std::uint64_t>(count));
  const auto any = [&](std::int64_t below) {
    return static_cast<std::int64_t>(random.uniform() * static_cast<double>(below));
  };
  if (row > 1) {
    for (int i = 0; i < kCheckedRows; ++i) {
      const std::int64_t begin = any(count / row) * row;
      at.push_back(begin);
      at.push_back(begin + row - 1);
    }
  }
  while (static_cast<std::int64_t>(at.size()) < kCheckedAll) at.push_back(any(count));
  std::sort(at.begin(), at.end());
  at.erase(std::unique(at.begin(), at.end()), at.end());
  return at;
}

}  // namespace assay::kernels
