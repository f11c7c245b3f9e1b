// SPDX-License-Identifier: Apache-2.0
// bench_cuda [--points | --corners | --all] [REGEX]: every CUDA variant whose name the expression finds,
// quickly: is it right, and how long does a call take as a node of a graph (median of replays, warm L2)? For
// work on the kernels; a time that counts comes from `assay bench kernels --device cuda`.
#include <algorithm>
#include <cstdio>
#include <regex>
#include <string>
#include <string_view>

#include "device/cuda/cuda_device.h"
#include "device/cuda/stream.h"
#include "kernels/conformance.h"
#include "kernels/kernel_list.h"
#include "suite/answer.h"
#include "suite/device_buffers.h"
#include "suite/validate.h"

namespace {

using namespace assay;

constexpr int kReplays = 15;
constexpr double kRegion_ns = 300'000;

struct Options {
  std::regex filter{""};
  bool points = true, list = false, few = false;
};

// With `few`, every so-many-th corner: for compute-sanitizer, under which everything takes longer.
int check_corners(const Entry& entry, const Variant& variant, bool few) {
  int corners = 0, wrong = 0;
  const std::size_t step = few ? std::max<std::size_t>(entry.corners.size() / 8, 1) : 1;
  for (std::size_t i = 0; i < entry.corners.size(); i += step) {
    const Point& point = entry.corners[i];
    if (variant.takes && !variant.takes(point)) continue;
    ++corners;
    for (const std::string& fault : kernels::conformance_faults(entry, variant, point)) {
      if (++wrong <= 5) std::printf("  FAULT %s\n", fault.c_str());
    }
  }
  std::printf("%-36s %d corners, %d faults\n", variant.name.c_str(), corners, wrong);
  return wrong;
}

double median_region_ns(const device::cuda::Graph& graph, device::cuda::Stream stream) {
  const auto begin = device::cuda::Event::make(), end = device::cuda::Event::make();
  double times[kReplays];
  for (double& time : times) {
    if (!begin->record(stream) || !graph.launch(stream) || !end->record(stream) || !end->wait()) return -1;
    time = end->nanoseconds_since(*begin).value_or(-1);
  }
  std::nth_element(times, times + kReplays / 2, times + kReplays);
  return times[kReplays / 2];
}

void time_point(const Entry& entry, const Variant& variant, const Point& point) {
  const auto specs = entry.buffers_at(point);
  const auto before = suite::contents_before(entry, point, specs, 1);
  const auto stream = device::cuda::OwnedStream::make();
  const auto buffers = suite::DeviceBuffers::make(specs, before, stream->get());
  if (!buffers) {
    std::printf("%-36s %-44s %s\n", variant.name.c_str(), suite::to_string(point).c_str(),
                buffers.error().message.c_str());
    return;
  }
  Call call(point, buffers->buffers(), stream->get());
  const std::function<void()> work = variant.bind(call);
  work();
  if (const auto waited = stream->wait(); !waited) throw suite::DeviceFailure(waited.error().message);
  std::string verdict = "unchecked";
  if (const auto answer = suite::answer_of(entry, point, specs, before); answer && *answer) {
    double worst = 0;
    std::size_t output = 0;
    for (std::size_t i = 0; i < specs.size(); ++i) {
      if (specs[i].role == Role::kIn) continue;
      const auto c = suite::compare_output(specs[i], buffers->content(i), before[i], **answer, output++);
      if (c.worst > 1) std::printf("  WRONG %s\n", c.place.c_str());
      worst = std::max(worst, c.worst);
    }
    verdict = worst > 1 ? "WRONG" : "right";
  }
  const auto recorded = [&](int calls) {
    return device::cuda::Graph::record(stream->get(), [&]() -> Result<void> {
      for (int i = 0; i < calls; ++i) work();
      return {};
    });
  };
  auto graph = recorded(1);
  if (!graph) {
    std::printf("%-36s %-44s %s\n", variant.name.c_str(), suite::to_string(point).c_str(),
                graph.error().message.c_str());
    return;
  }
  median_region_ns(*graph, stream->get());
  const double once = median_region_ns(*graph, stream->get());
  const int calls = std::clamp(static_cast<int>(kRegion_ns / once), 1, 100);
  graph = recorded(calls);
  median_region_ns(*graph, stream->get());
  const double ns = median_region_ns(*graph, stream->get()) / calls;
  const Work stated = entry.work_at(point);
  std::printf("%-36s %-44s %10.2f us %8.1f GB/s %8.2f TFLOP/s  %s %s\n", variant.name.c_str(),
              suite::to_string(point).c_str(), ns * 1e-3,
              static_cast<double>((stated.bytes_read + stated.bytes_written).count) / ns,
              static_cast<double>(stated.flops.count) / ns * 1e-3, verdict.c_str(),
              std::string(call.what_ran()).c_str());
  std::fflush(stdout);
}

int run(const Options& options) {
  const auto device = device::cuda::open_device();
  if (!device && !options.list) {
    std::fprintf(stderr, "bench_cuda: %s\n", device.error().message.c_str());
    return 4;
  }
  if (device)
    std::printf("%s, sm_%d, driver %d\n", device->name.c_str(), device->arch(), device->driver_version);
  int wrong = 0;
  for (const Entry& entry : kernels::all_kernels().entries) {
    for (const Variant& variant : entry.variants) {
      if (options.points || variant.device != Device::kCuda ||
          !std::regex_search(variant.name, options.filter))
        continue;
      if (options.list) {
        std::printf("%s\n", variant.name.c_str());
      } else if (const std::string why = variant.unavailable(); !why.empty()) {
        std::printf("%-36s %s\n", variant.name.c_str(), why.c_str());
      } else {
        wrong += check_corners(entry, variant, options.few);
      }
    }
    if (!options.points) continue;
    for (const Point& point : entry.points) {
      for (const Variant& variant : entry.variants) {
        const std::string name = variant.name + " " + suite::to_string(point);
        if (variant.device != Device::kCuda || !std::regex_search(name, options.filter)) continue;
        if (!variant.unavailable().empty() || (variant.takes && !variant.takes(point))) continue;
        time_point(entry, variant, point);
      }
    }
  }
  return wrong == 0 ? 0 : 3;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--corners" || word == "--few" || word == "--points" || word == "--list") {
      options.list = word == "--list";
      options.few = word == "--few";
      options.points = word == "--points";
    } else {
      options.filter = std::regex(argv[i]);
    }
  }
  try {
    return run(options);
  } catch (const std::exception& error) {
    std::printf("bench_cuda: %s\n", error.what());
    return 4;
  }
}
