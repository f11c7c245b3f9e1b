// SPDX-License-Identifier: Apache-2.0
#include "report/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "record/testing/sample_run.h"
#include "report/html_text.h"
#include "report/page_data.h"
#include "report/testing/golden.h"

namespace assay::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr HtmlOptions kWithoutLibrary{.show_rejected = false, .chart_library = "/* Chart.js */"};

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

TEST(HtmlReport, IsTheGoldenPageButForChartJs) {
  EXPECT_TRUE(testing::matches_golden(html(record::testing::sample_run(), kWithoutLibrary), "report.html"));
}

TEST(HtmlReport, HoldsTheChartLibraryOfTheBuild) {
  if (kChartLibrary.empty()) GTEST_SKIP() << "built without Chart.js";
  EXPECT_THAT(kChartLibrary, HasSubstr("Chart.js v3"));
  EXPECT_THAT(kChartLibrary, HasSubstr("MIT License"));
  EXPECT_THAT(kChartLibrary, Not(HasSubstr("</script")));
  const std::string page = html(record::testing::sample_run());
  EXPECT_NE(page.find(kChartLibrary), std::string::npos);
}

TEST(HtmlReport, SaysThatPlotsAreLeftOutWithoutChartJs) {
  const std::string page = html(record::testing::sample_run(), {.show_rejected = false, .chart_library = ""});
  EXPECT_THAT(page, HasSubstr("built without Chart.js"));
  EXPECT_EQ(count(page, "<script"), 0u);
  EXPECT_EQ(count(page, "<canvas"), 0u);
  EXPECT_THAT(page, HasSubstr("<td class=\"number\">81.2</td>"));
}

TEST(HtmlReport, EscapesEveryTextOfTheRecord) {
  const std::string evil = "</script><script>alert(1)</script>\"'&<img src=x onerror=alert(1)>";
  auto run = record::testing::sample_run();
  measure::Environment& e = run.environment;
  for (std::string* text :
       {&run.subject, &run.subject_detail, &run.subject_sha256, &e.started_at, &e.host, &e.user, &e.os,
        &e.cpu, &e.governor, &e.hypervisor, &e.compiler, &e.flags, &e.version, &e.git_revision,
        &e.binary_sha256, &run.limits.machine, &run.limits.measured_at}) {
    *text = evil;
  }
  e.command_line = {evil};
  for (auto& limit : run.limits.bandwidth) limit.kind = limit.kernel = evil;
  for (auto& limit : run.limits.compute) limit.kind = limit.kernel = evil;
  for (record::Measurement& m : run.measurements) {
    m.what.entry += evil;
    m.what.axes = {{evil, m.what.axes[0].value}, {"x" + evil, evil}};
    m.mode = m.cache = m.runner = m.what.formula = evil;
    m.variants = {evil};
    m.limits[0].name = m.limits[0].unit = evil;
    m.findings.push_back({evil, checks::Severity::kQualify, evil, evil});
  }
  const std::string page = html(run, kWithoutLibrary);
  EXPECT_EQ(count(page, "<script"), 3u);
  EXPECT_EQ(count(page, "</script"), 3u);
  EXPECT_EQ(count(page, "<img"), 0u);
}

TEST(HtmlReport, AsksForNothingFromOutside) {
  const std::string page = html(record::testing::sample_run(), kWithoutLibrary);
  for (const char* request : {"http:", "https:", "src=", "href=", "url(", "@import", "fetch("}) {
    EXPECT_THAT(page, Not(HasSubstr(request)));
  }
  EXPECT_THAT(page, HasSubstr("Content-Security-Policy\" content=\"default-src 'none'"));
}

TEST(HtmlReport, RejectedNumbersAreNowhereOnThePage) {
  auto run = record::testing::sample_run();
  measure::Evidence& e = run.measurements[7].evidence;
  e.statistics.median_ns = 765.432e6;
  e.samples.times_ns.assign(150, 765'432'000);
  const std::string page = html(run, kWithoutLibrary);
  EXPECT_EQ(count(page, "765.432"), 0u);
  EXPECT_EQ(count(page, ">765<"), 0u);
  EXPECT_THAT(page, HasSubstr("withheld: rejected"));
  const std::string shown = html(run, {.show_rejected = true, .chart_library = "/* Chart.js */"});
  EXPECT_EQ(count(shown, ">765<"), 1u);
  EXPECT_GE(count(shown, "765.432"), 150u);
}

TEST(PageData, ThinsOutManySamplesAndSaysSo) {
  auto run = record::testing::sample_run();
  run.measurements.resize(1);
  run.measurements[0].evidence.samples.times_ns.assign(1001, 5'000'000);
  const auto data = nlohmann::json::parse(page_data(groups_of(run, false)));
  EXPECT_EQ(data["samples"][0]["times"].size(), 334u);
  EXPECT_EQ(data["samples"][0]["step"], 3);
  EXPECT_THAT(html(run, kWithoutLibrary), HasSubstr("1001 samples (one in 3 drawn)"));
}

TEST(PageData, DrawsOnlyGroupsWithAnAxisOfNumbers) {
  auto run = record::testing::sample_run();
  EXPECT_TRUE(has_plot(groups_of(run, false)[0]));
  run.measurements[0].what.axes[0].value = "short";
  EXPECT_FALSE(has_plot(groups_of(run, false)[0]));
  run.measurements.resize(1);
  run.measurements[0].what.axes[0].value = "32";
  EXPECT_FALSE(has_plot(groups_of(run, false)[0]));
}

TEST(HtmlText, EscapesWhatHtmlReads) {
  EXPECT_EQ(html_text("<a b=\"c\" d='e'>&\n\xff"), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp; ?");
  EXPECT_EQ(script_json(R"({"a":"</script>"})"), R"({"a":"\u003c/script>"})");
}

}  // namespace
}  // namespace assay::report
