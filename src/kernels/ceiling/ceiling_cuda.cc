// SPDX-License-Identifier: Apache-2.0
#include "kernels/ceiling/ceiling_cuda.h"

#include <algorithm>
#include <optional>

#include "device/cuda/cuda_device.h"
#include "device/cuda/memory.h"
#include "device/cuda/sm_clock.h"
#include "device/cuda/stream.h"
#include "kernels/ceiling/device_probes.h"

namespace assay::kernels {
namespace {

namespace cuda = device::cuda;

constexpr std::int64_t kBytesPerTrial = std::int64_t{4} << 30;  // a millisecond: events cost 0.2 % of it
constexpr double kComputeTrial_ns = 2e6;

struct MemoryPoint {
  const ceiling::DeviceMemoryProbe* probe = nullptr;
  std::int64_t size_bytes = 0;
  double best_rate = 0;
};
struct ComputePoint {
  const ceiling::DeviceComputeProbe* probe = nullptr;
  int rounds = 1;
  double best_rate = 0;
};

// Device time of what `enqueue` puts on the stream.
class Stopwatch {
 public:
  static Result<Stopwatch> make(cuda::Stream stream) {
    ASSAY_TRY(auto begin, cuda::Event::make());
    ASSAY_TRY(auto end, cuda::Event::make());
    return Stopwatch(std::move(begin), std::move(end), stream);
  }
  template <typename Enqueue>
  Result<double> time_ns(Enqueue enqueue) {
    ASSAY_TRY_VOID(begin_.record(stream_));
    ASSAY_TRY_VOID(cuda::check_status(enqueue(), "running a probe of the limits"));
    ASSAY_TRY_VOID(end_.record(stream_));
    ASSAY_TRY_VOID(end_.wait());
    return end_.nanoseconds_since(begin_);
  }

 private:
  Stopwatch(cuda::Event begin, cuda::Event end, cuda::Stream stream)
      : begin_(std::move(begin)), end_(std::move(end)), stream_(stream) {}
  cuda::Event begin_, end_;
  cuda::Stream stream_;
};

std::int64_t steps_of(const ceiling::DeviceMemoryProbe& probe, std::int64_t size_bytes) {
  return size_bytes / (16 * (probe.loads + probe.stores)) / ceiling::kStepMultiple * ceiling::kStepMultiple;
}

// Streams beside each other in `memory`, each aligned to 64 KiB as steps are a multiple of 4096.
ceiling::DeviceStreams streams_of(const ceiling::DeviceMemoryProbe& probe, std::byte* memory,
                                  std::int64_t size_bytes, int multiprocessors) {
  ceiling::DeviceStreams streams;
  streams.steps = steps_of(probe, size_bytes);
  const std::int64_t source_bytes = 16 * streams.steps * probe.loads / (probe.two_sources ? 2 : 1);
  streams.source = memory;
  streams.second = probe.two_sources ? memory + source_bytes : memory;
  streams.target = memory + 16 * streams.steps * probe.loads;
  streams.multiprocessors = multiprocessors;
  const std::int64_t bytes = 16 * streams.steps * (probe.loads + probe.stores);
  streams.passes =
      static_cast<int>(std::clamp<std::int64_t>(kBytesPerTrial / std::max<std::int64_t>(1, bytes), 1, 4096));
  return streams;
}

class DeviceProber {
 public:
  static Result<DeviceProber> make(const cuda::DeviceInfo& info, std::int64_t largest_bytes) {
    ASSAY_TRY(auto stream, cuda::OwnedStream::make());
    ASSAY_TRY(auto stopwatch, Stopwatch::make(stream.get()));
    ASSAY_TRY(auto memory, cuda::DeviceBuffer::make(largest_bytes + (1 << 20)));
    ASSAY_TRY(auto operands, cuda::DeviceBuffer::make(4 * ceiling::kOperandBytes));
    ASSAY_TRY(auto sink, cuda::DeviceBuffer::make(256));
    ASSAY_TRY_VOID(
        cuda::check_status(ceiling::launch_random_operands(memory.data(), memory.bytes(),
                                                           ceiling::OperandType::kBits, stream.get()),
                           "filling with random bits"));
    for (int type = 0; type < 4; ++type) {
      ASSAY_TRY_VOID(cuda::check_status(
          ceiling::launch_random_operands(operands.data() + type * ceiling::kOperandBytes,
                                          ceiling::kOperandBytes, static_cast<ceiling::OperandType>(type),
                                          stream.get()),
          "filling with random numbers"));
    }
    ASSAY_TRY_VOID(stream.wait());
    return DeviceProber(info, std::move(stream), std::move(stopwatch), std::move(memory), std::move(operands),
                        std::move(sink));
  }

  Result<void> try_once(MemoryPoint& point) {
    const ceiling::DeviceStreams streams =
        streams_of(*point.probe, memory_.data(), point.size_bytes, info_.multiprocessors);
    ASSAY_TRY(const double ns, stopwatch_.time_ns([&] { return point.probe->run(streams, stream_.get()); }));
    const double bytes = 16.0 * static_cast<double>(streams.steps) *
                         (point.probe->loads + point.probe->stores) * streams.passes;
    if (ns > 0) point.best_rate = std::max(point.best_rate, bytes * 1e9 / ns);
    return {};
  }

  Result<void> try_once(ComputePoint& point) {
    ASSAY_TRY(const double ns, stopwatch_.time_ns([&] {
      return point.probe->run(
          operands_.data() + static_cast<int>(point.probe->operands) * ceiling::kOperandBytes, point.rounds,
          info_.multiprocessors, reinterpret_cast<float*>(sink_.data()), stream_.get());
    }));
    if (ns <= 0) return {};
    // Too short a trial counts its own start; the first ones only find out how many rounds are long enough.
    if (ns < kComputeTrial_ns / 2) {
      point.rounds = static_cast<int>(
          std::clamp(point.rounds * kComputeTrial_ns / std::max(ns, 1e3), 2.0 * point.rounds, 1e8));
      if (point.rounds < 100'000'000) return try_once(point);
    }
    const double flops = point.probe->flops * point.rounds * info_.multiprocessors;
    point.best_rate = std::max(point.best_rate, flops * 1e9 / ns);
    return {};
  }

  // The clock of the multiprocessors right after work.
  Result<double> sm_hz() {
    ASSAY_TRY(auto clock, cuda::SmClock::make(2));
    ASSAY_TRY_VOID(clock.stamp(stream_.get()));
    ASSAY_TRY_VOID(cuda::check_status(cuda::launch_spin(200'000, stream_.get()), "spinning"));
    ASSAY_TRY_VOID(clock.stamp(stream_.get()));
    ASSAY_TRY(const auto stamps, clock.read_back(stream_.get()));
    return cuda::sm_hz(stamps[0], stamps[1]).value_or(cuda::sm_hz(stamps[1]).value_or(0));
  }

 private:
  DeviceProber(const cuda::DeviceInfo& info, cuda::OwnedStream stream, Stopwatch stopwatch,
               cuda::DeviceBuffer memory, cuda::DeviceBuffer operands, cuda::DeviceBuffer sink)
      : info_(info),
        stream_(std::move(stream)),
        memory_(std::move(memory)),
        operands_(std::move(operands)),
        sink_(std::move(sink)),
        stopwatch_(std::move(stopwatch)) {}
  cuda::DeviceInfo info_;
  cuda::OwnedStream stream_;
  cuda::DeviceBuffer memory_, operands_, sink_;
  Stopwatch stopwatch_;
};

// Rounds over all points, so that a disturbance of a second harms one round of each and not all of one.
template <typename Point, typename Describe>
Result<void> try_all(std::vector<Point>& points, DeviceProber& prober, const DeviceLimitsOptions& options,
                     Clock& clock, double first, double last, const LimitsProgress& progress,
                     Describe describe) {
  const std::int64_t start_ns = clock.now_ns();
  for (int round = 0; round < options.max_rounds; ++round) {
    const bool over = clock.now_ns() - start_ns >= options.budget_ns;
    if (round >= options.min_rounds && over) break;
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (progress && i % 16 == 0) {
        const double done =
            (round + static_cast<double>(i) / static_cast<double>(points.size())) / options.max_rounds;
        progress(first + (last - first) * done, describe(points[i]));
      }
      ASSAY_TRY_VOID(prober.try_once(points[i]));
    }
  }
  return {};
}

template <typename Probe>
void append(std::vector<const Probe*>& all, std::span<const Probe> some, bool has_sm90) {
  for (const Probe& probe : some) {
    if (!probe.needs_sm90 || has_sm90) all.push_back(&probe);
  }
}

void keep_best(const std::vector<MemoryPoint>& points, measure::DeviceLimits& limits) {
  for (const MemoryPoint& point : points) {
    if (point.best_rate <= 0) continue;
    auto same = std::find_if(limits.bandwidth.begin(), limits.bandwidth.end(), [&](const auto& b) {
      return b.kind == point.probe->kind && b.size_bytes == point.size_bytes;
    });
    if (same == limits.bandwidth.end()) {
      const double share = static_cast<double>(point.probe->stores) /
                           static_cast<double>(point.probe->loads + point.probe->stores);
      limits.bandwidth.push_back({std::string(point.probe->kind), share, point.size_bytes, 0, ""});
      same = limits.bandwidth.end() - 1;
    }
    if (point.best_rate > same->bytes_per_second) {
      same->bytes_per_second = point.best_rate;
      same->kernel = point.probe->name;
    }
  }
}

void keep_best(const std::vector<ComputePoint>& points, measure::DeviceLimits& limits) {
  for (const ComputePoint& point : points) {
    if (point.best_rate <= 0) continue;
    limits.compute.push_back({std::string(point.probe->kind), std::string(point.probe->accumulation),
                              point.best_rate, std::string(point.probe->name)});
  }
}

}  // namespace

Result<measure::DeviceLimits> describe_device() {
  ASSAY_TRY(const cuda::DeviceInfo info, cuda::open_device());
  measure::DeviceLimits limits;
  limits.name = info.name;
  limits.driver = fmt::format("CUDA {}.{}", info.driver_version / 1000, info.driver_version % 1000 / 10);
  limits.multiprocessors = info.multiprocessors;
  limits.memory_bytes = info.memory_bytes;
  limits.l2_bytes = info.l2_bytes;
  if (const auto nvml = cuda::Nvml::open(info.pci)) {
    const cuda::NvmlFacts facts = (*nvml)->facts();
    if (!facts.driver.empty()) limits.driver = facts.driver;
    limits.power_limit_w = facts.power_limit_w.value_or(0);
  }
  limits.key = measure::device_key(limits.name, limits.driver, limits.power_limit_w);
  return limits;
}

Result<measure::DeviceLimits> measure_device_limits(const DeviceLimitsOptions& options, Clock& clock,
                                                    const LimitsProgress& progress) {
  ASSAY_TRY(measure::DeviceLimits limits, describe_device());
  ASSAY_TRY(const cuda::DeviceInfo info, cuda::open_device());
  const bool has_sm90 = info.arch() == 90;
  std::vector<std::int64_t> sizes;
  for (const std::int64_t size : options.sizes_bytes) {
    if (size < 1 << 20)
      return fail(ErrorCode::kInvalidArgument, "limits: expected sizes from 1 MiB, got {} bytes", size);
    if (2 * size <= info.memory_bytes) sizes.push_back(size);
  }
  if (sizes.empty()) return fail(ErrorCode::kInvalidArgument, "limits: no size fits the device's memory");
  ASSAY_TRY(limits.costs, measure_device_costs(clock));
  ASSAY_TRY(auto prober, DeviceProber::make(info, *std::max_element(sizes.begin(), sizes.end())));

  std::vector<const ceiling::DeviceMemoryProbe*> memory_probes;
  append(memory_probes, ceiling::device_memory_probes(), has_sm90);
  append(memory_probes, ceiling::device_bulk_probes(), has_sm90);
  std::vector<MemoryPoint> memory;
  for (const std::int64_t size : sizes) {
    for (const auto* probe : memory_probes) {
      if (size >= probe->least_bytes) memory.push_back({probe, size});
    }
  }
  ASSAY_TRY_VOID(try_all(memory, prober, options, clock, 0.05, 0.7, progress, [](const MemoryPoint& point) {
    return fmt::format("{} {} MiB", point.probe->kind, point.size_bytes >> 20);
  }));
  keep_best(memory, limits);

  std::vector<const ceiling::DeviceComputeProbe*> compute_probes;
  append(compute_probes, ceiling::device_compute_probes(), has_sm90);
  append(compute_probes, ceiling::device_wgmma_probes(), has_sm90);
  std::vector<ComputePoint> compute;
  for (const auto* probe : compute_probes) compute.push_back({probe, 1000});
  ASSAY_TRY_VOID(try_all(compute, prober, options, clock, 0.7, 1, progress, [](const ComputePoint& point) {
    return fmt::format("{}, {} sums", point.probe->kind, point.probe->accumulation);
  }));
  keep_best(compute, limits);
  ASSAY_TRY(limits.highest_sm_hz, prober.sm_hz());
  limits.measured_at = utc_timestamp();
  if (progress) progress(1, "done");
  return limits;
}

Result<FlushEfficacy> measure_flush() {
  constexpr int kTries = 9;
  ASSAY_TRY(const cuda::DeviceInfo info, cuda::open_device());
  ASSAY_TRY(auto stream, cuda::OwnedStream::make());
  ASSAY_TRY(auto stopwatch, Stopwatch::make(stream.get()));
  FlushEfficacy found;
  found.bytes = std::max<std::int64_t>(1 << 20, info.l2_bytes / 4 / (1 << 20) * (1 << 20));
  ASSAY_TRY(const auto buffer, cuda::DeviceBuffer::make(found.bytes + (1 << 20)));
  ASSAY_TRY(const auto scratch, cuda::DeviceBuffer::make(std::max<std::int64_t>(2 * info.l2_bytes, 1 << 20)));
  const auto probes = ceiling::device_memory_probes();
  const auto read =
      std::find_if(probes.begin(), probes.end(), [](const auto& probe) { return probe.kind == "read"; });
  if (read == probes.end()) return fail(ErrorCode::kUnavailable, "cuda: there is no probe that reads");
  ceiling::DeviceStreams streams = streams_of(*read, buffer.data(), found.bytes, info.multiprocessors);
  streams.passes = 1;
  ASSAY_TRY_VOID(cuda::fill(buffer.data(), std::byte{1}, buffer.bytes(), stream.get()));
  std::vector<double> warm, flushed;
  for (int i = 0; i < kTries; ++i) {
    for (const bool flush : {false, true}) {
      if (flush) ASSAY_TRY_VOID(cuda::flush_l2(scratch, stream.get()));
      ASSAY_TRY_VOID(stream.wait());
      ASSAY_TRY(const double ns, stopwatch.time_ns([&] { return read->run(streams, stream.get()); }));
      if (i > 0) (flush ? flushed : warm).push_back(ns);  // the walk before the first warm one was none
      if (flush) ASSAY_TRY_VOID(cuda::check_status(read->run(streams, stream.get()), "warming up"));
    }
  }
  const auto median = [](std::vector<double>& times) {
    std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2),
                     times.end());
    return times[times.size() / 2];
  };
  found.warm_ns = median(warm);
  found.flushed_ns = median(flushed);
  return found;
}

}  // namespace assay::kernels
