// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a few calls make the device do, as CUPTI saw it: kernels, copies, fills, waits, allocations, code that
// was loaded. It slows down what it watches (every launch by some microseconds), so it belongs to a pass of
// its own, never around timed samples. The library is loaded when it is asked for; where it is missing or
// another profiler holds it, the evidence is missing and says so. Not supported: two recordings at once in a
// process, hardware counters, work that other processes put on the device.
//
// How evidence of a case is meant to be gathered, by whoever measures one (programs/):
//   1. timed samples, with an NvmlSampler (nvml.h) around them all and SmClock::stamp (sm_clock.h) before the
//      first and after each of them, outside the two events of the sample;
//   2. then: ActivityRecorder::start(); the same call 3 to 10 times, waited for; stop(). Its device_busy_ns
//   over
//      the number of calls is what `unsynchronised` compares with the claimed time, kernels and streams are
//      what `fallback` and `nothing-ran` look at, allocations, copies, modules and graphs are the *-inside
//      checks';
//   3. only then more timed samples, if any: stop() detaches CUPTI from the process.
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace assay::device::cuda {

// Times are nanoseconds of CUPTI's clock: only differences mean something.
struct KernelActivity {
  std::string name;  // mangled, as the compiler named it
  std::int64_t start_ns = 0, end_ns = 0;
  std::uint32_t stream = 0;
  std::array<int, 3> grid{}, block{};
  int registers = 0;  // of a thread
  std::int64_t static_shared_bytes = 0, dynamic_shared_bytes = 0;
  std::uint64_t graph_node = 0;  // 0: launched by itself
};
struct CopyActivity {
  std::string kind;  // "host to device", "device to host", "device to device", ...
  std::int64_t bytes = 0;
  std::int64_t start_ns = 0, end_ns = 0;
  std::uint32_t stream = 0;
  std::uint64_t graph_node = 0;
};
struct FillActivity {  // memset
  std::int64_t bytes = 0;
  std::int64_t start_ns = 0, end_ns = 0;
  std::uint32_t stream = 0;
  std::uint64_t graph_node = 0;
};

struct ActivityList {
  // The first kMostListed of each; the counts and sums below are of all.
  std::vector<KernelActivity> kernels;
  std::vector<CopyActivity> copies;
  std::vector<FillActivity> fills;
  std::int64_t kernel_count = 0, copy_count = 0, fill_count = 0;
  std::int64_t copied_bytes = 0;
  std::int64_t host_copied_bytes = 0;  // of them, from or to the host

  // Calls that make or free memory of the device or pinned memory, by the outermost function that did it.
  std::int64_t allocations = 0, frees = 0;
  std::int64_t allocated_bytes = 0;
  std::map<std::string, std::int64_t> memory_calls;  // "cudaMalloc_v3020": 3

  std::int64_t modules_loaded = 0;
  std::int64_t graphs_instantiated = 0;
  std::int64_t streams_created = 0;

  // Waits of the host.
  std::int64_t stream_waits = 0, event_waits = 0, device_waits = 0;
  std::int64_t waited_ns = 0;

  std::vector<std::uint32_t> streams;                // that work ran in, in rising order
  std::int64_t device_busy_ns = 0;                   // union of the intervals of kernels, copies and fills
  std::int64_t first_start_ns = 0, last_end_ns = 0;  // of them; both 0 if there was none

  // Loss: more than 0 means that every count above is a lower bound.
  std::int64_t dropped_records = 0;     // by CUPTI, as its buffers are bounded here
  std::int64_t unlisted_intervals = 0;  // left out of device_busy_ns
};
inline constexpr std::size_t kMostListed = 4096;

// The length of the union of intervals [first, second); those that end before they begin count nothing.
[[nodiscard]] std::int64_t union_ns(std::vector<std::pair<std::int64_t, std::int64_t>> intervals);

// The library can be loaded; does not attach it. Errors: kUnavailable, one line.
[[nodiscard]] Result<std::string> activity_library();  // "CUPTI, version 130000"

class ActivityRecorder {
 public:
  // Attaches CUPTI to this process and begins. Waits for work that was enqueued before, so that it is not
  // counted. Requires open_device() to have succeeded. Errors: kUnavailable: no library, one that does not
  // fit the driver, another profiler (nsys, ncu, compute-sanitizer) holds it, no permission, or a recording
  // is going on already.
  [[nodiscard]] static Result<ActivityRecorder> start();
  ActivityRecorder(ActivityRecorder&&) noexcept;
  ActivityRecorder& operator=(ActivityRecorder&&) = delete;
  ~ActivityRecorder();  // stops, if nobody did

  // Waits for the device, collects, and detaches CUPTI from the process again (cuptiFinalize), so that
  // launches cost afterwards what they cost before. No other thread may use the device meanwhile. Errors:
  // kDevice if the work that was recorded failed; the recording has ended then too.
  [[nodiscard]] Result<ActivityList> stop();

 private:
  struct Session;
  explicit ActivityRecorder(std::unique_ptr<Session> session);
  std::unique_ptr<Session> session_;
};

}  // namespace assay::device::cuda
