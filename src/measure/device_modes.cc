// SPDX-License-Identifier: Apache-2.0
#include "measure/device_modes.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace assay::measure {
namespace {

constexpr double kHeadlineShare = 0.6;  // of the budget; the others share what is left
constexpr double kOtherShare = 0.2;
constexpr std::int64_t kMaxCalls = 1'000;
constexpr double kWantedRegion_ns = 200'000;
constexpr int kEmptyRegions = 101;
constexpr int kProbes = 5;

// Everything but the region itself is the subject's.
class RegionRunner : public Runner {
 public:
  explicit RegionRunner(DeviceRunner& subject) : subject_(subject) {}
  Result<void> restore() override { return subject_.restore(); }
  void poison() override { subject_.poison(); }
  Result<void> check(OutputEvidence& evidence) override { return subject_.check(evidence); }
  bool use_random_inputs(bool random) override { return subject_.use_random_inputs(random); }

 protected:
  DeviceRunner& subject_;
};

// One call and a wait for it, by the host's clock.
class Isolated final : public RegionRunner {
 public:
  using RegionRunner::RegionRunner;
  Result<void> restore() override {
    ASSAY_TRY_VOID(subject_.restore());
    return subject_.wait();
  }
  void poison() override {
    subject_.poison();
    (void)subject_.wait();
  }
  Result<void> call() override {
    ASSAY_TRY_VOID(subject_.call());
    return subject_.wait();
  }
};

// Some calls between two marks of the device.
class Marked : public RegionRunner {
 public:
  Marked(DeviceRunner& subject, std::int64_t calls, bool queue_ahead = false)
      : RegionRunner(subject), calls_(calls), queue_ahead_(queue_ahead) {}
  Result<void> call() override {
    ASSAY_TRY_VOID(subject_.begin_region(queue_ahead_));
    ASSAY_TRY_VOID(enqueue());
    ASSAY_TRY(time_ns_, subject_.end_region_ns());
    return {};
  }
  std::optional<std::int64_t> region_ns() override { return std::llround(time_ns_); }

 protected:
  virtual Result<void> enqueue() {
    for (std::int64_t i = 0; i < calls_; ++i) ASSAY_TRY_VOID(subject_.call());
    return {};
  }

 private:
  std::int64_t calls_;
  bool queue_ahead_;
  double time_ns_ = 0;
};

class Replayed final : public Marked {
 public:
  explicit Replayed(DeviceRunner& subject) : Marked(subject, 1, true) {}

 protected:
  Result<void> enqueue() override { return subject_.replay(); }
};

EmptyRegion empty_region_of(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  EmptyRegion empty{.clock_step_ns = 0, .median_ns = times[times.size() / 2]};
  double step = std::numeric_limits<double>::infinity();
  for (std::size_t i = 1; i < times.size(); ++i) {
    if (times[i] - times[i - 1] > 0.5) step = std::min(step, times[i] - times[i - 1]);
  }
  if (std::isfinite(step)) empty.clock_step_ns = step;
  return empty;
}

// Between two marks with nothing between them.
Result<EmptyRegion> measure_empty_marks(DeviceRunner& runner) {
  std::vector<double> times;
  for (int i = 0; i < kEmptyRegions; ++i) {
    ASSAY_TRY_VOID(runner.begin_region(true));
    ASSAY_TRY(times.emplace_back(), runner.end_region_ns());
  }
  return empty_region_of(std::move(times));
}

Result<EmptyRegion> measure_empty_wait(DeviceRunner& runner, Clock& clock) {
  std::vector<double> times;
  for (int i = 0; i < kEmptyRegions; ++i) {
    const std::int64_t begin_ns = clock.now_ns();
    ASSAY_TRY_VOID(runner.wait());
    times.push_back(static_cast<double>(clock.now_ns() - begin_ns));
  }
  return empty_region_of(std::move(times));
}

// Of the host, until a call is enqueued: the device is idle before it, so that nothing waits for a place in
// its queue.
Result<double> measure_enqueue(DeviceRunner& runner, Clock& clock) {
  constexpr int kCalls = 11;
  std::vector<double> times;
  for (int i = 0; i < kCalls; ++i) {
    ASSAY_TRY_VOID(runner.restore());
    ASSAY_TRY_VOID(runner.wait());
    const std::int64_t begin_ns = clock.now_ns();
    ASSAY_TRY_VOID(runner.call());
    times.push_back(static_cast<double>(clock.now_ns() - begin_ns));
  }
  ASSAY_TRY_VOID(runner.wait());
  std::nth_element(times.begin(), times.begin() + kCalls / 2, times.end());
  return times[kCalls / 2];
}

// How many calls make a region long enough; the first call of all, which may load code, is not counted. Calls
// that are long anyway are not repeated for it.
Result<std::int64_t> choose_calls(DeviceRunner& runner, const EmptyRegion& empty) {
  const double wanted = std::max({kWantedRegion_ns, 100 * empty.clock_step_ns, 40 * empty.median_ns});
  std::vector<double> times;
  bool is_long = false;
  for (int i = 0; i <= kProbes; ++i) {
    ASSAY_TRY_VOID(runner.restore());
    const int calls = i == 0 || is_long ? 1 : 4;
    Marked few(runner, calls);
    ASSAY_TRY_VOID(few.call());
    const double each_ns = static_cast<double>(*few.region_ns()) / calls;
    if (i > 0) times.push_back(each_ns);
    if (i > 0 && is_long) break;
    is_long = each_ns > 10 * wanted;
  }
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
  const double each = std::max(times[times.size() / 2], 1.0);
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(std::ceil(wanted / each)), 1, kMaxCalls);
}

struct ModePlan {
  std::string mode;
  double share = 0;
  std::int64_t calls = 1;
};

// `runner` makes whole regions of plan.calls calls.
Result<ModeResult> sample_mode(Runner& runner, Clock& clock, const ModePlan& plan, const EmptyRegion& empty,
                               SamplerOptions options, OutputEvidence& output) {
  ModeResult mode;
  mode.mode = plan.mode;
  options.budget_ns = std::max<std::int64_t>(
      static_cast<std::int64_t>(static_cast<double>(options.budget_ns) * plan.share), 1);
  options.read_core = false;
  ASSAY_TRY(mode.samples, sample(runner, clock, options, output));
  mode.samples.calls_per_sample = plan.calls;
  mode.samples.warmup_calls *= plan.calls;
  mode.empty_call_ns = empty.median_ns / static_cast<double>(plan.calls);
  if (mode.samples.times_ns.empty()) {
    mode.unavailable = "interrupted before its first sample";
    return mode;
  }
  mode.statistics = summarise(mode.samples);
  mode.too_short = is_too_short(mode.statistics.median_ns * static_cast<double>(plan.calls), empty);
  return mode;
}

Result<ModeResult> sample_headline(DeviceRunner& device, Runner& runner, Clock& clock, const ModePlan& plan,
                                   const EmptyRegion& empty, const SamplerOptions& options,
                                   OutputEvidence& output, DeviceEvidence& evidence) {
  device.begin_window();
  auto mode = sample_mode(runner, clock, plan, empty, options, output);
  ASSAY_TRY_VOID(device.end_window(evidence));
  return mode;
}

ModeResult unavailable(std::string mode, std::string why) {
  ModeResult result;
  result.mode = std::move(mode);
  result.unavailable = std::move(why);
  return result;
}

}  // namespace

Result<DeviceModesResult> measure_device_modes(DeviceRunner& runner, Clock& clock,
                                               const SamplerOptions& options, OutputEvidence& output,
                                               DeviceEvidence& device) {
  DeviceModesResult result;
  ModesResult& modes = result.modes;
  ASSAY_TRY(result.empty, measure_empty_marks(runner));
  const std::string alone = runner.why_not_repeat();
  if (!alone.empty()) {
    Marked one(runner, 1, true);
    ASSAY_TRY(modes.headline, sample_headline(runner, one, clock, {"single", kHeadlineShare + kOtherShare, 1},
                                              result.empty, options, output, device));
    for (const char* mode : {"graph", "back_to_back"}) modes.others.push_back(unavailable(mode, alone));
  } else {
    ASSAY_TRY(const std::int64_t calls, choose_calls(runner, result.empty));
    ASSAY_TRY_VOID(runner.restore());
    const Result<void> recorded = runner.record_graph(calls);
    if (!recorded && recorded.error().code != ErrorCode::kUnsupported)
      return tl::unexpected(recorded.error());
    Marked enqueued(runner, calls);
    Replayed graph(runner);
    if (recorded) {
      ASSAY_TRY(modes.headline, sample_headline(runner, graph, clock, {"graph", kHeadlineShare, calls},
                                                result.empty, options, output, device));
      ASSAY_TRY(
          modes.others.emplace_back(),
          sample_mode(enqueued, clock, {"back_to_back", kOtherShare, calls}, result.empty, options, output));
    } else {
      ASSAY_TRY(modes.headline, sample_headline(runner, enqueued, clock,
                                                {"back_to_back", kHeadlineShare + kOtherShare, calls},
                                                result.empty, options, output, device));
      modes.others.push_back(unavailable("graph", recorded.error().message));
    }
  }
  ASSAY_TRY(device.enqueue_ns, measure_enqueue(runner, clock));
  Isolated isolated(runner);
  ASSAY_TRY(const EmptyRegion empty_wait, measure_empty_wait(runner, clock));
  ASSAY_TRY(modes.others.emplace_back(),
            sample_mode(isolated, clock, {"isolated", kOtherShare, 1}, empty_wait, options, output));
  return result;
}

Result<std::unique_ptr<Runner>> make_region_runner(DeviceRunner& runner, const std::string& mode,
                                                   std::int64_t calls) {
  if (mode == "isolated") return std::make_unique<Isolated>(runner);
  if (mode == "back_to_back" || mode == "single")
    return std::make_unique<Marked>(runner, calls, mode == "single");
  ASSAY_TRY_VOID(runner.record_graph(calls));
  return std::make_unique<Replayed>(runner);
}

}  // namespace assay::measure
