// SPDX-License-Identifier: Apache-2.0
// By NVIDIA's CUPTI documentation (activity API, callback API, "Attach and Detach"). CUPTI has one state for
// the process and calls back from threads of its own, so the session that records is a global behind a mutex.
#include "device/cuda/activity.h"

#include <cuda_runtime_api.h>
#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <set>
#include <string_view>

#include "base/check.h"
#include "device/cuda/cuda_device.h"
#if __has_include(<cupti.h>)
#include <cupti.h>
#define ASSAY_HAS_CUPTI 1
#endif

namespace assay::device::cuda {

#ifndef ASSAY_HAS_CUPTI

struct ActivityRecorder::Session {};
namespace {
tl::unexpected<Error> no_header() {
  return fail(
      ErrorCode::kUnavailable,
      "cupti: this assay was built without cupti.h; install CUPTI beside the CUDA toolkit and build again");
}
}  // namespace
Result<std::string> activity_library() { return no_header(); }
Result<ActivityRecorder> ActivityRecorder::start() { return no_header(); }
Result<ActivityList> ActivityRecorder::stop() { return no_header(); }

#else

namespace {

constexpr std::size_t kBufferBytes = 1 << 20;
constexpr int kMostBuffers = 32;  // that CUPTI holds at a time
constexpr std::size_t kMostIntervals = 1 << 20;
constexpr std::size_t kAlignment = 8;  // that CUPTI asks for

constexpr CUpti_ActivityKind kKinds[] = {CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL, CUPTI_ACTIVITY_KIND_MEMCPY,
                                         CUPTI_ACTIVITY_KIND_MEMCPY2, CUPTI_ACTIVITY_KIND_MEMSET,
                                         CUPTI_ACTIVITY_KIND_SYNCHRONIZATION};

struct Api {
  decltype(&cuptiGetVersion) version;
  decltype(&cuptiGetResultString) result_string;
  decltype(&cuptiActivityRegisterCallbacks) register_callbacks;
  decltype(&cuptiActivityEnable) enable;
  decltype(&cuptiActivityDisable) disable;
  decltype(&cuptiActivityFlushAll) flush;
  decltype(&cuptiActivityGetNextRecord) next_record;
  decltype(&cuptiActivityGetNumDroppedRecords) dropped;
  decltype(&cuptiSubscribe) subscribe;
  decltype(&cuptiUnsubscribe) unsubscribe;
  decltype(&cuptiEnableCallback) enable_callback;
  decltype(&cuptiFinalize) finalize;
};

template <typename F>
bool bind(void* library, F& function, const char* name) {
  function = reinterpret_cast<F>(dlsym(library, name));
  return function != nullptr;
}

Result<Api> load() {
  // By version first: its records are as this build's header says. The folders are the toolkit's usual ones.
  constexpr const char* kNames[] = {"libcupti.so.13",
                                    "/usr/local/cuda/lib64/libcupti.so.13",
                                    "/usr/local/cuda/extras/CUPTI/lib64/libcupti.so.13",
                                    "libcupti.so.12",
                                    "libcupti.so",
                                    "/usr/local/cuda/lib64/libcupti.so",
                                    "/usr/local/cuda/extras/CUPTI/lib64/libcupti.so"};
  void* library = nullptr;
  for (const char* name : kNames) {
    if (library == nullptr) library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  }
  if (library == nullptr) {
    return fail(
        ErrorCode::kUnavailable,
        "cupti: libcupti.so.13 was not found; what runs on the device is not listed: install CUPTI of the "
        "CUDA toolkit, or add its folder to LD_LIBRARY_PATH");
  }
  Api api{};
  const bool whole = bind(library, api.version, "cuptiGetVersion") &&
                     bind(library, api.result_string, "cuptiGetResultString") &&
                     bind(library, api.register_callbacks, "cuptiActivityRegisterCallbacks") &&
                     bind(library, api.enable, "cuptiActivityEnable") &&
                     bind(library, api.disable, "cuptiActivityDisable") &&
                     bind(library, api.flush, "cuptiActivityFlushAll") &&
                     bind(library, api.next_record, "cuptiActivityGetNextRecord") &&
                     bind(library, api.dropped, "cuptiActivityGetNumDroppedRecords") &&
                     bind(library, api.subscribe, "cuptiSubscribe") &&
                     bind(library, api.unsubscribe, "cuptiUnsubscribe") &&
                     bind(library, api.enable_callback, "cuptiEnableCallback") &&
                     bind(library, api.finalize, "cuptiFinalize");
  if (!whole) {
    return fail(ErrorCode::kUnavailable,
                "cupti: the library lacks functions of version 12; install the one of this CUDA toolkit");
  }
  return api;
}

const Result<Api>& api() {
  static const Result<Api> kApi = load();
  return kApi;
}

std::string words(CUptiResult result) {
  const char* text = nullptr;
  if (api()->result_string(result, &text) != CUPTI_SUCCESS || text == nullptr) text = "unknown";
  return fmt::format("{} ({})", text, static_cast<int>(result));
}

std::string_view copy_name(std::uint8_t kind) {
  switch (kind) {
    case CUPTI_ACTIVITY_MEMCPY_KIND_HTOD:
    case CUPTI_ACTIVITY_MEMCPY_KIND_HTOA:
      return "host to device";
    case CUPTI_ACTIVITY_MEMCPY_KIND_DTOH:
    case CUPTI_ACTIVITY_MEMCPY_KIND_ATOH:
      return "device to host";
    case CUPTI_ACTIVITY_MEMCPY_KIND_HTOH:
      return "host to host";
    case CUPTI_ACTIVITY_MEMCPY_KIND_PTOP:
      return "device to another";
    default:
      return "device to device";
  }
}

// What is recorded at the moment.
struct Recording {
  std::mutex mutex;
  bool active = false;
  int buffers = 0;
  std::int64_t last_device_wait_ns = 0;
  ActivityList list;
  std::set<std::uint32_t> streams;
  std::vector<std::pair<std::int64_t, std::int64_t>> intervals;

  void add_interval(std::int64_t start, std::int64_t end, std::uint32_t stream) {
    streams.insert(stream);
    if (start == 0 || end == 0) {  // CUPTI could not collect the times
      list.unlisted_intervals += 1;
      return;
    }
    if (list.first_start_ns == 0 || start < list.first_start_ns) list.first_start_ns = start;
    list.last_end_ns = std::max(list.last_end_ns, end);
    if (intervals.size() < kMostIntervals) {
      intervals.emplace_back(start, end);
    } else {
      list.unlisted_intervals += 1;
    }
  }

  void add(const CUpti_ActivityKernel10& record) {
    const auto start = static_cast<std::int64_t>(record.start), end = static_cast<std::int64_t>(record.end);
    add_interval(start, end, record.streamId);
    list.kernel_count += 1;
    if (list.kernels.size() >= kMostListed) return;
    KernelActivity kernel;
    if (record.name != nullptr) kernel.name = record.name;
    kernel.start_ns = start, kernel.end_ns = end;
    kernel.stream = record.streamId;
    kernel.grid = {record.gridX, record.gridY, record.gridZ};
    kernel.block = {record.blockX, record.blockY, record.blockZ};
    kernel.registers = record.registersPerThread;
    kernel.static_shared_bytes = record.staticSharedMemory;
    kernel.dynamic_shared_bytes = record.dynamicSharedMemory;
    kernel.graph_node = record.graphNodeId;
    list.kernels.push_back(std::move(kernel));
  }

  template <typename Record>  // of MEMCPY or MEMCPY2 (between devices)
  void add_copy(const Record& record) {
    const auto start = static_cast<std::int64_t>(record.start), end = static_cast<std::int64_t>(record.end);
    const auto bytes = static_cast<std::int64_t>(record.bytes);
    add_interval(start, end, record.streamId);
    const std::string_view kind = copy_name(record.copyKind);
    list.copy_count += 1;
    list.copied_bytes += bytes;
    if (kind.find("host") != std::string_view::npos) list.host_copied_bytes += bytes;
    if (list.copies.size() < kMostListed)
      list.copies.push_back({std::string(kind), bytes, start, end, record.streamId, record.graphNodeId});
  }

  void add(const CUpti_ActivityMemset4& record) {
    const auto start = static_cast<std::int64_t>(record.start), end = static_cast<std::int64_t>(record.end);
    add_interval(start, end, record.streamId);
    list.fill_count += 1;
    if (list.fills.size() < kMostListed)
      list.fills.push_back(
          {static_cast<std::int64_t>(record.bytes), start, end, record.streamId, record.graphNodeId});
  }

  void add(const CUpti_ActivitySynchronization2& record) {
    switch (record.type) {
      case CUPTI_ACTIVITY_SYNCHRONIZATION_TYPE_EVENT_SYNCHRONIZE:
        list.event_waits += 1;
        break;
      case CUPTI_ACTIVITY_SYNCHRONIZATION_TYPE_STREAM_SYNCHRONIZE:
        list.stream_waits += 1;
        break;
      case CUPTI_ACTIVITY_SYNCHRONIZATION_TYPE_CONTEXT_SYNCHRONIZE:
        list.device_waits += 1;
        last_device_wait_ns =
            record.end > record.start ? static_cast<std::int64_t>(record.end - record.start) : 0;
        break;
      default:
        return;  // a stream waits for an event: the host does not
    }
    if (record.end > record.start) list.waited_ns += static_cast<std::int64_t>(record.end - record.start);
  }

  void add(const CUpti_Activity& record) {
    switch (record.kind) {
      case CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL:
      case CUPTI_ACTIVITY_KIND_KERNEL:
        return add(reinterpret_cast<const CUpti_ActivityKernel10&>(record));
      case CUPTI_ACTIVITY_KIND_MEMCPY:
        return add_copy(reinterpret_cast<const CUpti_ActivityMemcpy6&>(record));
      case CUPTI_ACTIVITY_KIND_MEMCPY2:
        return add_copy(reinterpret_cast<const CUpti_ActivityMemcpyPtoP4&>(record));
      case CUPTI_ACTIVITY_KIND_MEMSET:
        return add(reinterpret_cast<const CUpti_ActivityMemset4&>(record));
      case CUPTI_ACTIVITY_KIND_SYNCHRONIZATION:
        return add(reinterpret_cast<const CUpti_ActivitySynchronization2&>(record));
      default:
        return;
    }
  }
};

Recording& recording() {
  static Recording the;
  return the;
}

void CUPTIAPI give_buffer(std::uint8_t** buffer, std::size_t* size, std::size_t* most_records) {
  *buffer = nullptr;
  *size = 0;
  *most_records = 0;  // as many as fit
  const std::lock_guard lock(recording().mutex);
  if (recording().buffers >= kMostBuffers) return;  // CUPTI drops the records and counts them
  *buffer = static_cast<std::uint8_t*>(std::aligned_alloc(kAlignment, kBufferBytes));
  if (*buffer == nullptr) return;
  *size = kBufferBytes;
  recording().buffers += 1;
}

void CUPTIAPI take_buffer(CUcontext context, std::uint32_t stream, std::uint8_t* buffer, std::size_t,
                          std::size_t valid_bytes) {
  if (buffer == nullptr) return;
  Recording& into = recording();
  const std::lock_guard lock(into.mutex);
  CUpti_Activity* record = nullptr;
  while (into.active && valid_bytes > 0 && api()->next_record(buffer, valid_bytes, &record) == CUPTI_SUCCESS)
    into.add(*record);
  std::size_t dropped = 0;
  if (api()->dropped(context, stream, &dropped) == CUPTI_SUCCESS)
    into.list.dropped_records += static_cast<std::int64_t>(dropped);
  std::free(buffer);
  into.buffers -= 1;
}

// A function that makes or frees memory, and how to find out how many bytes.
struct MemoryCall {
  CUpti_CallbackDomain domain;
  CUpti_CallbackId id;
  bool frees;
  std::int64_t (*bytes)(const void* parameters);
};
template <typename Parameters, auto Member>
std::int64_t member(const void* parameters) {
  return static_cast<std::int64_t>(static_cast<const Parameters*>(parameters)->*Member);
}
std::int64_t unknown(const void*) { return 0; }

#define ASSAY_RUNTIME(function) CUPTI_CB_DOMAIN_RUNTIME_API, CUPTI_RUNTIME_TRACE_CBID_##function
#define ASSAY_DRIVER(function) CUPTI_CB_DOMAIN_DRIVER_API, CUPTI_DRIVER_TRACE_CBID_##function
constexpr MemoryCall kMemoryCalls[] = {
    {ASSAY_RUNTIME(cudaMalloc_v3020), false, member<cudaMalloc_v3020_params, &cudaMalloc_v3020_params::size>},
    {ASSAY_RUNTIME(cudaMallocPitch_v3020), false,
     [](const void* p) {
       const auto* pitched = static_cast<const cudaMallocPitch_v3020_params*>(p);
       return static_cast<std::int64_t>(pitched->width * pitched->height);
     }},
    {ASSAY_RUNTIME(cudaMallocArray_v3020), false, unknown},
    {ASSAY_RUNTIME(cudaMalloc3D_v3020), false, unknown},
    {ASSAY_RUNTIME(cudaMalloc3DArray_v3020), false, unknown},
    {ASSAY_RUNTIME(cudaMallocHost_v3020), false,
     member<cudaMallocHost_v3020_params, &cudaMallocHost_v3020_params::size>},
    {ASSAY_RUNTIME(cudaHostAlloc_v3020), false,
     member<cudaHostAlloc_v3020_params, &cudaHostAlloc_v3020_params::size>},
    {ASSAY_RUNTIME(cudaMallocManaged_v6000), false,
     member<cudaMallocManaged_v6000_params, &cudaMallocManaged_v6000_params::size>},
    {ASSAY_RUNTIME(cudaMallocAsync_v11020), false,
     member<cudaMallocAsync_v11020_params, &cudaMallocAsync_v11020_params::size>},
    {ASSAY_RUNTIME(cudaMallocAsync_ptsz_v11020), false,
     member<cudaMallocAsync_v11020_params, &cudaMallocAsync_v11020_params::size>},
    {ASSAY_RUNTIME(cudaMallocFromPoolAsync_v11020), false,
     member<cudaMallocFromPoolAsync_v11020_params, &cudaMallocFromPoolAsync_v11020_params::size>},
    {ASSAY_RUNTIME(cudaMallocFromPoolAsync_ptsz_v11020), false,
     member<cudaMallocFromPoolAsync_v11020_params, &cudaMallocFromPoolAsync_v11020_params::size>},
    {ASSAY_RUNTIME(cudaFree_v3020), true, unknown},
    {ASSAY_RUNTIME(cudaFreeHost_v3020), true, unknown},
    {ASSAY_RUNTIME(cudaFreeArray_v3020), true, unknown},
    {ASSAY_RUNTIME(cudaFreeAsync_v11020), true, unknown},
    {ASSAY_RUNTIME(cudaFreeAsync_ptsz_v11020), true, unknown},
    {ASSAY_DRIVER(cuMemAlloc_v2), false, member<cuMemAlloc_v2_params, &cuMemAlloc_v2_params::bytesize>},
    {ASSAY_DRIVER(cuMemAllocPitch_v2), false,
     [](const void* p) {
       const auto* pitched = static_cast<const cuMemAllocPitch_v2_params*>(p);
       return static_cast<std::int64_t>(pitched->WidthInBytes * pitched->Height);
     }},
    {ASSAY_DRIVER(cuMemAllocHost_v2), false,
     member<cuMemAllocHost_v2_params, &cuMemAllocHost_v2_params::bytesize>},
    {ASSAY_DRIVER(cuMemHostAlloc), false, member<cuMemHostAlloc_params, &cuMemHostAlloc_params::bytesize>},
    {ASSAY_DRIVER(cuMemHostAlloc_v2), false, member<cuMemHostAlloc_params, &cuMemHostAlloc_params::bytesize>},
    {ASSAY_DRIVER(cuMemAllocManaged), false,
     member<cuMemAllocManaged_params, &cuMemAllocManaged_params::bytesize>},
    {ASSAY_DRIVER(cuMemCreate), false, member<cuMemCreate_params, &cuMemCreate_params::size>},
    {ASSAY_DRIVER(cuMemAllocAsync), false, member<cuMemAllocAsync_params, &cuMemAllocAsync_params::bytesize>},
    {ASSAY_DRIVER(cuMemAllocAsync_ptsz), false,
     member<cuMemAllocAsync_params, &cuMemAllocAsync_params::bytesize>},
    {ASSAY_DRIVER(cuMemAllocFromPoolAsync), false,
     member<cuMemAllocFromPoolAsync_params, &cuMemAllocFromPoolAsync_params::bytesize>},
    {ASSAY_DRIVER(cuMemAllocFromPoolAsync_ptsz), false,
     member<cuMemAllocFromPoolAsync_params, &cuMemAllocFromPoolAsync_params::bytesize>},
    {ASSAY_DRIVER(cuMemFree_v2), true, unknown},
    {ASSAY_DRIVER(cuMemFreeHost), true, unknown},
    {ASSAY_DRIVER(cuMemRelease), true, unknown},
    {ASSAY_DRIVER(cuMemFreeAsync), true, unknown},
    {ASSAY_DRIVER(cuMemFreeAsync_ptsz), true, unknown},
};
#undef ASSAY_RUNTIME
#undef ASSAY_DRIVER

constexpr CUpti_CallbackId kResources[] = {CUPTI_CBID_RESOURCE_MODULE_LOADED,
                                           CUPTI_CBID_RESOURCE_GRAPHEXEC_CREATED,
                                           CUPTI_CBID_RESOURCE_STREAM_CREATED};

// The runtime calls the driver: what the outermost one asked for is counted, once.
thread_local int memory_call_depth = 0;

void count_memory_call(CUpti_CallbackDomain domain, CUpti_CallbackId id, const CUpti_CallbackData& data) {
  const auto* call =
      std::find_if(std::begin(kMemoryCalls), std::end(kMemoryCalls),
                   [&](const MemoryCall& one) { return one.domain == domain && one.id == id; });
  if (call == std::end(kMemoryCalls)) return;
  if (data.callbackSite == CUPTI_API_EXIT) {
    memory_call_depth = std::max(0, memory_call_depth - 1);
    return;
  }
  if (memory_call_depth++ > 0) return;
  ActivityList& list = recording().list;
  const std::lock_guard lock(recording().mutex);
  (call->frees ? list.frees : list.allocations) += 1;
  if (data.functionParams != nullptr) list.allocated_bytes += call->bytes(data.functionParams);
  list.memory_calls[data.functionName != nullptr ? data.functionName : "unknown"] += 1;
}

void count_resource(CUpti_CallbackId id) {
  const std::lock_guard lock(recording().mutex);
  ActivityList& list = recording().list;
  switch (id) {
    case CUPTI_CBID_RESOURCE_MODULE_LOADED:
      list.modules_loaded += 1;
      break;
    case CUPTI_CBID_RESOURCE_GRAPHEXEC_CREATED:
      list.graphs_instantiated += 1;
      break;
    case CUPTI_CBID_RESOURCE_STREAM_CREATED:
      list.streams_created += 1;
      break;
    default:
      break;
  }
}

void CUPTIAPI called_back(void*, CUpti_CallbackDomain domain, CUpti_CallbackId id, const void* data) {
  if (domain == CUPTI_CB_DOMAIN_RESOURCE) return count_resource(id);
  if (data != nullptr) count_memory_call(domain, id, *static_cast<const CUpti_CallbackData*>(data));
}

}  // namespace

struct ActivityRecorder::Session {
  CUpti_SubscriberHandle subscriber = nullptr;

  ~Session() { end(); }

  // Attaches; what was attached by then is detached by end().
  Result<void> begin() {
    const auto done = [](CUptiResult result, std::string_view what) -> Result<void> {
      if (result == CUPTI_SUCCESS) return {};
      return fail(ErrorCode::kUnavailable,
                  "cupti: {}: {}; another profiler may hold the device, or profiling is not permitted", what,
                  words(result));
    };
    const CUptiResult subscribed = api()->subscribe(&subscriber, called_back, nullptr);
    if (subscribed != CUPTI_SUCCESS) subscriber = nullptr;
    ASSAY_TRY_VOID(done(subscribed, "subscribing"));
    ASSAY_TRY_VOID(done(api()->register_callbacks(give_buffer, take_buffer), "giving it buffers"));
    for (const CUpti_ActivityKind kind : kKinds) ASSAY_TRY_VOID(done(api()->enable(kind), "recording"));
    for (const MemoryCall& call : kMemoryCalls)  // a driver may lack some
      static_cast<void>(api()->enable_callback(1, subscriber, call.domain, call.id));
    for (const CUpti_CallbackId id : kResources)
      ASSAY_TRY_VOID(done(api()->enable_callback(1, subscriber, CUPTI_CB_DOMAIN_RESOURCE, id), "watching"));
    return {};
  }

  ActivityList end() {
    if (ended_) return {};
    ended_ = true;
    if (subscriber == nullptr) {  // another profiler's, perhaps: not ours to detach
      const std::lock_guard lock(recording().mutex);
      recording().active = false;
      return {};
    }
    static_cast<void>(api()->flush(CUPTI_ACTIVITY_FLAG_FLUSH_FORCED));
    for (const CUpti_ActivityKind kind : kKinds) static_cast<void>(api()->disable(kind));
    static_cast<void>(api()->unsubscribe(subscriber));
    static_cast<void>(api()->finalize());
    Recording& from = recording();
    const std::lock_guard lock(from.mutex);
    from.active = false;
    ActivityList list = std::move(from.list);
    list.streams.assign(from.streams.begin(), from.streams.end());
    if (list.device_waits > 0) {  // the one of stop()
      list.device_waits -= 1;
      list.waited_ns -= from.last_device_wait_ns;
    }
    list.device_busy_ns = union_ns(std::move(from.intervals));
    return list;
  }

 private:
  bool ended_ = false;
};

Result<std::string> activity_library() {
  if (!api()) return tl::unexpected<Error>(api().error());
  std::uint32_t version = 0;
  if (const CUptiResult result = api()->version(&version); result != CUPTI_SUCCESS)
    return fail(ErrorCode::kUnavailable, "cupti: it does not tell its version: {}", words(result));
  return fmt::format("CUPTI, version {}", version);
}

Result<ActivityRecorder> ActivityRecorder::start() {
  if (!api()) return tl::unexpected<Error>(api().error());
  ASSAY_TRY_VOID(open_device());
  ASSAY_TRY_VOID(synchronise());
  {
    Recording& into = recording();
    const std::lock_guard lock(into.mutex);
    if (into.active)
      return fail(ErrorCode::kUnavailable, "cupti: this process records already; stop that first");
    into.active = true;
    into.list = {};
    into.streams.clear();
    into.intervals.clear();
    into.last_device_wait_ns = 0;
  }
  auto session = std::make_unique<Session>();
  ASSAY_TRY_VOID(session->begin());
  return ActivityRecorder(std::move(session));
}

Result<ActivityList> ActivityRecorder::stop() {
  ASSAY_CHECK(session_ != nullptr, "the recording has ended already");
  const Result<void> waited = synchronise();
  ActivityList list = session_->end();
  session_.reset();
  if (!waited) return tl::unexpected<Error>(waited.error());
  return list;
}

#endif

ActivityRecorder::ActivityRecorder(std::unique_ptr<Session> session) : session_(std::move(session)) {}
ActivityRecorder::ActivityRecorder(ActivityRecorder&&) noexcept = default;
ActivityRecorder::~ActivityRecorder() = default;

}  // namespace assay::device::cuda
