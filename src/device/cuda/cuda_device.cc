// SPDX-License-Identifier: Apache-2.0
#include "device/cuda/cuda_device.h"

#include <cuda_runtime_api.h>

#include "device/cuda/digest.h"

namespace assay::device::cuda {
namespace {

std::string version_text(int version) { return fmt::format("{}.{}", version / 1000, version % 1000 / 10); }

Result<DeviceInfo> open_once() {
  DeviceInfo info;
  cudaRuntimeGetVersion(&info.runtime_version);
  cudaDriverGetVersion(&info.driver_version);
  if (info.driver_version == 0)
    return fail(ErrorCode::kUnavailable,
                "cuda: no NVIDIA driver is installed; expected one for CUDA {} or later, CPU cases go on",
                version_text(info.runtime_version));
  int devices = 0;
  const cudaError_t counted = cudaGetDeviceCount(&devices);
  if (counted == cudaErrorInsufficientDriver)
    return fail(ErrorCode::kUnavailable,
                "cuda: the driver is for CUDA {}, expected {} or later; update the driver",
                version_text(info.driver_version), version_text(info.runtime_version));
  if (counted != cudaSuccess || devices == 0)
    return fail(ErrorCode::kUnavailable, "cuda: no device: {}; look at nvidia-smi and CUDA_VISIBLE_DEVICES",
                cudaGetErrorString(counted == cudaSuccess ? cudaErrorNoDevice : counted));
  cudaDeviceProp properties{};
  ASSAY_TRY_VOID(check_status(cudaGetDeviceProperties(&properties, 0), "asking for the device's properties"));
  info.name = properties.name;
  char pci[32] = {};
  if (cudaDeviceGetPCIBusId(pci, sizeof pci, 0) == cudaSuccess) info.pci = pci;
  info.compute_major = properties.major;
  info.compute_minor = properties.minor;
  info.multiprocessors = properties.multiProcessorCount;
  info.memory_bytes = static_cast<std::int64_t>(properties.totalGlobalMem);
  info.l2_bytes = properties.l2CacheSize;
  info.shared_bytes_per_block = static_cast<std::int64_t>(properties.sharedMemPerBlockOptin);
  ASSAY_TRY_VOID(check_status(cudaSetDevice(0), "opening the device"));
  ASSAY_TRY_VOID(check_status(cudaFree(nullptr), "opening the device"));
  if (!digest_kernel_is_loadable()) {
    static_cast<void>(cudaGetLastError());
    return fail(ErrorCode::kUnavailable,
                "cuda: '{}' has sm_{}, this program has machine code for {}; build with "
                "-DASSAY_CUDA_ARCHITECTURES={}",
                info.name, info.arch(), ASSAY_CUDA_ARCHITECTURES, info.arch());
  }
  return info;
}

}  // namespace

bool is_built_in() { return true; }

Result<DeviceInfo> open_device() {
  static const Result<DeviceInfo> kOpened = open_once();
  return kOpened;
}

Result<void> check_status(Status status, std::string_view doing) {
  if (status == cudaSuccess) return {};
  const auto error = static_cast<cudaError_t>(status);
  const ErrorCode code = error == cudaErrorMemoryAllocation ? ErrorCode::kUnavailable : ErrorCode::kDevice;
  return fail(code, "cuda: {}: {} ({})", doing, cudaGetErrorString(error), cudaGetErrorName(error));
}

Status take_last_status() { return cudaGetLastError(); }

bool is_sticky(Status status) {
  switch (status) {
    case cudaErrorIllegalAddress:
    case cudaErrorLaunchTimeout:
    case cudaErrorHardwareStackError:
    case cudaErrorIllegalInstruction:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorLaunchFailure:
    case cudaErrorAssert:
    case cudaErrorECCUncorrectable:
    case cudaErrorUnknown:
      return true;
    default:
      return false;
  }
}

Result<void> synchronise() { return check_status(cudaDeviceSynchronize(), "waiting for the device"); }

}  // namespace assay::device::cuda
