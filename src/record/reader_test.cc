// SPDX-License-Identifier: Apache-2.0
#include "record/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/testing/temporary_folder.h"
#include "record/encode.h"
#include "record/testing/members.h"
#include "record/testing/sample_run.h"

namespace assay::record {
namespace {

using ::testing::HasSubstr;

std::string text_of(const Run& run) {
  std::string text = encode_header(run) + "\n";
  for (const Measurement& m : run.measurements) text += encode_measurement(m) + "\n";
  return text + encode_end(static_cast<std::int64_t>(run.measurements.size())) + "\n";
}

// A header and one measurement, with `from` replaced by `to` in the measurement.
std::string changed(std::string_view from, std::string_view to) {
  const auto run = testing::sample_run();
  std::string line = encode_measurement(run.measurements[0]);
  const std::size_t at = line.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  line.replace(at, from.size(), to);
  return encode_header(run) + "\n" + line + "\n";
}

std::string message_for(const std::string& text) {
  const auto run = parse_run(text, "r");
  EXPECT_FALSE(run);
  return run ? "" : run.error().message;
}

TEST(RecordReader, LeavesOutAHalfWrittenLastLine) {
  const auto run = testing::sample_run();
  const std::string header = encode_header(run) + "\n";
  const std::string text = header + encode_measurement(run.measurements[0]) + "\n";
  for (std::size_t size = header.size() + 1; size + 1 < text.size(); ++size) {
    const auto back = parse_run(text.substr(0, size), "r");
    ASSERT_TRUE(back) << size << ": " << back.error().message;
    ASSERT_TRUE(back->cut_line) << size;
    ASSERT_TRUE(back->measurements.empty()) << size;
    ASSERT_FALSE(back->complete);
  }
}

TEST(RecordReader, AcceptsALastLineWhoseBreakAnEditorRemoved) {
  std::string text = text_of(testing::sample_run());
  text.pop_back();
  const auto back = parse_run(text, "r");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_TRUE(back->complete);
  EXPECT_FALSE(back->cut_line);
}

TEST(RecordReader, RejectsACutHeader) {
  const std::string header = encode_header(testing::sample_run());
  for (std::size_t size = 0; size < header.size(); ++size) {
    const auto back = parse_run(header.substr(0, size), "r");
    ASSERT_FALSE(back) << size;
    ASSERT_EQ(back.error().code, ErrorCode::kCorrupt);
  }
}

TEST(RecordReader, NamesLineAndColumnOfWhatIsNotJson) {
  const std::string text = encode_header(testing::sample_run()) + "\n{\"id\": oops}\n";
  EXPECT_EQ(message_for(text), "r: line 2: column 8: expected JSON, got 'oops}'");
}

TEST(RecordReader, NamesThePlaceOfAWrongType) {
  EXPECT_EQ(message_for(changed(R"("flops":)", R"("flops":"many","x":)")),
            "r: line 2: 'work.flops' is \"many\", expected an integer of 64 bits");
  EXPECT_EQ(message_for(changed(R"("value":"32")", R"("value":32)")),
            "r: line 2: 'axes[0].value' is 32, expected a string");
  EXPECT_EQ(message_for(changed(R"("times_ns":[)", R"("times_ns":[1,2.5,)")),
            "r: line 2: 'samples.times_ns[1]' is 2.5, expected an integer of 64 bits");
  EXPECT_EQ(message_for(changed(R"("verdict":"trusted")", R"("verdict":"fine")")),
            "r: line 2: 'verdict' is \"fine\", expected \"trusted\", \"qualified\" or \"rejected\"");
  EXPECT_EQ(message_for(changed(R"("findings":[])", R"("findings":[{"code":"x","severity":"bad"}])")),
            "r: line 2: 'findings[0].severity' is \"bad\", expected \"qualify\" or \"reject\"");
  EXPECT_EQ(message_for(changed(R"("output":{)", R"("output":7,"x":{)")),
            "r: line 2: 'output' is 7, expected an object");
  EXPECT_EQ(message_for(changed(R"("variants":[)", R"("variants":{},"x":[)")),
            "r: line 2: 'variants' is an object, expected a list");
  EXPECT_EQ(message_for(changed(R"("warmup_settled":true)", R"("warmup_settled":1)")),
            "r: line 2: 'samples.warmup_settled' is 1, expected true or false");
  EXPECT_EQ(message_for(changed(R"("effective_n":)", R"("effective_n":"9","x":)")),
            "r: line 2: 'statistics.effective_n' is \"9\", expected a number");
}

TEST(RecordReader, NamesAMissingKey) {
  EXPECT_EQ(message_for(changed(R"("formula":)", R"("formulas":)")), "r: line 2: 'formula' is missing");
}

// The lines that the first version of the schema wrote end with the samples.
TEST(RecordReader, ReadsAnOlderRecordWithDefaultsForWhatWasAdded) {
  const auto run = testing::sample_run();
  auto line = nlohmann::json::parse(encode_measurement(run.measurements[3]));
  for (const char* key :
       {"other_modes", "region", "buffers", "flight", "choice", "log", "cache_probe", "data", "clock",
        "artefact", "outcome", "axis_effect", "numerics", "input_digest", "output_digest"}) {
    ASSERT_EQ(line.erase(key), 1u) << key;
  }
  ASSERT_EQ(line["samples"].erase("calls_per_sample"), 1u);
  ASSERT_EQ(line["floor"].erase("clock_step_ns"), 1u);
  const auto back = parse_run(encode_header(run) + "\n" + line.dump() + "\n", "r");
  ASSERT_TRUE(back) << back.error().message;
  Measurement expected = run.measurements[3];
  expected.other_modes.clear();
  expected.evidence.floor.clock_step_ns = 0;
  EXPECT_TRUE(testing::equal(back->measurements[0], expected));
}

TEST(RecordReader, RejectsIntegersOutOfRange) {
  EXPECT_THAT(message_for(changed(R"("spent_ns":)", R"("spent_ns":9223372036854775808,"x":)")),
              HasSubstr("'samples.spent_ns' is 9223372036854775808, expected an integer of 64 bits"));
  EXPECT_THAT(message_for(changed(R"("cpus":)", R"("cpus":2147483648,"x":)")),
              HasSubstr("'contention.cpus' is 2147483648, expected an integer of 32 bits"));
  EXPECT_THAT(message_for(changed(R"("effective_n":)", R"("effective_n":1e999,"x":)")),
              HasSubstr("no 64-bit float"));
}

TEST(RecordReader, DoesNotTakeRejectedNumbersForTrustedOnes) {
  EXPECT_EQ(message_for(changed(R"("statistics":)", R"("rejected_statistics":)")),
            "r: line 2: 'statistics' is missing");
  EXPECT_EQ(message_for(changed(R"("verdict":"trusted")", R"("verdict":"rejected")")),
            "r: line 2: 'rejected_statistics' is missing");
}

TEST(RecordReader, SkipsKeysThatItDoesNotKnow) {
  const auto run = parse_run(changed(R"("mode":)", R"("colour":"blue","mode":)"), "r");
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ(run->measurements[0].mode, "isolated");
}

TEST(RecordReader, RefusesANewerSchema) {
  const auto run = parse_run("{\"schema\":2}\n", "r");
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(run.error().message, "r: schema 2 is newer than 1, which this version reads; use a newer assay");
}

TEST(RecordReader, RefusesWhatIsNotARecord) {
  EXPECT_THAT(message_for(""), HasSubstr("r: the file is empty"));
  EXPECT_THAT(message_for("{\"context\":{},\"benchmarks\":[]}\n"), HasSubstr("not an assay record"));
  EXPECT_THAT(message_for("{\"schema\":0}\n"), HasSubstr("'schema' is 0, expected 1"));
  EXPECT_THAT(message_for("[1,2]\n"), HasSubstr("line 1: expected a JSON object, got '[1,2]'"));
  EXPECT_THAT(message_for("\x7f"
                          "ELF\n"),
              HasSubstr("line 1: column 1: expected JSON, got '\\x7fELF'"));
}

TEST(RecordReader, RefusesDeepNesting) {
  const std::string deep = "{\"schema\":1,\"x\":" + std::string(1'000'000, '[');
  EXPECT_THAT(message_for(deep + "\n"), HasSubstr("line 1: is nested more than 8 levels deep"));
  EXPECT_TRUE(parse_run(changed(R"("mode":"isolated")", R"("mode":"[[[[[[[[[[\"[[[[[")"), "r"));
}

TEST(RecordReader, RefusesALineOverTheLimit) {
  const auto run = parse_run(std::string(kLongestLine + 1, ' ') + "\n", "r");
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().code, ErrorCode::kUnsupported);
}

TEST(RecordReader, NoticesLinesThatWereAddedOrLost) {
  const auto run = testing::sample_run();
  const std::string text = text_of(run);
  EXPECT_THAT(message_for(text + encode_measurement(run.measurements[0]) + "\n"),
              HasSubstr("line 11: stands after the end line"));
  const std::string without_first = encode_header(run) + text.substr(text.find('\n', text.find('\n') + 1));
  EXPECT_THAT(message_for(without_first), HasSubstr("line 9: expected {\"end\":{\"measurements\":7}}"));
  EXPECT_THAT(message_for(encode_header(run) + "\n\n"), HasSubstr("line 2: is empty"));
}

TEST(RecordReader, NamesAFileThatIsMissingAndAFolder) {
  EXPECT_EQ(read_run("/nowhere/run.jsonl").error().code, ErrorCode::kNotFound);
  const assay::testing::TemporaryFolder folder;
  EXPECT_EQ(read_run(folder.path()).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace assay::record
