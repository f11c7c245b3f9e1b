// SPDX-License-Identifier: Apache-2.0
#include "record/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "record/encode.h"
#include "record/testing/sample_run.h"

namespace assay::record {
namespace {

using ::testing::HasSubstr;

Run imported(std::string_view text) {
  auto run = import_run(text, "old/x.json");
  EXPECT_TRUE(run) << run.error().message;
  return run ? std::move(*run) : Run{};
}

TEST(Import, GoogleBenchmarkRepetitionsAreSamples) {
  const auto run = imported(R"({"context":{"date":"2026-11-21","host_name":"h","num_cpus":4},"benchmarks":[
    {"name":"saxpy/plain/n:64","run_name":"saxpy/plain/n:64","run_type":"iteration","iterations":1000,"real_time":2.5,
     "cpu_time":2.5,"time_unit":"us","bytes_per_second":2e9},
    {"name":"saxpy/plain/n:64","run_name":"saxpy/plain/n:64","run_type":"iteration","iterations":1000,"real_time":3.5,
     "cpu_time":2.5,"time_unit":"us"},
    {"name":"saxpy/plain/n:64_mean","run_name":"saxpy/plain/n:64","run_type":"aggregate","real_time":3,"time_unit":"us"},
    {"name":"bad","run_name":"bad","run_type":"iteration","error_occurred":true,"error_message":"out of tea"}]})");
  ASSERT_EQ(run.measurements.size(), 2u);
  const Measurement& m = run.measurements[0];
  EXPECT_EQ(m.what.id(), "saxpy/plain n=64");
  EXPECT_EQ(m.evidence.statistics.n, 2);
  EXPECT_DOUBLE_EQ(m.evidence.statistics.mean_ns, 3000);
  EXPECT_EQ(m.evidence.samples.calls_per_sample, 1000);
  EXPECT_EQ(m.verdict, checks::Verdict::kQualified);
  EXPECT_EQ(m.findings.back().code, "imported");
  EXPECT_EQ(run.measurements[1].verdict, checks::Verdict::kRejected);
  EXPECT_THAT(run.measurements[1].findings[0].evidence, HasSubstr("out of tea"));
  EXPECT_EQ(run.subject, "x");
  EXPECT_TRUE(run.complete);
}

TEST(Import, HyperfineRunsAreSamplesAndAFailedRunRejects) {
  const auto run = imported(R"({"results":[
    {"command":"sort a","mean":0.2,"times":[0.1,0.2,0.3],"exit_codes":[0,0,0],"parameters":{"size":"10"}},
    {"command":"false","times":[0.1],"exit_codes":[1]}]})");
  ASSERT_EQ(run.measurements.size(), 2u);
  EXPECT_EQ(run.measurements[0].what.id(), "sort a size=10");
  EXPECT_DOUBLE_EQ(run.measurements[0].evidence.statistics.median_ns, 2e8);
  EXPECT_EQ(run.measurements[1].verdict, checks::Verdict::kRejected);
}

TEST(Import, NvbenchMeansStandWithoutAnInterval) {
  const auto run = imported(R"({"devices":[],"benchmarks":[{"name":"copy","states":[
    {"axis_values":[{"name":"N","type":"int64","value":"64"}],"is_skipped":false,"summaries":[
      {"tag":"nv/cold/sample_size","data":[{"name":"value","type":"int64","value":"50"}]},
      {"tag":"nv/cold/time/gpu/mean","data":[{"name":"value","type":"float64","value":"2.5e-06"}]}]},
    {"axis_values":[],"is_skipped":true,"skip_reason":"too large","summaries":[]}]}]})");
  ASSERT_EQ(run.measurements.size(), 2u);
  EXPECT_EQ(run.measurements[0].what.id(), "copy N=64");
  EXPECT_DOUBLE_EQ(run.measurements[0].evidence.statistics.median_ns, 2500);
  EXPECT_EQ(run.measurements[0].evidence.statistics.n, 50);
  EXPECT_FALSE(run.measurements[0].evidence.statistics.median_interval);
  EXPECT_EQ(run.measurements[0].cache, "cold");
  EXPECT_EQ(run.measurements[1].verdict, checks::Verdict::kRejected);
}

TEST(Import, LlamaBenchTestsAreOfAllTheirTokens) {
  const auto run =
      imported(R"([{"model_type":"llama 135M Q4_1","n_prompt":512,"n_gen":0,"n_depth":0,"n_threads":2,
    "cpu_info":"some CPU","backends":"CPU","samples_ns":[1000000,1200000,1100000]}])");
  ASSERT_EQ(run.measurements.size(), 1u);
  EXPECT_EQ(run.measurements[0].what.id(), "llama 135M Q4_1/prefill prompt=512 depth=0 threads=2");
  EXPECT_EQ(run.measurements[0].what.work.items, 512);
  EXPECT_DOUBLE_EQ(run.measurements[0].evidence.statistics.median_ns, 1.1e6);
  EXPECT_EQ(run.environment.cpu, "some CPU");
}

TEST(Import, TakesAnAbsurdNumberForNone) {
  const auto run = imported(R"([{"n_prompt":1e300,"n_gen":9e18,"n_threads":1e99,"samples_ns":[1e300,-5]}])");
  ASSERT_EQ(run.measurements.size(), 1u);
  EXPECT_EQ(run.measurements[0].what.work.items, 0);
  EXPECT_EQ(run.measurements[0].verdict, checks::Verdict::kQualified);
}

TEST(Import, SaysWhatIsWrong) {
  const auto message = [](std::string_view text) { return import_run(text, "x").error().message; };
  EXPECT_THAT(message("{}"), HasSubstr("x: neither a record of assay nor JSON of"));
  EXPECT_THAT(message("{\"results\""), HasSubstr("neither"));
  EXPECT_THAT(message(R"({"context":{},"benchmarks":[{"name":"a","real_time":"fast"}]})"),
              HasSubstr("x: looks like a file of Google Benchmark, but:"));
  EXPECT_THAT(message(R"([{"n_prompt":1,"samples_ns":[]}])"), HasSubstr("looks like a file of llama-bench"));
}

}  // namespace
}  // namespace assay::record
