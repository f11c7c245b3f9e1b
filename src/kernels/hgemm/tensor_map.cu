// SPDX-License-Identifier: Apache-2.0
// Source of the limits: CUDA driver API, cuTensorMapEncodeTiled.
#include "kernels/hgemm/tensor_map.cuh"

namespace assay::kernels {
namespace hgemm {
namespace {

using Encode = decltype(&cuTensorMapEncodeTiled);

Encode find_encode() {
  void* found = nullptr;
  cudaDriverEntryPointQueryResult answer{};
  const cudaError_t status =
      cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &found, 12000, cudaEnableDefault, &answer);
  if (status != cudaSuccess || answer != cudaDriverEntryPointSuccess) {
    static_cast<void>(cudaGetLastError());
    return nullptr;
  }
  return reinterpret_cast<Encode>(found);
}

}  // namespace

CudaStatus encode_map(CUtensorMap& map, HalfType type, const void* data, std::int64_t rows, std::int64_t cols,
                      int box_rows) {
  static const Encode kEncode = find_encode();
  if (kEncode == nullptr) return cudaErrorNotSupported;
  const cuuint64_t sizes[2] = {static_cast<cuuint64_t>(cols), static_cast<cuuint64_t>(rows)};
  const cuuint64_t strides[1] = {static_cast<cuuint64_t>(cols) *
                                 2};  // of dimension 1; that of 0 is the value
  const cuuint32_t box[2] = {64, static_cast<cuuint32_t>(box_rows)};
  const cuuint32_t steps[2] = {1, 1};
  const CUresult encoded = kEncode(
      &map, type == HalfType::kF16 ? CU_TENSOR_MAP_DATA_TYPE_FLOAT16 : CU_TENSOR_MAP_DATA_TYPE_BFLOAT16, 2,
      const_cast<void*>(data), sizes, strides, box, steps, CU_TENSOR_MAP_INTERLEAVE_NONE,
      CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  return encoded == CUDA_SUCCESS ? cudaSuccess : cudaErrorInvalidValue;
}

CudaStatus encode_args(TmaArgs& made, const HgemmArgs& args, int tile_m, int tile_n, int box_n) {
  constexpr std::int64_t kMost = std::int64_t{1} << 30;  // coordinates of TMA are 32 bits wide
  if (!takes_tma(args.m, args.n, args.k, args.layout) || args.m > kMost || args.n > kMost || args.k > kMost)
    return cudaErrorInvalidValue;
  const auto bits = reinterpret_cast<std::uintptr_t>(args.c) | reinterpret_cast<std::uintptr_t>(args.d);
  if (bits % 16 != 0) return cudaErrorInvalidValue;
  const std::int64_t rows = blocks_of(args.m, tile_m), cols = blocks_of(args.n, tile_n);
  if (rows * cols >= std::int64_t{1} << 27) return cudaErrorInvalidValue;
  const bool wide_a = args.layout == HgemmLayout::kTN, wide_b = args.layout != HgemmLayout::kNT;
  const CudaStatus a = wide_a ? encode_map(made.a, args.type, args.a, args.k, args.m, 64)
                              : encode_map(made.a, args.type, args.a, args.m, args.k, tile_m);
  if (a != cudaSuccess) return a;
  const CudaStatus b =
      wide_b ? encode_map(made.b, args.type, args.b, args.k, args.n, 64)
             : encode_map(made.b, args.type, args.b, args.n, args.k, box_n > 0 ? box_n : tile_n);
  if (b != cudaSuccess) return b;
  made.c = args.c;
  made.d = args.d;
  made.m = static_cast<int>(args.m);
  made.n = static_cast<int>(args.n);
  made.k = static_cast<int>(args.k);
  made.alpha = args.alpha;
  made.beta = args.beta;
  made.tile_rows = static_cast<int>(rows);
  made.tile_cols = static_cast<int>(cols);
  return cudaSuccess;
}

}  // namespace hgemm

int multiprocessors() {
  static const int kCount = [] {
    int count = 0;
    return cudaDeviceGetAttribute(&count, cudaDevAttrMultiProcessorCount, 0) == cudaSuccess ? count : 1;
  }();
  return kCount;
}

bool has_wgmma() {
  static const bool kHas = [] {
    int major = 0;
    return cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, 0) == cudaSuccess && major == 9;
  }();
  return kHas;
}

}  // namespace assay::kernels
