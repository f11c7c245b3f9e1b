// SPDX-License-Identifier: Apache-2.0
#include "suite/expand.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "suite/validate.h"

namespace assay::suite {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::function<void()> nothing(Call&) {
  return [] {};
}

Entry scale() {
  Entry entry("scale");
  entry.axis("n", {4, 8})
      .axis("type", {"a", "b"})
      .in("x", DType::kF32, {"n"})
      .out("y", DType::kF32, {2, "n"})
      .work([](const Point& p) { return Work{.bytes_read = {4 * p["n"]}}; })
      .variant("plain", nothing)
      .variant("wide", nothing);
  return entry;
}

std::vector<std::string> ids(const Expansion& expansion) {
  std::vector<std::string> all;
  for (const EntryCase& one : expansion.cases) all.push_back(one.what.id());
  return all;
}

std::string error_of(const Entry& entry, std::vector<AxisChoice> choices = {}) {
  const auto expansion = expand(entry, choices);
  return expansion ? "" : expansion.error().message;
}

TEST(Expand, MakesACaseOfEachVariantAtEachPoint) {
  const Entry entry = scale();
  const auto expansion = expand(entry);
  ASSERT_TRUE(expansion);
  EXPECT_THAT(ids(*expansion),
              ElementsAre("scale/plain n=4 type=a", "scale/wide n=4 type=a", "scale/plain n=4 type=b",
                          "scale/wide n=4 type=b", "scale/plain n=8 type=a", "scale/wide n=8 type=a",
                          "scale/plain n=8 type=b", "scale/wide n=8 type=b"));
  EXPECT_EQ(expansion->cases[4].what.work.bytes_read.count, 32);
  EXPECT_EQ(expansion->cases[5].variant, &entry.variants[1]);
}

TEST(Expand, NamesTheCacheOnlyWhereThereIsAChoice) {
  Entry entry("copy");
  entry.variant("plain", nothing).caches({"warm", "cold"});
  auto expansion = expand(entry);
  ASSERT_TRUE(expansion);
  EXPECT_THAT(ids(*expansion), ElementsAre("copy/plain cache=warm", "copy/plain cache=cold"));
  EXPECT_EQ(expansion->cases[1].cache, "cold");
  EXPECT_FALSE(expansion->cases[1].point.has("cache"));
  entry.caches({"warm"});
  EXPECT_THAT(ids(*expand(entry)), ElementsAre("copy/plain"));
  const std::vector<AxisChoice> cold{{"cache", {"cold"}}};
  EXPECT_THAT(ids(*expand(entry, cold)), ElementsAre("copy/plain cache=cold"));
}

TEST(Expand, ReplacesTheValuesOfAChosenAxis) {
  const Entry entry = scale();
  const std::vector<AxisChoice> choices{{"n", {"16"}}, {"type", {"b"}}, {"elsewhere", {"1"}}};
  const auto expansion = expand(entry, choices);
  ASSERT_TRUE(expansion);
  EXPECT_THAT(ids(*expansion), ElementsAre("scale/plain n=16 type=b", "scale/wide n=16 type=b"));
}

TEST(Expand, KeepsThePointsOfAFixedListThatHaveAChosenValue) {
  Entry entry("rows");
  entry.variant("plain", nothing);
  entry.points = {Point({{"rows", "1"}, {"cols", "2"}}), Point({{"rows", "3"}, {"cols", "4"}})};
  const std::vector<AxisChoice> three{{"rows", {"3"}}}, five{{"rows", {"5"}}};
  EXPECT_THAT(ids(*expand(entry, three)), ElementsAre("rows/plain rows=3 cols=4"));
  EXPECT_EQ(error_of(entry, five),
            "entry 'rows': no point has rows=5; there are 1, 3, as its points are a fixed list");
  const std::vector<AxisChoice> crossed{{"rows", {"3"}}, {"cols", {"2"}}};
  EXPECT_THAT(error_of(entry, crossed), HasSubstr("no point has all of the chosen values"));
}

TEST(Expand, LeavesOutWhatAVariantDoesNotTakeAndWhatThisMachineCannotRun) {
  Entry entry = scale();
  entry.variants[0].takes = [](const Point& p) { return p["n"] == 4 && p.word("type") == "a"; };
  entry.variants[1].unavailable = [] { return "needs a vector unit"; };
  const auto expansion = expand(entry);
  ASSERT_TRUE(expansion);
  EXPECT_THAT(ids(*expansion), ElementsAre("scale/plain n=4 type=a"));
  ASSERT_EQ(expansion->left_out.size(), 1u);
  EXPECT_EQ(expansion->left_out[0].variant, "scale/wide");
  EXPECT_EQ(expansion->left_out[0].reason, "needs a vector unit");
}

TEST(Expand, NamesTheAxesThatExistBesideAnUnknownOne) {
  Suite suite("numbers");
  suite.entries.push_back(scale());
  const std::vector<AxisChoice> choices{{"m", {"1"}}};
  const auto expansion = expand(suite, choices);
  ASSERT_FALSE(expansion);
  EXPECT_EQ(expansion.error().message, "no axis is called 'm'; there are n, type, cache");
}

TEST(Expand, RefusesTwoEntriesWithOneName) {
  Suite suite("numbers");
  suite.entries.push_back(scale());
  suite.entries.push_back(scale());
  const auto expansion = expand(suite);
  ASSERT_FALSE(expansion);
  EXPECT_EQ(expansion.error().message, "suite 'numbers': two entries are called 'scale'");
}

TEST(ParseAxisChoice, ReadsNameAndValues) {
  const auto choice = parse_axis_choice("n=4,8=x");
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->axis, "n");
  EXPECT_THAT(choice->values, ElementsAre("4", "8=x"));
  for (const char* bad : {"", "n", "n=", "=4", "n=4,", "n=,4"}) {
    EXPECT_FALSE(parse_axis_choice(bad)) << bad;
  }
}

TEST(Validate, RefusesAnEntryWithoutAVariant) {
  EXPECT_EQ(error_of(Entry("empty")), "entry 'empty': no variant; add one with variant()");
}

TEST(Validate, RefusesNamesThatOccurTwice) {
  Entry variants = scale();
  variants.variant("plain", nothing);
  EXPECT_EQ(error_of(variants), "entry 'scale': variant 'scale/plain' occurs twice");
  Entry axes = scale();
  axes.axis("n", {1});
  EXPECT_EQ(error_of(axes), "entry 'scale': axis 'n' occurs twice");
  Entry buffers = scale();
  buffers.in("y", DType::kF32, {1});
  EXPECT_EQ(error_of(buffers), "entry 'scale': buffer 'y' occurs twice");
  Entry values = scale();
  values.axis("m", {1, 2, 1});
  EXPECT_EQ(error_of(values), "entry 'scale': value of axis 'm' '1' occurs twice");
}

TEST(Validate, RefusesNamesThatWouldBreakTheNameOfACase) {
  Entry entry = scale();
  entry.variant("two words", nothing);
  EXPECT_EQ(error_of(entry),
            "entry 'scale': the name of a variant is 'scale/two words', expected a word without spaces, '=' "
            "and ','");
  Entry cache = scale();
  cache.axis("cache", {1});
  EXPECT_THAT(error_of(cache), HasSubstr("'cache' is no name for an axis"));
}

TEST(Validate, RefusesADimensionThatNamesNoAxis) {
  Entry entry = scale();
  entry.in("z", DType::kF32, {"m"});
  EXPECT_EQ(error_of(entry), "entry 'scale' at n=4 type=a: no axis 'm'");
  Entry word = scale();
  word.in("z", DType::kF32, {"type"});
  EXPECT_THAT(error_of(word), HasSubstr("'a' is no whole number"));
}

TEST(Validate, RefusesSizesThatMakeNoSense) {
  Entry negative = scale();
  negative.in("z", DType::kF32, {[](const Point& p) { return 4 - p["n"]; }});
  EXPECT_EQ(error_of(negative),
            "entry 'scale' at n=8 type=a: buffer 'z' is 1 x -4, expected no negative size");
  Entry block = scale();
  block.in("z", DType::kQ4_0, {"n"});
  EXPECT_EQ(error_of(block),
            "entry 'scale' at n=4 type=a: buffer 'z' has 4 columns, expected a multiple of 32 (a block of "
            "q4_0)");
  Entry large = scale();
  large.in("z", DType::kF32, {std::int64_t{1} << 31, std::int64_t{1} << 31});
  EXPECT_THAT(error_of(large), HasSubstr("too large to count"));
  Entry sum = scale();
  for (const char* name : {"p", "q"}) sum.in(name, DType::kU8, {(std::int64_t{1} << 62) + 4});
  EXPECT_THAT(error_of(sum), HasSubstr("together are too large to count"));
  Entry output = scale();
  output.out("z", DType::kQ8_0, {32});
  EXPECT_THAT(error_of(output), HasSubstr("is an output of type q8_0"));
}

TEST(Validate, RefusesNumbersThatMakeNoSense) {
  Entry threads = scale();
  threads.threads([](const Point&) { return 0; });
  EXPECT_EQ(error_of(threads), "entry 'scale' at n=4 type=a: 0 threads, expected at least 1");
  Entry tolerance = scale();
  tolerance.tolerance({.eps_out = -1});
  EXPECT_THAT(error_of(tolerance), HasSubstr("a part of the tolerance is -1"));
  Entry work = scale();
  work.work([](const Point&) { return Work{.flops = {-1}}; });
  EXPECT_THAT(error_of(work), HasSubstr("the stated work is negative"));
  Entry caches = scale();
  caches.caches({"hot"});
  EXPECT_EQ(error_of(caches), "entry 'scale': cache regime 'hot', expected 'warm' or 'cold'");
}

TEST(Validate, TurnsAnExceptionOfTheAuthorIntoAnError) {
  Entry entry = scale();
  entry.work([](const Point&) -> Work { throw std::runtime_error("no idea"); });
  EXPECT_EQ(error_of(entry), "entry 'scale' at n=4 type=a: no idea");
}

}  // namespace
}  // namespace assay::suite
