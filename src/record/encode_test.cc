// SPDX-License-Identifier: Apache-2.0
#include "record/encode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/mapped_file.h"
#include "record/testing/sample_run.h"

namespace assay::record {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Measurement small_measurement() {
  Measurement m;
  m.what.entry = "e";
  m.what.axes = {{"depth", "512"}};
  m.evidence.samples.times_ns = {3, 1, 2};
  m.evidence.statistics.median_ns = 2;
  return m;
}

TEST(RecordEncoding, KeysOfAMeasurementHaveAFixedOrder) {
  EXPECT_EQ(
      encode_measurement(small_measurement()),
      R"({"id":"e depth=512","entry":"e","axes":[{"name":"depth","value":"512"}],)"
      R"("work":{"bytes_read":0,"bytes_written":0,"flops":0,"items":0,"item_name":""},)"
      R"("formula":"","headline":"","mode":"","cache":"","runner":"","variants":[],)"
      R"("verdict":"trusted","findings":[],)"
      R"("statistics":{"n":0,"median_ns":2.0,"median_interval":null,"mean_ns":0.0,"min_ns":0.0,"max_ns":0.0,)"
      R"("p5_ns":null,"p95_ns":null,"p99_ns":null,"effective_n":0.0,"independence_assumed":false,)"
      R"("outliers_low":0,"outliers_high":0,"mean_interval":null},"limits":[],"target_half_width":0.01,)"
      R"("output":{"has_reference":false,"reference":"","calls_checked":0,"calls_wrong":0,"worst_error":0.0,)"
      R"("worst_place":"","checker_can_fail":false},)"
      R"("contention":{"wall_ns":0,"cpus":1,"machine_cpus":0,"steal_ns":null,"other_cpu_ns":null,"involuntary_switches":null,)"
      R"("throttled_ns":null},)"
      R"("floor":{"bytes":0,"cache_capacity_bytes":0,"best_bytes_per_second":null,"bandwidth_name":"","flops":0,)"
      R"("peak_flops_per_second":null,"empty_region_ns":0.0,"clock_step_ns":0.0},)"
      R"("samples":{"warmup_calls":0,"warmup_settled":true,"budget_ns":0,"spent_ns":0,"stop_reason":"",)"
      R"("times_ns":[3,1,2],"checked_times_ns":[],"calls_per_sample":1,)"
      R"("core":{"before_sample":[],"chain_ns":[],"wide_ns":[]},"checked_before_sample":[]},"other_modes":[],)"
      R"("region":{"calls":0,"allocations":null,"allocated_bytes":null,"allocation_share":null,"page_faults":null,)"
      R"("voluntary_switches":null,"waiting_share":null,"io_calls":null,"output_bytes":null,"children":null,)"
      R"("libraries_loaded":null,"executable_mappings":null},)"
      R"("buffers":{"modified_inputs":[],"broken_guards":[],"outputs_untouched":false,"zero_size":false,)"
      R"("first_last_error":null,"first_last_place":"","not_restored":[]},)"
      R"("flight":{"busy_after_share":null,"outputs_changed_after":null,"claimed_ns":null,"device_busy_ns":null,)"
      R"("stated_overhead_ns":0.0},)"
      R"("choice":{"asked":"","ran":[],"skipped_modes":[],"graph_breaks":0,"recompile_limit":""},)"
      R"("log":{"bytes":0,"warnings":0,"first_warning":""},)"
      R"("cache_probe":{"regime":"warm","hot_ns":null,"cold_ns":null,"seen_ns":null},)"
      R"("data":{"constant_share":null,"probe_effect":null},)"
      R"("clock":{"thermal_events":null,"power_reason":null},)"
      R"("artefact":{"tracer":"","caused_ns":null,"cause":""},)"
      R"("outcome":{"crash":"","timed_out_after_s":null},)"
      R"("axis_effect":{"axis":"","other":"","same_outputs":false},)"
      R"("numerics":{"accumulation":"","rms_error":null,"outputs":0},"input_digest":"","output_digest":""})");
}

TEST(RecordEncoding, RejectedNumbersStandUnderOtherKeys) {
  Measurement m = small_measurement();
  m.verdict = checks::Verdict::kRejected;
  const auto json = nlohmann::json::parse(encode_measurement(m));
  for (const char* key : {"statistics", "limits", "samples", "other_modes"}) {
    EXPECT_FALSE(json.contains(key)) << key;
    EXPECT_TRUE(json.contains(std::string("rejected_") + key)) << key;
  }
  EXPECT_EQ(json["rejected_statistics"]["median_ns"], 2.0);
}

TEST(RecordEncoding, NumberThatIsNotFiniteIsNull) {
  Measurement m = small_measurement();
  m.evidence.statistics.mean_ns = std::nan("");
  m.evidence.statistics.max_ns = INFINITY;
  EXPECT_THAT(encode_measurement(m), HasSubstr(R"("mean_ns":null,"min_ns":0.0,"max_ns":null)"));
}

TEST(RecordEncoding, ALineHasNoLineBreakAndIsUtf8) {
  Measurement m = small_measurement();
  m.runner = "two\nlines \xff";
  const std::string line = encode_measurement(m);
  EXPECT_THAT(line, Not(HasSubstr("\n")));
  EXPECT_THAT(line, HasSubstr("two\\nlines \xEF\xBF\xBD"));
}

TEST(RecordEncoding, HeaderStartsWithTheSchema) {
  EXPECT_THAT(encode_header(testing::sample_run()),
              StartsWith(R"({"schema":1,"subject":"smollm2-135m-instruct",)"));
}

TEST(RecordEncoding, DocumentHoldsTheHeaderAndEveryMeasurement) {
  const auto run = testing::sample_run();
  const auto document = nlohmann::json::parse(encode_run(run));
  EXPECT_EQ(document["complete"], true);
  EXPECT_EQ(document["cut_line"], false);
  ASSERT_EQ(document["measurements"].size(), run.measurements.size());
  EXPECT_EQ(document["measurements"][4], nlohmann::json::parse(encode_measurement(run.measurements[4])));
  auto header = document;
  for (const char* key : {"complete", "cut_line", "measurements"}) header.erase(key);
  EXPECT_EQ(header, nlohmann::json::parse(encode_header(run)));
}

// Each key of an object, and of the objects in it, must be found in the text as `key`.
void expect_documented(const nlohmann::json& json, const std::string& text) {
  if (json.is_array() && !json.empty()) return expect_documented(json.front(), text);
  if (!json.is_object()) return;
  for (const auto& [key, value] : json.items()) {
    EXPECT_NE(text.find("`" + key + "`"), std::string::npos)
        << "docs/record.md does not name `" << key << "`";
    expect_documented(value, text);
  }
}

TEST(RecordEncoding, EveryKeyIsDocumented) {
  const auto text = read_text_file(ASSAY_RECORD_DOC);
  ASSERT_TRUE(text) << text.error().message;
  const auto document = nlohmann::json::parse(encode_run(testing::sample_run()));
  expect_documented(document, *text);
  expect_documented(document["measurements"].back(), *text);
  expect_documented(document["measurements"][3], *text);
  expect_documented(nlohmann::json::parse(encode_end(3)), *text);
}

}  // namespace
}  // namespace assay::record
