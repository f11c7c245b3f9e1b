// SPDX-License-Identifier: Apache-2.0
#include "record/writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "base/mapped_file.h"
#include "base/testing/temporary_folder.h"
#include "record/encode.h"
#include "record/reader.h"
#include "record/testing/sample_run.h"

namespace assay::record {
namespace {

using ::testing::HasSubstr;

// While it lives, no file of this process grows beyond `bytes`: a disk that fills up in the middle of a line.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }

 private:
  rlimit before_{};
  void (*signal_)(int);
};

TEST(RecordWriter, EachLineIsInTheFileAsSoonAsItIsAppended) {
  const assay::testing::TemporaryFolder folder;
  const auto path = folder.path() / "run.jsonl";
  const auto run = testing::sample_run();
  auto writer = Writer::create(path, run);
  ASSERT_TRUE(writer) << writer.error().message;
  std::string expected = encode_header(run) + "\n";
  EXPECT_EQ(*read_text_file(path), expected);
  ASSERT_TRUE(writer->append(run.measurements[0]));
  expected += encode_measurement(run.measurements[0]) + "\n";
  EXPECT_EQ(*read_text_file(path), expected);
  ASSERT_TRUE(writer->finish());
  EXPECT_EQ(*read_text_file(path), expected + "{\"end\":{\"measurements\":1}}\n");
}

TEST(RecordWriter, KeepsAFileThatExistsUnlessToldToReplaceIt) {
  const assay::testing::TemporaryFolder folder;
  const auto path = folder.path() / "run.jsonl";
  const auto run = testing::sample_run();
  ASSERT_TRUE(Writer::create(path, run));
  const auto refused = Writer::create(path, run);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(refused.error().message, HasSubstr(path.string() + ": a file of that name exists"));
  const auto replaced = Writer::create(path, run, Existing::kReplace);
  ASSERT_TRUE(replaced) << replaced.error().message;
  EXPECT_EQ(*read_text_file(path), encode_header(run) + "\n");
}

TEST(RecordWriter, FullDiskIsOneClearLine) {
  const auto writer = Writer::create("/dev/full", testing::sample_run(), Existing::kReplace);
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().code, ErrorCode::kIo);
  EXPECT_EQ(writer.error().message,
            "/dev/full: cannot write the record after 0 measurements: No space left on device; free space "
            "there or name a "
            "file on another disk");
}

TEST(RecordWriter, TakesHalfALineBackAndCanGoOn) {
  const assay::testing::TemporaryFolder folder;
  const auto path = folder.path() / "run.jsonl";
  const auto run = testing::sample_run();
  auto writer = Writer::create(path, run);
  ASSERT_TRUE(writer);
  {
    const FileSizeLimit limit(std::filesystem::file_size(path) + 100);
    const auto appended = writer->append(run.measurements[0]);
    ASSERT_FALSE(appended);
    EXPECT_EQ(appended.error().code, ErrorCode::kIo);
  }
  EXPECT_EQ(*read_text_file(path), encode_header(run) + "\n");
  ASSERT_TRUE(writer->append(run.measurements[1]));
  ASSERT_TRUE(writer->finish());
  const auto back = read_run(path);
  ASSERT_TRUE(back) << back.error().message;
  ASSERT_EQ(back->measurements.size(), 1u);
  EXPECT_EQ(back->measurements[0].what.id(), run.measurements[1].what.id());
}

TEST(RecordWriter, NamesAFolderThatCannotBeCreated) {
  const auto writer = Writer::create("/dev/null/records/run.jsonl", testing::sample_run());
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().code, ErrorCode::kIo);
  EXPECT_THAT(writer.error().message, HasSubstr("/dev/null/records: cannot create the folder"));
}

TEST(RecordWriter, RefusesALineThatNoReaderWouldAccept) {
  const assay::testing::TemporaryFolder folder;
  Measurement m = testing::sample_run().measurements[0];
  m.evidence.samples.times_ns.assign(kLongestLine / 16, 1'000'000'000'000'000);
  auto writer = Writer::create(folder.path() / "run.jsonl", testing::sample_run());
  ASSERT_TRUE(writer);
  const auto appended = writer->append(m);
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().code, ErrorCode::kUnsupported);
}

// Every way in which a run may have stopped: killed between two lines, in a line, after its end.
TEST(RecordWriter, GoesOnWithARecordThatStoppedAnywhere) {
  const assay::testing::TemporaryFolder folder;
  const auto path = folder.path() / "r.jsonl";
  const auto all = testing::sample_run();
  const std::string header = encode_header(all) + "\n";
  const std::string first = encode_measurement(all.measurements[0]);
  const std::string second = encode_measurement(all.measurements[1]);
  for (const std::string& ending :
       {std::string("\n"), "\n" + second.substr(0, 100), "\n" + encode_end(1) + "\n", std::string()}) {
    const std::string stopped = header + first + ending;
    ASSERT_TRUE(write_file_atomically(path, std::as_bytes(std::span(stopped))));
    const auto before = read_run(path);
    ASSERT_TRUE(before) << before.error().message;
    ASSERT_EQ(before->measurements.size(), 1u);
    auto writer = Writer::resume(path, *before);
    ASSERT_TRUE(writer) << writer.error().message;
    ASSERT_TRUE(writer->append(all.measurements[1]));
    ASSERT_TRUE(writer->finish());
    const auto text = read_text_file(path);
    ASSERT_TRUE(text);
    EXPECT_EQ(*text, header + first + "\n" + second + "\n" + encode_end(2) + "\n");
  }
}

}  // namespace
}  // namespace assay::record
