// SPDX-License-Identifier: Apache-2.0
#include "record/export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "record/import.h"
#include "record/testing/sample_run.h"

namespace assay::record {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(GoogleBenchmarkExport, HasEachSampleAsARepetitionAndTheMedian) {
  auto run = testing::sample_run();
  run.measurements.resize(1);
  run.measurements[0].evidence.samples.times_ns = {1000, 3000, 2000};
  run.measurements[0].evidence.samples.calls_per_sample = 2;
  const auto json = nlohmann::json::parse(google_benchmark_json(run));
  const auto& entries = json["benchmarks"];
  ASSERT_EQ(entries.size(), 4u);
  EXPECT_EQ(entries[1]["name"], "smollm2-135m-instruct/prefill/prompt:32/threads:2");
  EXPECT_EQ(entries[1]["run_type"], "iteration");
  EXPECT_EQ(entries[1]["real_time"], 1500);
  EXPECT_EQ(entries[1]["time_unit"], "ns");
  EXPECT_EQ(entries[3]["aggregate_name"], "median");
  EXPECT_EQ(json["context"]["json_schema_version"], 1);
}

TEST(GoogleBenchmarkExport, SpreadsALimitedNumberOfSamplesOverTheWindow) {
  auto run = testing::sample_run();
  run.measurements.resize(1);
  auto& times = run.measurements[0].evidence.samples.times_ns;
  times.resize(5000);
  for (std::size_t i = 0; i < times.size(); ++i) times[i] = static_cast<std::int64_t>(i);
  const auto entries = nlohmann::json::parse(google_benchmark_json(run))["benchmarks"];
  ASSERT_EQ(entries.size(), kMostSamplesExported + 1);
  EXPECT_EQ(entries[999]["real_time"], 4995);
}

// The numbers of the rejected measurement of the sample run must not be found in any export.
TEST(Exports, HoldNoRejectedNumber) {
  auto run = testing::sample_run();
  run.measurements = {run.measurements[7]};
  ASSERT_EQ(run.measurements[0].verdict, checks::Verdict::kRejected);
  const auto google = nlohmann::json::parse(google_benchmark_json(run))["benchmarks"];
  ASSERT_EQ(google.size(), 1u);
  EXPECT_EQ(google[0]["error_occurred"], true);
  EXPECT_FALSE(google[0].contains("real_time"));
  EXPECT_EQ(google[0]["run_type"], "aggregate");
  EXPECT_EQ(google[0]["name"], google[0]["run_name"].get<std::string>() + "_rejected");
  const std::string name = "smollm2-135m-instruct/decode";
  const auto futhark = nlohmann::json::parse(futhark_json(run));
  EXPECT_TRUE(futhark[name]["datasets"]["depth=1024 threads=2"].is_string());
  const std::string time = std::to_string(run.measurements[0].evidence.samples.times_ns[0]);
  EXPECT_THAT(google_benchmark_json(run), Not(HasSubstr(time)));
}

TEST(FutharkExport, HasWholeMicroseconds) {
  auto run = testing::sample_run();
  run.measurements.resize(1);
  run.measurements[0].evidence.samples.times_ns = {1400, 1600};
  const auto json = nlohmann::json::parse(futhark_json(run));
  const auto& result = json["smollm2-135m-instruct/prefill"]["datasets"]["prompt=32 threads=2"];
  EXPECT_EQ(result["runtimes"], (std::vector<int>{1, 2}));
}

TEST(GoogleBenchmarkExport, IsReadBackByTheImport) {
  auto run = testing::sample_run();
  run.measurements.resize(1);
  const auto back = import_run(google_benchmark_json(run), "x.json");
  ASSERT_TRUE(back) << back.error().message;
  ASSERT_EQ(back->measurements.size(), 1u);
  EXPECT_EQ(back->measurements[0].evidence.samples.times_ns, run.measurements[0].evidence.samples.times_ns);
  EXPECT_EQ(back->measurements[0].what.axes, run.measurements[0].what.axes);
}

}  // namespace
}  // namespace assay::record
