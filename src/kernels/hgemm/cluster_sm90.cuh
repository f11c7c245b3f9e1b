// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a cluster of blocks adds: barriers over all of its threads, a look into the shared memory of another
// block, and boxes that TMA writes into several blocks at once; and boxes that TMA writes back. Sources: PTX
// ISA, "barrier.cluster", "mapa", "cp.async.bulk.tensor" (".multicast::cluster", ".bulk_group"), "stmatrix".
#include "kernels/hgemm/half_values.cuh"
#include "kernels/hgemm/wgmma_sm90.cuh"

namespace assay::kernels::hgemm {

__device__ inline int cluster_rank() {
  int rank;
  asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return rank;
}

// Every thread of the cluster arrives and waits in turn; threads of a warp need not be together. This says
// that all have come so far, and that their barriers are there (publish_barriers): ordinary writes before it
// are not ordered by it.
__device__ inline void arrive_cluster() { asm volatile("barrier.cluster.arrive.relaxed;" ::: "memory"); }
__device__ inline void wait_cluster() { asm volatile("barrier.cluster.wait.acquire;" ::: "memory"); }

// The address, in the window of the whole cluster, of the same place in block `rank`.
__device__ inline std::uint32_t shared_of_block(const void* pointer, int rank) {
  std::uint32_t address;
  asm volatile("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(address) : "r"(shared_of(pointer)), "r"(rank));
  return address;
}
// Says that boxes have been read by wgmma, which needs no more than the default ordering; with
// ".release.cluster" it would wait for all of the thread's memory traffic, at the scope of the device.
__device__ inline void arrive_in_block(std::uint64_t* barrier, int rank) {
  asm volatile("mbarrier.arrive.shared::cluster.b64 _, [%0];" ::"r"(shared_of_block(barrier, rank))
               : "memory");
}
// Four values into another block, whose barrier counts their 16 bytes when they are there. Both addresses are
// shared_of_block's.
__device__ inline void store_in_block(std::uint32_t address, std::uint32_t barrier, float a, float b, float c,
                                      float d) {
  asm volatile(
      "st.async.shared::cluster.mbarrier::complete_tx::bytes.v4.f32 [%0], {%2, %3, %4, %5}, [%1];" ::"r"(
          address),
      "r"(barrier), "f"(a), "f"(b), "f"(c), "f"(d)
      : "memory");
}

// load_box into every block of the cluster whose bit in `blocks` is set: the same place, and the bytes count
// at the same barrier, in each of them.
__device__ inline void share_box(void* to, const CUtensorMap* map, std::uint64_t* barrier, int x, int y,
                                 std::uint16_t blocks) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes.multicast::cluster "
      "[%0], [%1, {%3, %4}], [%2], %5;" ::"r"(shared_of(to)),
      "l"(map), "r"(shared_of(barrier)), "r"(x), "r"(y), "h"(blocks)
      : "memory");
}
template <bool kDeep, int kCount>
__device__ inline void share_operand(unsigned char* to, const CUtensorMap* map, std::uint64_t* barrier,
                                     int i0, int k0, std::uint16_t blocks) {
  if constexpr (kDeep) {
    share_box(to, map, barrier, k0, i0, blocks);
  } else {
#pragma unroll
    for (int i = 0; i < kCount; i += kAtom)
      share_box(to + i / kAtom * kBoxBytes, map, barrier, i0 + i, k0, blocks);
  }
}

// A box of shared memory to (x, y) of the map's matrix; what lies outside is left out. One thread stores,
// commits and waits; ordinary writes to the box come before its fence_async of every writer.
__device__ inline void store_box(const CUtensorMap* map, const void* from, int x, int y) {
  asm volatile("cp.async.bulk.tensor.2d.global.shared::cta.tile.bulk_group [%0, {%2, %3}], [%1];" ::"l"(map),
               "r"(shared_of(from)), "r"(x), "r"(y)
               : "memory");
}
__device__ inline void commit_stores() { asm volatile("cp.async.bulk.commit_group;" ::: "memory"); }
// Until the boxes of all but the last kPending groups have been read.
template <int kPending>
__device__ inline void wait_stores_read() {
  asm volatile("cp.async.bulk.wait_group.read %0;" ::"n"(kPending) : "memory");
}
__device__ inline void fence_async() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

// Of the 128 threads that name `barrier` (1 to 15).
__device__ inline void sync_warpgroup(int barrier) {
  asm volatile("bar.sync %0, 128;" ::"r"(barrier) : "memory");
}

template <typename T>
__device__ inline std::uint32_t pack(float first, float second) {
  struct alignas(4) Pair {
    T values[2];
  };
  const Pair pair{{from_float<T>(first), from_float<T>(second)}};
  return *reinterpret_cast<const std::uint32_t*>(&pair);
}

// Four matrices of 8 x 8 values, spread over a warp as wgmma leaves them: lane l names row l % 8 of matrix
// l / 8.
__device__ inline void store_matrices(std::uint32_t row, std::uint32_t a, std::uint32_t b, std::uint32_t c,
                                      std::uint32_t d) {
  asm volatile("stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1, %2, %3, %4};" ::"r"(row), "r"(a), "r"(b),
               "r"(c), "r"(d)
               : "memory");
}

}  // namespace assay::kernels::hgemm
