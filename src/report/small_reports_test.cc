// SPDX-License-Identifier: Apache-2.0
// CSV, Markdown and JSON, and what must hold for every report.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/testing/temporary_folder.h"
#include "base/text.h"
#include "record/reader.h"
#include "record/testing/sample_run.h"
#include "record/writer.h"
#include "report/csv.h"
#include "report/html.h"
#include "report/json.h"
#include "report/markdown.h"
#include "report/terminal_table.h"
#include "report/testing/golden.h"

namespace assay::report {
namespace {

using ::testing::HasSubstr;
using testing::matches_golden;
using ::testing::Not;

TEST(CsvReport, IsTheGoldenFile) {
  EXPECT_TRUE(matches_golden(csv(record::testing::sample_run()), "report.csv"));
}

TEST(CsvReport, QuotesCellsAsTheRfcSays) {
  auto run = record::testing::sample_run();
  run.measurements.resize(1);
  run.measurements[0].what.entry = "a,\"b\"\nc";
  EXPECT_THAT(csv(run), HasSubstr("\n\"a,\"\"b\"\"\nc\",prompt=32"));
}

TEST(CsvReport, LeavesRejectedNumbersEmpty) {
  const auto run = record::testing::sample_run();
  const std::string text = csv(run);
  const auto lines = split(text, '\n');
  EXPECT_THAT(std::string(lines.at(8)), HasSubstr(",rejected,wrong-output,150,,,,,,,\"read,"));
}

TEST(MarkdownReport, IsTheGoldenFile) {
  EXPECT_TRUE(matches_golden(markdown(record::testing::sample_run()), "report.md"));
}

TEST(MarkdownReport, TextCannotBreakTheTableOrBecomeHtml) {
  auto run = record::testing::sample_run();
  run.measurements[0].what.axes[0].value = "a|b<script>\n| c";
  const std::string text = markdown(run);
  EXPECT_THAT(text, HasSubstr("| a\\|b&lt;script> \\| c |"));
}

TEST(JsonReport, IsOneDocumentWithEveryMeasurement) {
  const auto document = nlohmann::json::parse(json(record::testing::sample_run()));
  EXPECT_EQ(document["subject"], "smollm2-135m-instruct");
  EXPECT_EQ(document["measurements"].size(), 8u);
  EXPECT_FALSE(document["measurements"][7].contains("statistics"));
}

TEST(EveryReport, CanBeMadeAgainFromTheRecordAlone) {
  for (int i = 0; i < 40; ++i) {
    const auto run =
        i == 0 ? record::testing::sample_run() : record::testing::random_run(static_cast<std::uint64_t>(i));
    const assay::testing::TemporaryFolder folder;
    const auto path = folder.path() / "run.jsonl";
    auto writer = record::Writer::create(path, run);
    ASSERT_TRUE(writer) << writer.error().message;
    for (const record::Measurement& m : run.measurements) ASSERT_TRUE(writer->append(m));
    for (const record::ComparedRow& row : run.comparisons) ASSERT_TRUE(writer->append(row));
    if (run.complete) {
      ASSERT_TRUE(writer->finish());
    }
    const auto back = record::read_run(path);
    ASSERT_TRUE(back) << back.error().message;
    const HtmlOptions no_library{.show_rejected = true, .chart_library = "/* Chart.js */"};
    EXPECT_EQ(table(run), table(*back));
    EXPECT_EQ(html(run, no_library), html(*back, no_library));
    EXPECT_EQ(csv(run), csv(*back));
    EXPECT_EQ(markdown(run), markdown(*back));
    EXPECT_EQ(json(run), json(*back));
  }
}

TEST(EveryReport, NeverPrintsANumberThatIsNotFinite) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const auto run = record::testing::random_run(seed);
    for (const std::string& text :
         {table(run, {.width = 100, .colour = false, .show_rejected = true}), csv(run), markdown(run)}) {
      EXPECT_THAT(text, Not(HasSubstr("nan"))) << seed;
      EXPECT_THAT(text, Not(HasSubstr("inf"))) << seed;
    }
    const std::string page = html(run, {.show_rejected = true, .chart_library = ""});
    EXPECT_THAT(page, Not(HasSubstr("nan"))) << seed;
    EXPECT_THAT(page, Not(HasSubstr(">inf"))) << seed;
  }
}

}  // namespace
}  // namespace assay::report
