// SPDX-License-Identifier: Apache-2.0
// One block on every multiprocessor for the whole product. Each warp has two slots of shared memory of its
// own and fills them by bulk copies, a few whole rows at a time: while it works on one slot the other is on
// its way, and with 16 warps some 100 to 190 KB are in flight on each multiprocessor without a register. A
// warp waits for nobody but its own copies, so that the latencies of different warps overlap. Source: PTX
// ISA, "cp.async.bulk" and "mbarrier".
#include "kernels/gemv/gemv_load.cuh"

namespace assay::kernels::gemv {
namespace {

constexpr int kThreads = 512;
constexpr int kWarps = kThreads / 32;
constexpr int kSlots = 2;
constexpr int kSlotBytes = 6144;
constexpr int kMostRows = 4;               // of a slot
constexpr int kMostCols = kSlotBytes / 2;  // a row has to fit
constexpr int kSharedBytes = kWarps * kSlots * kSlotBytes + 4 * kMostCols;

__device__ unsigned shared_address(const void* p) {
  return static_cast<unsigned>(__cvta_generic_to_shared(p));
}

// Until the phase of this parity has ended.
__device__ void wait(std::uint64_t* barrier, int parity) {
  asm volatile(
      "{\n.reg .pred done;\nagain:\n"
      "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n@!done bra again;\n}\n" ::"r"(
          shared_address(barrier)),
      "r"(parity)
      : "memory");
}

__device__ void copy_bulk(unsigned char* to, const void* from, unsigned bytes, std::uint64_t* barrier) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(barrier)),
               "r"(bytes)
               : "memory");
  asm volatile(
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(
          shared_address(to)),
      "l"(from), "r"(bytes), "r"(shared_address(barrier))
      : "memory");
}

// Piece n of the product is rows [n * rows_each, ...); warps take pieces in turn.
template <typename W, typename X>
__global__ void __launch_bounds__(kThreads, 1)
    bulk_kernel(const W* weights, const X* x, float* y, std::int64_t rows, int cols, int rows_each) {
  extern __shared__ __align__(128) unsigned char shared[];
  __shared__ std::uint64_t barriers[kWarps][kSlots];
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  unsigned char* const slots = shared + warp * kSlots * kSlotBytes;
  float* const values = reinterpret_cast<float*>(shared + kWarps * kSlots * kSlotBytes);
  const std::int64_t pieces = (rows + rows_each - 1) / rows_each;
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kWarps;
  const std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * kWarps + warp;

  const auto request = [&](std::int64_t piece, int slot) {
    const std::int64_t row = piece * rows_each;
    const int count = static_cast<int>(min(static_cast<std::int64_t>(rows_each), rows - row));
    copy_bulk(slots + slot * kSlotBytes, weights + row * cols, static_cast<unsigned>(count * cols * 2),
              &barriers[warp][slot]);
  };
  if (lane == 0) {
    for (int slot = 0; slot < kSlots; ++slot)
      asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(shared_address(&barriers[warp][slot]))
                   : "memory");
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
    for (int slot = 0; slot < kSlots; ++slot)
      if (first + slot * stride < pieces) request(first + slot * stride, slot);
  }
  // x as f32, once for the block, while the first rows are on their way.
  for (int k = threadIdx.x; k < cols; k += kThreads) values[k] = one_float(x[k]);
  __syncthreads();

  int slot = 0, parity = 0;
  for (std::int64_t piece = first; piece < pieces; piece += stride) {
    wait(&barriers[warp][slot], parity);
    const auto* bits = reinterpret_cast<const uint4*>(slots + slot * kSlotBytes);
    const std::int64_t row = piece * rows_each;
    const int count = static_cast<int>(min(static_cast<std::int64_t>(rows_each), rows - row));
    const int chunks = cols / 8;
    float sum[kMostRows] = {};
    for (int chunk = lane; chunk < chunks; chunk += 32) {
      const auto* at = reinterpret_cast<const float4*>(values + 8 * chunk);
      const float4 a = at[0], b = at[1];
      const EightFloats eight = {{a.x, a.y, a.z, a.w, b.x, b.y, b.z, b.w}};
#pragma unroll
      for (int r = 0; r < kMostRows; ++r)
        if (r < count) sum[r] = dot_eight<W>(bits[r * chunks + chunk], eight, sum[r]);
    }
    // Every lane has read the slot: the rows after the next may come.
    __syncwarp();
    if (lane == 0 && piece + kSlots * stride < pieces) request(piece + kSlots * stride, slot);
#pragma unroll
    for (int r = 0; r < kMostRows; ++r) {
      sum[r] = warp_sum(sum[r]);
      if (lane == r && r < count) y[row + r] = sum[r];
    }
    if (++slot == kSlots) {
      slot = 0;
      parity ^= 1;
    }
  }
}

}  // namespace

// Rows that do not fit a slot or do not begin at multiples of 16 bytes go the way of vector_rows.
CudaStatus launch_bulk_ring(const GemvArgs& args, CudaStream stream) {
  if (!allows_vectors(args) || args.cols > kMostCols || args.cols == 0)
    return launch_vector_rows(args, stream);
  return with_types(args, [&](auto w, auto x) -> CudaStatus {
    using W = decltype(w);
    using X = decltype(x);
    const auto kernel = bulk_kernel<W, X>;
    static const cudaError_t kAllowed =
        cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, kSharedBytes);
    if (kAllowed != cudaSuccess) return kAllowed;
    static const int kBlocks = [] {
      int device = 0, count = 0;
      const bool known =
          cudaGetDevice(&device) == cudaSuccess &&
          cudaDeviceGetAttribute(&count, cudaDevAttrMultiProcessorCount, device) == cudaSuccess;
      return known ? count : 1;
    }();
    const int cols = static_cast<int>(args.cols);
    const int rows_each = min(kMostRows, kSlotBytes / (2 * cols));
    const std::int64_t wanted = (args.rows + rows_each * kWarps - 1) / (rows_each * kWarps);
    kernel<<<static_cast<unsigned>(min(static_cast<std::int64_t>(kBlocks), wanted)), kThreads, kSharedBytes,
             stream>>>(static_cast<const W*>(args.weights), static_cast<const X*>(args.x), args.y, args.rows,
                       cols, rows_each);
    return cudaGetLastError();
  });
}

}  // namespace assay::kernels::gemv
