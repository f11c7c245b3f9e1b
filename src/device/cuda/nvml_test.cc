// SPDX-License-Identifier: Apache-2.0
#include "device/cuda/nvml.h"

#include <gtest/gtest.h>

#include <cstring>

namespace assay::device::cuda {
namespace {

constexpr int kNotFound = 6;
constexpr int kNotSupported = 3;
int opened = 0;  // init() less shutdown()

// A library of one device at 0000:1b:00.0.
NvmlApi scripted() {
  NvmlApi api;
  api.init = [] { return opened += 1, 0; };
  api.shutdown = [] { return opened -= 1, 0; };
  api.error_string = [](int status) { return status == kNotFound ? "Not Found" : "Unknown Error"; };
  api.driver_version = [](char* text, unsigned size) { return std::strncpy(text, "580.1", size), 0; };
  api.device_by_pci = [](const char* pci, NvmlApi::Device* device) {
    *device = &opened;
    return std::strcmp(pci, "0000:1b:00.0") == 0 ? 0 : kNotFound;
  };
  api.name = [](NvmlApi::Device, char* text, unsigned size) { return std::strncpy(text, "GPU", size), 0; };
  api.clock = [](NvmlApi::Device, int kind, unsigned* mhz) { return *mhz = kind == 1 ? 1980 : 3201, 0; };
  api.power = [](NvmlApi::Device, unsigned* mw) { return *mw = 512'500, 0; };
  api.power_limit = [](NvmlApi::Device, unsigned* mw) { return *mw = 700'000, 0; };
  api.temperature = [](NvmlApi::Device, int, unsigned*) { return kNotSupported; };
  api.clock_reasons = [](NvmlApi::Device, unsigned long long* bits) { return *bits = 0x24, 0; };
  api.compute_processes = [](NvmlApi::Device, unsigned* count, NvmlApi::Process* list) {
    constexpr unsigned kThere = 70;  // more than the first call has room for
    if (*count < kThere) return *count = kThere, 7;
    for (unsigned i = 0; i < kThere; ++i) list[i].id = 1000 + i;
    return *count = kThere, 0;
  };
  return api;
}

NvmlReading at(std::int64_t ns, double mhz = 1000, std::uint64_t reasons = 0) {
  NvmlReading reading;
  reading.at_ns = ns;
  reading.sm_mhz = mhz;
  reading.clock_reasons = reasons;
  return reading;
}

TEST(Nvml, TellsWhatTheDriverOffersAndNothingElse) {
  const auto nvml = Nvml::open_with(scripted(), "0000:1b:00.0");
  ASSERT_TRUE(nvml) << nvml.error().message;
  ScriptedClock clock(77);
  const NvmlReading reading = (*nvml)->read(clock);
  EXPECT_EQ(reading.at_ns, 77);
  EXPECT_EQ(reading.sm_mhz, 1980);
  EXPECT_EQ(reading.memory_mhz, 3201);
  EXPECT_EQ(reading.power_w, 512.5);
  EXPECT_EQ(reading.temperature_c, std::nullopt);     // the call fails
  EXPECT_EQ(reading.gpu_busy_percent, std::nullopt);  // there is no such function
  EXPECT_EQ(reading.clock_reasons, kReasonPowerCap | kReasonSoftwareThermal);
  const NvmlFacts facts = (*nvml)->facts();
  EXPECT_EQ(facts.name, "GPU");
  EXPECT_EQ(facts.driver, "580.1");
  EXPECT_EQ(facts.uuid, "");
  EXPECT_EQ(facts.power_limit_w, 700);
  EXPECT_EQ(facts.highest_sm_mhz, std::nullopt);
  ASSERT_TRUE(facts.compute_processes);
  EXPECT_EQ(facts.compute_processes->size(), 70u);
  EXPECT_EQ(facts.compute_processes->back(), 1069u);
}

TEST(Nvml, IsClosedAgainWhateverHappens) {
  ASSERT_EQ(opened, 0);
  {
    const auto nvml = Nvml::open_with(scripted(), "0000:1b:00.0");
    EXPECT_EQ(opened, 1);
  }
  EXPECT_EQ(opened, 0);
  const auto absent = Nvml::open_with(scripted(), "0000:ff:00.0");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(absent.error().message, "nvml: no device 0000:ff:00.0: Not Found (6)");
  EXPECT_EQ(opened, 0);
}

TEST(Nvml, SaysThatALibraryIsTooOld) {
  const auto nvml = Nvml::open_with(NvmlApi(), "");
  ASSERT_FALSE(nvml);
  EXPECT_EQ(nvml.error().code, ErrorCode::kUnavailable);
}

TEST(ClockReasons, HaveNames) {
  EXPECT_EQ(clock_reason_names(0), "");
  EXPECT_EQ(clock_reason_names(0x4), "power cap");
  EXPECT_EQ(clock_reason_names(0x1 | 0x48), "idle, hardware slowdown, hardware thermal slowdown");
  EXPECT_EQ(clock_reason_names(0x4 | 0x600), "power cap, bit 0x600");
}

TEST(NvmlLog, GivesTheReadingsThatDescribeAWindow) {
  NvmlLog log;
  for (int i = 0; i < 10; ++i) log.readings.push_back(at(i * 50'000'000));
  const auto places = [&](std::int64_t begin, std::int64_t end) {
    std::vector<std::int64_t> found;
    for (const NvmlReading& reading : log.between(begin, end)) found.push_back(reading.at_ns / 1'000'000);
    return found;
  };
  EXPECT_EQ(places(90'000'000, 210'000'000), (std::vector<std::int64_t>{100, 150, 200}));
  EXPECT_EQ(places(100'000'000, 150'000'000), (std::vector<std::int64_t>{100, 150}));
  EXPECT_EQ(places(110'000'000, 120'000'000), (std::vector<std::int64_t>{100}));  // shorter than a period
  EXPECT_EQ(places(500'000'000, 520'000'000), (std::vector<std::int64_t>{450}));
  EXPECT_TRUE(places(900'000'000, 990'000'000).empty());  // long after the last
  EXPECT_TRUE(places(-90'000'000, -1).empty());
  EXPECT_TRUE(NvmlLog().between(0, 1).empty());
}

TEST(NvmlSummary, JoinsWhatWasSeen) {
  const NvmlSummary summary = summarise({at(1, 1980, 0x4), at(2, 1700, 0x1), at(3, 1800)});
  EXPECT_EQ(summary.readings, 3);
  EXPECT_EQ(summary.lowest_sm_mhz, 1700);
  EXPECT_EQ(summary.highest_sm_mhz, 1980);
  EXPECT_EQ(summary.clock_reasons, kReasonPowerCap | kReasonIdle);
  EXPECT_EQ(summary.highest_power_w, std::nullopt);
  EXPECT_EQ(summarise({}).clock_reasons, std::nullopt);
}

TEST(NvmlSampler, ReadsAtItsStartAndItsEnd) {
  std::int64_t now = 0;
  NvmlSampler sampler([&] { return at(++now); });
  const NvmlLog log = sampler.stop();
  ASSERT_GE(log.readings.size(), 2u);
  EXPECT_EQ(log.readings.front().at_ns, 1);
  EXPECT_EQ(log.readings.back().at_ns, now);
  EXPECT_EQ(log.left_out, 0);
  EXPECT_TRUE(sampler.stop().readings.empty());
}

TEST(NvmlSampler, CountsWhatItHasNoRoomFor) {
  NvmlSampler sampler([] { return at(1); }, 1);
  const NvmlLog log = sampler.stop();
  EXPECT_EQ(log.readings.size(), 1u);
  EXPECT_GE(log.left_out, 1);
}

}  // namespace
}  // namespace assay::device::cuda
