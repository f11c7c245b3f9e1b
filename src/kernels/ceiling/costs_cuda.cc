// SPDX-License-Identifier: Apache-2.0
// What doing nothing costs on a CUDA device. Each cost is the median of many, as a cost is to be expected and
// not the least that was ever seen; the ceilings are the best ones (ceiling_cuda.cc).
#include <algorithm>
#include <vector>

#include "device/cuda/cuda_device.h"
#include "device/cuda/memory.h"
#include "device/cuda/sm_clock.h"
#include "device/cuda/stream.h"
#include "kernels/ceiling/ceiling_cuda.h"
#include "kernels/ceiling/device_probes.h"

namespace assay::kernels {
namespace {

namespace cuda = device::cuda;

constexpr int kTries = 201;
constexpr int kChain = 100;   // launches, nodes or barriers beyond the first
constexpr int kQueued = 400;  // launches that a queue takes without making the host wait

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

class Costs {
 public:
  static Result<Costs> make(Clock& clock) {
    ASSAY_TRY(auto stream, cuda::OwnedStream::make());
    ASSAY_TRY(auto begin, cuda::Event::make());
    ASSAY_TRY(auto end, cuda::Event::make());
    return Costs(clock, std::move(stream), std::move(begin), std::move(end));
  }
  [[nodiscard]] cuda::Stream stream() const { return stream_.get(); }
  [[nodiscard]] Result<void> wait() const { return stream_.wait(); }
  [[nodiscard]] Result<void> launch(int times = 1) const {
    for (int i = 0; i < times; ++i)
      ASSAY_TRY_VOID(cuda::check_status(cuda::launch_empty(stream()), "launching nothing"));
    return {};
  }

  // Median over `tries` of the host's time of `work`, after `before`; both return Result<void>.
  template <typename Before, typename Work>
  Result<double> host_ns(int tries, Before before, Work work) {
    std::vector<double> times;
    for (int i = 0; i < tries; ++i) {
      ASSAY_TRY_VOID(before());
      const std::int64_t begin_ns = clock_.now_ns();
      ASSAY_TRY_VOID(work());
      times.push_back(static_cast<double>(clock_.now_ns() - begin_ns));
    }
    ASSAY_TRY_VOID(wait());
    return median(std::move(times));
  }

  // Times of `work` by the device's events, one for each try.
  template <typename Work>
  Result<std::vector<double>> device_ns(int tries, Work work) {
    std::vector<double> times;
    for (int i = 0; i < tries; ++i) {
      ASSAY_TRY_VOID(wait());
      // What is timed is enqueued while the device is busy, so that no gap of the host is in it.
      ASSAY_TRY_VOID(cuda::check_status(cuda::launch_spin(400'000, stream()), "spinning"));
      ASSAY_TRY_VOID(begin_.record(stream()));
      ASSAY_TRY_VOID(work());
      ASSAY_TRY_VOID(end_.record(stream()));
      ASSAY_TRY_VOID(end_.wait());
      ASSAY_TRY(const double ns, end_.nanoseconds_since(begin_));
      times.push_back(ns);
    }
    return times;
  }

 private:
  Costs(Clock& clock, cuda::OwnedStream stream, cuda::Event begin, cuda::Event end)
      : clock_(clock), stream_(std::move(stream)), begin_(std::move(begin)), end_(std::move(end)) {}
  Clock& clock_;
  cuda::OwnedStream stream_;
  cuda::Event begin_, end_;
};

Result<void> price_launches(Costs& costs, measure::DeviceCosts& found) {
  const auto wait = [&] { return costs.wait(); };
  const auto launch = [&] { return costs.launch(); };
  const auto launch_and_wait = [&]() -> Result<void> {
    ASSAY_TRY_VOID(costs.launch());
    return costs.wait();
  };
  ASSAY_TRY_VOID(launch_and_wait());  // the first one loads the kernel
  ASSAY_TRY(found.launch_sync_ns, costs.host_ns(kTries, wait, launch_and_wait));
  ASSAY_TRY(found.sync_ns, costs.host_ns(kTries, wait, wait));
  ASSAY_TRY(found.launch_ns, costs.host_ns(
                                 kQueued, []() -> Result<void> { return {}; }, launch));
  ASSAY_TRY(auto one, costs.device_ns(21, launch));
  ASSAY_TRY(auto chain, costs.device_ns(21, [&] { return costs.launch(1 + kChain); }));
  found.launch_gap_ns = std::max(0.0, (median(chain) - median(one)) / kChain);
  return {};
}

Result<void> price_graphs(Costs& costs, measure::DeviceCosts& found) {
  ASSAY_TRY(const auto one, cuda::Graph::record(costs.stream(), [&] { return costs.launch(); }));
  ASSAY_TRY(const auto chain, cuda::Graph::record(costs.stream(), [&] { return costs.launch(1 + kChain); }));
  const auto wait = [&] { return costs.wait(); };
  const auto replay = [&] { return one.launch(costs.stream()); };
  const auto replay_and_wait = [&]() -> Result<void> {
    ASSAY_TRY_VOID(one.launch(costs.stream()));
    return costs.wait();
  };
  for (const auto* graph : {&one, &chain}) ASSAY_TRY_VOID(graph->launch(costs.stream()));  // uploads them
  ASSAY_TRY(found.graph_sync_ns, costs.host_ns(kTries, wait, replay_and_wait));
  ASSAY_TRY(found.graph_launch_ns, costs.host_ns(
                                       kQueued, []() -> Result<void> { return {}; }, replay));
  ASSAY_TRY(auto short_ns, costs.device_ns(21, replay));
  ASSAY_TRY(auto long_ns, costs.device_ns(21, [&] { return chain.launch(costs.stream()); }));
  found.graph_node_ns = std::max(0.0, (median(long_ns) - median(short_ns)) / kChain);
  return {};
}

Result<void> price_events(Costs& costs, measure::DeviceCosts& found) {
  ASSAY_TRY(auto pairs, costs.device_ns(kTries, []() -> Result<void> { return {}; }));
  ASSAY_TRY(auto around, costs.device_ns(kTries, [&] { return costs.launch(); }));
  found.event_pair_ns = median(pairs);
  found.event_kernel_ns = median(around);
  pairs.insert(pairs.end(), around.begin(), around.end());
  std::sort(pairs.begin(), pairs.end());
  for (std::size_t i = 1; i < pairs.size(); ++i) {
    const double step = pairs[i] - pairs[i - 1];
    // Under half a nanosecond it is the rounding of the runtime's float of milliseconds.
    if (step > 0.5 && (found.event_step_ns == 0 || step < found.event_step_ns)) found.event_step_ns = step;
  }
  return {};
}

Result<void> price_barriers(Costs& costs, int multiprocessors, measure::DeviceCosts& found) {
  ASSAY_TRY(const auto counter, cuda::DeviceBuffer::make(sizeof(unsigned)));
  const auto barriers = [&](int count) {
    return costs.device_ns(21, [&, count]() -> Result<void> {
      ASSAY_TRY_VOID(cuda::fill(counter.data(), std::byte{0}, counter.bytes(), costs.stream()));
      return cuda::check_status(ceiling::launch_grid_barriers(reinterpret_cast<unsigned*>(counter.data()),
                                                              count, multiprocessors, costs.stream()),
                                "running barriers of all multiprocessors");
    });
  };
  ASSAY_TRY(auto few, barriers(kChain));
  ASSAY_TRY(auto many, barriers(2 * kChain));
  found.grid_barrier_ns = std::max(0.0, (median(many) - median(few)) / kChain);
  return {};
}

}  // namespace

Result<measure::DeviceCosts> measure_device_costs(Clock& clock) {
  ASSAY_TRY(const cuda::DeviceInfo info, cuda::open_device());
  ASSAY_TRY(auto costs, Costs::make(clock));
  measure::DeviceCosts found;
  ASSAY_TRY_VOID(price_launches(costs, found));
  ASSAY_TRY_VOID(price_graphs(costs, found));
  ASSAY_TRY_VOID(price_events(costs, found));
  ASSAY_TRY_VOID(price_barriers(costs, info.multiprocessors, found));
  ASSAY_TRY(found.global_timer_step_ns, cuda::global_timer_step_ns(costs.stream()));
  return found;
}

}  // namespace assay::kernels
