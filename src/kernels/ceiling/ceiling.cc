// SPDX-License-Identifier: Apache-2.0
#include "kernels/ceiling/ceiling.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <new>

#include "device/cpu_features.h"
#include "device/thread_pool.h"
#include "kernels/ceiling/probes.h"
#include "kernels/large_memory.h"
#include "measure/empty_region.h"

namespace assay::kernels {
namespace {

using device::ThreadPool;

constexpr std::int64_t kChunk = 1024;              // probes read multiples of this
constexpr std::int64_t kBytesPerTrial = 16 << 20;  // small working sets are walked through several times
constexpr std::int64_t kComputeRounds = 200'000;
constexpr std::int64_t kBarriersPerTrial = 200;

// One point of the result: what is tried in every round.
struct Point {
  std::size_t pool = 0;                            // index into pools
  const ceiling::MemoryProbe* memory = nullptr;    // one of the two,
  const ceiling::ComputeProbe* compute = nullptr;  // or none: the barrier
  std::int64_t size_bytes = 0;
  double best_rate = 0;  // bytes, operations or barriers a second
};

class Prober {
 public:
  Prober(std::vector<std::unique_ptr<ThreadPool>> pools, std::shared_ptr<std::byte> memory, std::int64_t size,
         Clock& clock)
      : pools_(std::move(pools)), memory_(std::move(memory)), size_(size), clock_(clock) {
    fill_with_random_bits();
  }

  int threads(const Point& point) const { return pools_[point.pool]->size(); }

  // Tries the point once and keeps the rate if it is the best so far.
  void try_once(Point& point) {
    double amount = 0;
    std::int64_t ns = 0;
    if (point.memory != nullptr) {
      const std::int64_t passes = std::max<std::int64_t>(1, kBytesPerTrial / point.size_bytes);
      std::int64_t walked = 0;
      ns = timed(point, [&](int index, int count) {
        const std::int64_t bytes = walk(*point.memory, point.size_bytes, index, count, passes);
        if (index == 0) walked = bytes;
      });
      amount = static_cast<double>(walked) * threads(point);
    } else if (point.compute != nullptr) {
      ns = timed(point, [&](int index, int) {
        sink_ += static_cast<std::uint64_t>(
            point.compute->run(kComputeRounds, static_cast<std::uint32_t>(index) + 77) != 0.0f);
      });
      amount = static_cast<double>(kComputeRounds * point.compute->operations) * threads(point);
    } else {
      ThreadPool& pool = *pools_[point.pool];
      ns = timed(point, [&](int, int) {
        for (std::int64_t i = 0; i < kBarriersPerTrial; ++i) pool.barrier();
      });
      amount = static_cast<double>(kBarriersPerTrial);
    }
    if (ns > 0) point.best_rate = std::max(point.best_rate, amount * 1e9 / static_cast<double>(ns));
  }

 private:
  // Nanoseconds from before all threads of the point's pool begin body(index, threads) until all have ended.
  // The clock starts before a barrier: read after it, a thread that is descheduled there would hide what the
  // others do meanwhile.
  template <typename Body>
  std::int64_t timed(const Point& point, Body body) {
    ThreadPool& pool = *pools_[point.pool];
    std::int64_t start = 0, end = 0;
    pool.run([&](int index) {
      pool.barrier();
      if (index == 0) start = clock_.now_ns();
      pool.barrier();
      body(index, pool.size());
      pool.barrier();
      if (index == 0) end = clock_.now_ns();
    });
    return end - start;
  }

  // This thread's part of a working set, `passes` times; returns the bytes read and written.
  std::int64_t walk(const ceiling::MemoryProbe& probe, std::int64_t size, int index, int count,
                    std::int64_t passes) {
    const int streams = probe.sources() + probe.targets();
    const std::int64_t stream = size / streams / 64 * 64;
    const std::int64_t part = stream / count / kChunk * kChunk;
    std::byte* first = memory_.get() + index * part;
    const ceiling::Streams walked{first, first + stream, first + probe.sources() * stream, part};
    std::uint64_t seen = 0;
    for (std::int64_t i = 0; i < passes; ++i) {
      seen ^= probe.run(walked);
      __asm__ volatile("" ::: "memory");
    }
    sink_ += seen & 1;
    return part * passes * streams;
  }

  void fill_with_random_bits() {
    ThreadPool& pool = *pools_.back();
    pool.run([&](int index) {
      const device::Range part = device::part_of(size_ / 8, index, pool.size());
      std::uint64_t state = 0x9E3779B97F4A7C15u * static_cast<std::uint64_t>(index + 1);
      auto* words = reinterpret_cast<std::uint64_t*>(memory_.get());
      for (std::int64_t i = part.begin; i < part.end; ++i) {  // SplitMix64
        std::uint64_t z = state += 0x9E3779B97F4A7C15u;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        words[i] = z ^ (z >> 31);
      }
    });
  }

  std::vector<std::unique_ptr<ThreadPool>> pools_;
  std::shared_ptr<std::byte> memory_;
  std::int64_t size_;
  Clock& clock_;
  std::atomic<std::uint64_t> sink_{0};
};

Result<void> check_options(const LimitsOptions& options) {
  for (const std::int64_t size : options.sizes_bytes)
    if (size < 16 << 10 || size > std::int64_t{16} << 30)
      return fail(ErrorCode::kInvalidArgument, "limits: expected sizes from 16 KiB to 16 GiB, got {} bytes",
                  size);
  for (const int threads : options.threads)
    if (threads < 1)
      return fail(ErrorCode::kInvalidArgument, "limits: expected at least 1 thread, got {}", threads);
  if (options.min_rounds < 1 || options.max_rounds < options.min_rounds)
    return fail(ErrorCode::kInvalidArgument, "limits: expected 1 <= rounds <= most rounds, got {} and {}",
                options.min_rounds, options.max_rounds);
  return {};
}

std::vector<Point> points_for(const LimitsOptions& options, std::size_t pools) {
  std::vector<Point> points;
  for (std::size_t pool = 0; pool < pools; ++pool) {
    for (const std::int64_t size : options.sizes_bytes)
      for (const ceiling::MemoryProbe& probe : ceiling::memory_probes())
        if (device::is_available(probe.isa)) points.push_back({pool, &probe, nullptr, size});
    for (const ceiling::ComputeProbe& probe : ceiling::compute_probes())
      if (device::is_available(probe.isa)) points.push_back({pool, nullptr, &probe});
  }
  points.push_back({pools - 1});  // the barrier of the largest pool
  return points;
}

std::string describe(const Point& point, int threads) {
  if (point.memory != nullptr)
    return fmt::format("{} {} KiB, {} threads", point.memory->kind, point.size_bytes >> 10, threads);
  return fmt::format("{}, {} threads", point.compute != nullptr ? point.compute->kind : "barrier", threads);
}

// Rounds over all points, so that a disturbance of a second harms one round of each and not all rounds of
// one.
void try_all(std::vector<Point>& points, Prober& prober, const LimitsOptions& options, Clock& clock,
             const LimitsProgress& progress) {
  const std::int64_t start = clock.now_ns();
  for (int round = 0; round < options.max_rounds; ++round) {
    const double spent = static_cast<double>(clock.now_ns() - start) /
                         static_cast<double>(std::max<std::int64_t>(1, options.budget_ns));
    if (round >= options.min_rounds && spent >= 1) break;
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (progress && i % 8 == 0) {
        const double by_rounds = (round + static_cast<double>(i) / static_cast<double>(points.size())) /
                                 (round < options.min_rounds ? options.min_rounds : options.max_rounds);
        progress(std::min(1.0, std::max(by_rounds, std::min(spent, 0.99))),
                 describe(points[i], prober.threads(points[i])));
      }
      prober.try_once(points[i]);
    }
  }
  if (progress) progress(1, "done");
}

// The best kernel of every (kind, size, threads).
void keep_best(const std::vector<Point>& points, const Prober& prober, measure::Limits& limits) {
  for (const Point& point : points) {
    const int threads = prober.threads(point);
    if (point.memory != nullptr) {
      auto same = std::find_if(limits.bandwidth.begin(), limits.bandwidth.end(), [&](const auto& b) {
        return b.kind == point.memory->kind && b.size_bytes == point.size_bytes && b.threads == threads;
      });
      if (same == limits.bandwidth.end()) {
        limits.bandwidth.push_back({std::string(point.memory->kind), point.size_bytes, threads, -1, ""});
        same = limits.bandwidth.end() - 1;
      }
      if (point.best_rate > same->bytes_per_second) {
        same->bytes_per_second = point.best_rate;
        same->kernel = point.memory->name;
      }
    } else if (point.compute != nullptr) {
      auto same = std::find_if(limits.compute.begin(), limits.compute.end(), [&](const auto& c) {
        return c.kind == point.compute->kind && c.threads == threads;
      });
      if (same == limits.compute.end()) {
        limits.compute.push_back({std::string(point.compute->kind), threads, -1, ""});
        same = limits.compute.end() - 1;
      }
      if (point.best_rate > same->flops_per_second) {
        same->flops_per_second = point.best_rate;
        same->kernel = point.compute->name;
      }
    } else {
      limits.barrier_ns = point.best_rate > 0 ? 1e9 / point.best_rate : 0;
    }
  }
}

}  // namespace

Result<measure::Limits> measure_limits(const LimitsOptions& options, Clock& clock,
                                       const LimitsProgress& progress) {
  ASSAY_TRY_VOID(check_options(options));
  const device::CpuFeatures& cpu = device::cpu_features();
  std::vector<int> thread_counts = options.threads;
  if (thread_counts.empty()) thread_counts = {1, cpu.logical_cpus};
  std::sort(thread_counts.begin(), thread_counts.end());
  thread_counts.erase(std::unique(thread_counts.begin(), thread_counts.end()), thread_counts.end());
  std::vector<std::unique_ptr<ThreadPool>> pools;
  for (const int threads : thread_counts) {
    ASSAY_TRY(auto pool, ThreadPool::create({threads, false}));
    pools.push_back(std::move(pool));
  }
  std::int64_t largest = 64 << 10;
  for (const std::int64_t size : options.sizes_bytes) largest = std::max(largest, size);
  std::shared_ptr<std::byte> memory;
  try {
    memory = take_large_memory(static_cast<std::size_t>(largest));
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kUnavailable,
                "limits: no memory for a working set of {} bytes; ask for smaller sizes", largest);
  }

  std::vector<Point> points = points_for(options, pools.size());
  Prober prober(std::move(pools), std::move(memory), largest, clock);
  try_all(points, prober, options, clock, progress);

  measure::Limits limits;
  limits.machine = measure::machine_key(cpu);
  limits.measured_at = utc_timestamp();
  keep_best(points, prober, limits);
  const measure::EmptyRegion empty = measure::measure_empty_region(clock);
  limits.clock_step_ns = empty.clock_step_ns;
  limits.empty_region_ns = empty.median_ns;
  if (!cpu.data_caches.empty()) limits.last_level_cache_bytes = cpu.data_caches.back().size_bytes;
  return limits;
}

}  // namespace assay::kernels
