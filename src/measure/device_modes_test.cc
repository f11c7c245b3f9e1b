// SPDX-License-Identifier: Apache-2.0
// Which mode of a case on a device makes the headline, and how many calls a region holds, on a scripted
// device: its clock counts the work that is enqueued, the host's clock launches and waits too.
#include "measure/device_modes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace assay::measure {
namespace {

constexpr std::int64_t kEmpty_ns = 1'500;   // between two marks with nothing between
constexpr std::int64_t kLaunch_ns = 2'000;  // of the host, each call
constexpr std::int64_t kNode_ns = 1'000;    // of the device, each call in a graph
constexpr std::int64_t kWait_ns = 6'000;

class ScriptedDevice final : public DeviceRunner {
 public:
  ScriptedDevice(ScriptedClock& clock, std::int64_t call_ns) : clock_(clock), call_ns_(call_ns) {}

  Result<void> restore() override { return {}; }
  Result<void> call() override {
    calls += 1;
    if (recording_) return {};
    clock_.advance_ns(kLaunch_ns);
    queued_ns_ += std::max(call_ns_, kLaunch_ns);
    return {};
  }
  Result<void> wait() override {
    clock_.advance_ns(kWait_ns + queued_ns_);
    queued_ns_ = 0;
    return {};
  }
  Result<void> begin_region(bool queue_ahead) override {
    ran_ahead = queue_ahead;
    regions_in_window_ += 1;
    queued_ns_ = 0;
    return {};
  }
  Result<double> end_region_ns() override {
    const auto time_ns = static_cast<double>(queued_ns_ + kEmpty_ns);
    if (const Result<void> waited = wait(); !waited) return tl::unexpected(waited.error());
    return time_ns;
  }
  Result<void> record_graph(std::int64_t count) override {
    if (refusal) return tl::unexpected(*refusal);
    if (recorded == 0) calls_to_choose = calls;
    recording_ = true;
    for (std::int64_t i = 0; i < count; ++i) ASSAY_TRY_VOID(call());
    recording_ = false;
    recorded = count;
    return {};
  }
  Result<void> replay() override {
    queued_ns_ += recorded * (call_ns_ + kNode_ns);
    return {};
  }
  void begin_window() override { regions_in_window_ = 0; }
  Result<void> end_window(DeviceEvidence& evidence) override {
    evidence.clocks.stamps += 2 * regions_in_window_;
    return {};
  }
  Result<void> check(OutputEvidence& evidence) override {
    ++evidence.calls_checked;
    return {};
  }
  std::string why_not_repeat() const override { return reason; }

  std::string reason;
  std::optional<Error> refusal;  // of a graph
  std::int64_t calls = 0;
  std::int64_t recorded = 0;
  std::int64_t calls_to_choose = 0;
  bool ran_ahead = false;

 private:
  ScriptedClock& clock_;
  std::int64_t call_ns_;
  std::int64_t queued_ns_ = 0;
  std::int64_t regions_in_window_ = 0;
  bool recording_ = false;
};

struct Outcome {
  DeviceModesResult result;
  OutputEvidence output;
  DeviceEvidence seen;
  std::int64_t recorded = 0;
  std::int64_t calls_to_choose = 0;
};

Result<Outcome> run(std::int64_t call_ns, const std::string& why_not_repeat = "",
                    std::optional<Error> refusal = {}) {
  ScriptedClock clock;
  ScriptedDevice device(clock, call_ns);
  device.reason = why_not_repeat;
  device.refusal = std::move(refusal);
  SamplerOptions options;
  options.budget_ns = 1'000'000'000;
  Outcome outcome;
  ASSAY_TRY(outcome.result, measure_device_modes(device, clock, options, outcome.output, outcome.seen));
  outcome.recorded = device.recorded;
  outcome.calls_to_choose = device.calls_to_choose;
  return outcome;
}

TEST(DeviceModes, MakeTheHeadlineOfAGraph) {
  const auto o = run(50'000);
  ASSERT_TRUE(o) << o.error().message;
  const ModesResult& modes = o->result.modes;
  EXPECT_EQ(modes.headline.mode, "graph");
  EXPECT_EQ(modes.headline.samples.calls_per_sample, 4);  // 200 us
  EXPECT_EQ(o->recorded, 4);
  EXPECT_DOUBLE_EQ(modes.headline.statistics.median_ns, 50'000 + kNode_ns + kEmpty_ns / 4.0);
  ASSERT_EQ(modes.others.size(), 2u);
  EXPECT_EQ(modes.others[0].mode, "back_to_back");
  EXPECT_DOUBLE_EQ(modes.others[0].statistics.median_ns, 50'000 + kEmpty_ns / 4.0);
  EXPECT_EQ(modes.others[1].mode, "isolated");
  EXPECT_EQ(modes.others[1].samples.calls_per_sample, 1);
  EXPECT_DOUBLE_EQ(modes.others[1].statistics.median_ns, 50'000 + kLaunch_ns + kWait_ns);
  EXPECT_DOUBLE_EQ(o->result.empty.median_ns, kEmpty_ns);
  EXPECT_DOUBLE_EQ(o->seen.enqueue_ns.value_or(0), kLaunch_ns);
}

TEST(DeviceModes, FallBackToCallsInARowWhereNoGraphCanBeRecorded) {
  const auto o = run(50'000, "", Error{ErrorCode::kUnsupported, "cuda: the call allocates"});
  ASSERT_TRUE(o) << o.error().message;
  const ModesResult& modes = o->result.modes;
  EXPECT_EQ(modes.headline.mode, "back_to_back");
  ASSERT_EQ(modes.others.size(), 2u);
  EXPECT_EQ(modes.others[0].mode, "graph");
  EXPECT_EQ(modes.others[0].unavailable, "cuda: the call allocates");
  EXPECT_TRUE(modes.others[0].samples.times_ns.empty());
  EXPECT_EQ(modes.others[1].mode, "isolated");
}

TEST(DeviceModes, EndWithADeviceThatFailsWhileItRecords) {
  const auto o = run(50'000, "", Error{ErrorCode::kDevice, "cuda: an illegal address"});
  ASSERT_FALSE(o);
  EXPECT_EQ(o.error().code, ErrorCode::kDevice);
}

TEST(DeviceModes, TimeOneCallWhereCallsCannotFollowEachOther) {
  const auto o = run(50'000, "the cache is made cold before every call");
  ASSERT_TRUE(o) << o.error().message;
  const ModesResult& modes = o->result.modes;
  EXPECT_EQ(modes.headline.mode, "single");
  EXPECT_EQ(modes.headline.samples.calls_per_sample, 1);
  EXPECT_DOUBLE_EQ(modes.headline.statistics.median_ns, 50'000 + kEmpty_ns);
  EXPECT_FALSE(modes.headline.too_short);
  EXPECT_EQ(o->recorded, 0);
  ASSERT_EQ(modes.others.size(), 3u);
  for (const std::size_t i : {0u, 1u})
    EXPECT_EQ(modes.others[i].unavailable, "the cache is made cold before every call");
  EXPECT_EQ(modes.others[0].mode, "graph");
  EXPECT_EQ(modes.others[1].mode, "back_to_back");
  EXPECT_EQ(modes.others[2].mode, "isolated");
}

TEST(DeviceModes, SayThatOneCallIsTooShortToBeTimedAlone) {
  const auto o = run(2'000, "'x' is put back before every call");
  ASSERT_TRUE(o) << o.error().message;
  EXPECT_TRUE(o->result.modes.headline.too_short);  // 3.5 us < 10 empty regions
}

// Four calls are timed together to choose, with the marks: a quarter of the empty region each.
TEST(DeviceModes, ChooseCallsForARegionOf200Microseconds) {
  EXPECT_EQ(run(4'625)->recorded, 40);
  EXPECT_EQ(run(300'000)->recorded, 1);
  EXPECT_EQ(run(1)->recorded, 85);  // the host takes 2 us to enqueue one
}

// One call to load code, one that counts; shorter calls are probed four at a time, five times.
TEST(DeviceModes, DoNotRepeatALongCallToChoose) {
  EXPECT_EQ(run(50'000'000)->calls_to_choose, 2);
  EXPECT_EQ(run(50'000)->calls_to_choose, 1 + 5 * 4);
}

TEST(DeviceModes, CheckOutputsInEveryMode) {
  const auto o = run(50'000);
  ASSERT_TRUE(o);
  std::size_t checked = o->result.modes.headline.samples.checked_times_ns.size();
  for (const ModeResult& mode : o->result.modes.others) {
    EXPECT_FALSE(mode.samples.checked_times_ns.empty()) << mode.mode;
    checked += mode.samples.checked_times_ns.size();
  }
  EXPECT_EQ(o->output.calls_checked, static_cast<std::int64_t>(checked));
}

TEST(DeviceModes, WatchTheSensorsWhileTheHeadlineIsSampled) {
  const auto o = run(50'000);
  ASSERT_TRUE(o);
  const Samples& s = o->result.modes.headline.samples;
  const auto regions = s.warmup_calls / s.calls_per_sample +
                       static_cast<std::int64_t>(s.times_ns.size() + s.checked_times_ns.size());
  EXPECT_EQ(o->seen.clocks.stamps, 2 * regions);
}

TEST(RegionRunner, IsOfTheModeThatIsAskedFor) {
  const auto region_of = [](const std::string& mode, std::int64_t calls) {
    ScriptedClock clock;
    ScriptedDevice device(clock, 50'000);
    const auto runner = make_region_runner(device, mode, calls);
    EXPECT_TRUE(runner);
    EXPECT_TRUE((*runner)->call());
    return std::pair{(*runner)->region_ns(), device.ran_ahead};
  };
  EXPECT_EQ(region_of("isolated", 1), std::pair(std::optional<std::int64_t>(), false));
  EXPECT_EQ(region_of("back_to_back", 4), std::pair(std::optional<std::int64_t>(201'500), false));
  EXPECT_EQ(region_of("single", 1), std::pair(std::optional<std::int64_t>(51'500), true));
  EXPECT_EQ(region_of("graph", 4), std::pair(std::optional<std::int64_t>(205'500), true));
}

}  // namespace
}  // namespace assay::measure
