// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/mapped_file.h"
#include "base/testing/temporary_folder.h"
#include "record/encode.h"
#include "record/reader.h"
#include "record/testing/members.h"
#include "record/testing/sample_run.h"
#include "record/writer.h"

namespace assay::record {
namespace {

Result<Run> written_and_read(const Run& run) {
  const assay::testing::TemporaryFolder folder;
  const auto path = folder.path() / "new folder" / "run.jsonl";
  ASSAY_TRY(Writer writer, Writer::create(path, run));
  for (const Measurement& m : run.measurements) ASSAY_TRY_VOID(writer.append(m));
  for (const ComparedRow& row : run.comparisons) ASSAY_TRY_VOID(writer.append(row));
  if (run.complete) ASSAY_TRY_VOID(writer.finish());
  return read_run(path);
}

TEST(RecordRoundTrip, KeepsASampleRun) {
  const auto run = testing::sample_run();
  const auto back = written_and_read(run);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_TRUE(testing::equal(run, *back));
  EXPECT_TRUE(back->complete);
}

TEST(RecordRoundTrip, KeepsEveryMemberWhateverItHolds) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto run = testing::random_run(seed);
    const auto back = written_and_read(run);
    ASSERT_TRUE(back) << "seed " << seed << ": " << back.error().message;
    ASSERT_TRUE(testing::equal(run, *back)) << "seed " << seed << "\n"
                                            << encode_run(run) << encode_run(*back);
  }
}

TEST(RecordRoundTrip, ComparisonSeesOneChangedMember) {
  const auto run = testing::sample_run();
  auto other = run;
  other.measurements[2].evidence.samples.times_ns[7] += 1;
  EXPECT_FALSE(testing::equal(run, other));
  other = run;
  other.measurements[0].findings.push_back({});
  EXPECT_FALSE(testing::equal(run, other));
}

TEST(RecordRoundTrip, RunThatEndedEarlyIsIncomplete) {
  auto run = testing::sample_run();
  run.complete = false;
  const auto back = written_and_read(run);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_FALSE(back->complete);
  EXPECT_EQ(back->measurements.size(), run.measurements.size());
}

}  // namespace
}  // namespace assay::record
