// SPDX-License-Identifier: Apache-2.0
// Memory of the device through the copy engine of each multiprocessor (cp.async.bulk, PTX ISA 8.0): one
// thread a block asks for runs of 8 KiB, so that no register and hardly an instruction is spent on bytes in
// flight.
#include <cuda_runtime_api.h>

#include "kernels/ceiling/device_probes.h"

namespace assay::kernels::ceiling {
namespace {

constexpr int kChunk = 8192;
constexpr int kStages = 8;
constexpr int kAhead = 4;  // loads before the first is waited for
constexpr int kBlocksPerMultiprocessor = 3;
constexpr int kShared = kChunk * kStages;
constexpr std::int64_t kRotation = 41;

enum class Mode { kRead, kCopy, kWrite };

__device__ unsigned shared_address(const void* p) {
  return static_cast<unsigned>(__cvta_generic_to_shared(p));
}

__device__ void load_chunk(unsigned into, const std::byte* from, unsigned barrier) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(kChunk)
               : "memory");
  asm volatile(
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(into),
      "l"(from), "r"(kChunk), "r"(barrier)
      : "memory");
}
__device__ void store_chunk(std::byte* to, unsigned from) {
  asm volatile("cp.async.bulk.global.shared::cta.bulk_group [%0], [%1], %2;" ::"l"(to), "r"(from), "r"(kChunk)
               : "memory");
  asm volatile("cp.async.bulk.commit_group;" ::: "memory");
}
__device__ void wait_full(unsigned barrier, unsigned parity) {
  unsigned done = 0;
  do {
    asm volatile(
        "{\n.reg .pred p;\nmbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\nselp.u32 %0, 1, 0, p;\n}"
        : "=r"(done)
        : "r"(barrier), "r"(parity)
        : "memory");
  } while (done == 0);
}

// The chunks of a block: all passes, one after the other.
struct Walk {
  std::int64_t chunks, chunk;
  int pass = 0, passes;
  __device__ Walk(std::int64_t chunks, int passes) : chunks(chunks), chunk(blockIdx.x), passes(passes) {
    if (chunk >= chunks) pass = passes;
  }
  [[nodiscard]] __device__ bool has_ended() const { return pass >= passes; }
  __device__ std::int64_t next() {
    const std::int64_t now = chunk;
    chunk += gridDim.x;
    while (chunk >= chunks && ++pass < passes) chunk = (blockIdx.x + pass * kRotation) % gridDim.x;
    return now;
  }
};

template <Mode kMode>
__global__ void __launch_bounds__(32)
    bulk_kernel(const std::byte* source, std::byte* target, std::int64_t chunks, int passes) {
  extern __shared__ __align__(128) std::byte stages[];
  __shared__ __align__(8) std::uint64_t full[kStages];
  if constexpr (kMode == Mode::kWrite) {  // random bits to write, the same of all blocks
    for (int i = threadIdx.x; i < kShared / 4; i += 32)
      reinterpret_cast<unsigned*>(stages)[i] = static_cast<unsigned>(i + 1) * 0x9E3779B9u;
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
    __syncwarp();
  }
  if (threadIdx.x != 0) return;
  if constexpr (kMode == Mode::kWrite) {
    int stage = 0;
    for (Walk walk(chunks, passes); !walk.has_ended(); stage = (stage + 1) % kStages) {
      store_chunk(target + walk.next() * kChunk, shared_address(stages + stage * kChunk));
      asm volatile("cp.async.bulk.wait_group.read %0;" ::"n"(kStages) : "memory");
    }
  } else {
    for (int i = 0; i < kStages; ++i)
      asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(shared_address(full + i)) : "memory");
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
    Walk loads(chunks, passes), stores(chunks, passes);
    for (std::int64_t i = 0;; ++i) {
      if (!loads.has_ended()) {
        // The stage's last content must have been stored: chunk i - kStages, of i - kAhead that were asked
        // for.
        if (kMode == Mode::kCopy)
          asm volatile("cp.async.bulk.wait_group.read %0;" ::"n"(kStages - kAhead - 1) : "memory");
        const int stage = static_cast<int>(i % kStages);
        load_chunk(shared_address(stages + stage * kChunk), source + loads.next() * kChunk,
                   shared_address(full + stage));
      }
      const std::int64_t done = i - kAhead;
      if (done < 0) continue;
      if (stores.has_ended()) break;
      const int stage = static_cast<int>(done % kStages);
      wait_full(shared_address(full + stage), static_cast<unsigned>(done / kStages) & 1);
      const std::int64_t chunk = stores.next();
      if (kMode == Mode::kCopy) store_chunk(target + chunk * kChunk, shared_address(stages + stage * kChunk));
    }
  }
  asm volatile("cp.async.bulk.wait_group 0;" ::: "memory");
}

template <Mode kMode>
Status run(const DeviceStreams& streams, Stream stream) {
  static const Status kAllowed =
      cudaFuncSetAttribute(bulk_kernel<kMode>, cudaFuncAttributeMaxDynamicSharedMemorySize, kShared);
  if (kAllowed != cudaSuccess) return kAllowed;
  const std::int64_t chunks = streams.steps * 16 / kChunk;
  if (chunks == 0) return cudaErrorInvalidValue;
  const std::int64_t most = static_cast<std::int64_t>(kBlocksPerMultiprocessor) * streams.multiprocessors;
  bulk_kernel<kMode><<<static_cast<unsigned>(chunks < most ? chunks : most), 32, kShared, stream>>>(
      streams.source, streams.target, chunks, streams.passes);
  return cudaGetLastError();
}

template <Mode kMode>
constexpr DeviceMemoryProbe probe(std::string_view kind) {
  DeviceMemoryProbe made;
  made.kind = kind;
  made.name = "bulk_8k";
  made.loads = kMode == Mode::kWrite ? 0 : 1;
  made.stores = kMode == Mode::kRead ? 0 : 1;
  made.needs_sm90 = true;
  made.run = run<kMode>;
  return made;
}
constexpr DeviceMemoryProbe kProbes[] = {probe<Mode::kRead>("read"), probe<Mode::kCopy>("copy"),
                                         probe<Mode::kWrite>("write")};

}  // namespace

std::span<const DeviceMemoryProbe> device_bulk_probes() { return kProbes; }

}  // namespace assay::kernels::ceiling
