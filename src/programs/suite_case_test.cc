// SPDX-License-Identifier: Apache-2.0
// A right variant, and one for each thing that a variant can do wrong.
#include "programs/suite_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "suite/expand.h"

namespace assay::programs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Work = std::function<void(std::span<float> x, std::span<float> y)>;

constexpr std::int64_t kSize = 100;

// y = 3 x, computed by `work`.
Entry triple(Work work) {
  Entry entry("triple");
  entry.in("x", DType::kF32, {kSize})
      .out("y", DType::kF32, {kSize})
      .reference([](Call& c) {
        for (std::size_t i = 0; i < kSize; ++i) c.data<float>("y")[i] = 3 * c.data<float>("x")[i];
      })
      .variant("plain", [work = std::move(work)](Call& c) {
        return [&c, work] { work(c.data<float>("x"), c.data<float>("y")); };
      });
  return entry;
}
void right(std::span<float> x, std::span<float> y) {
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = 3 * x[i];
}

struct Outcome {
  measure::OutputEvidence output;
  measure::Evidence evidence;
  measure::Digests digests;
  std::string why_not_repeat;
  std::vector<std::string> ran;
};

// Some calls as the sampler makes them; every second one is checked, and so is the last.
Outcome run(const Entry& entry, std::uint64_t seed = 1, int calls = 6) {
  Outcome outcome;
  const auto expansion = suite::expand(entry);
  EXPECT_TRUE(expansion) << expansion.error().message;
  const auto ran = std::make_shared<std::vector<std::string>>();
  auto runner = make_suite_runner(expansion->cases.back(), seed, ran);
  EXPECT_TRUE(runner) << runner.error().message;
  for (int i = 0; i < calls; ++i) {
    EXPECT_TRUE((*runner)->restore());
    if (i % 2 == 1) (*runner)->poison();
    EXPECT_TRUE((*runner)->call());
    if (i % 2 == 1) {
      EXPECT_TRUE((*runner)->check(outcome.output));
    }
  }
  EXPECT_TRUE((*runner)->add_evidence(outcome.evidence));
  outcome.digests = (*runner)->digests();
  outcome.why_not_repeat = (*runner)->why_not_repeat();
  outcome.ran = *ran;
  return outcome;
}

std::string error_of(const Entry& entry) {
  const auto expansion = suite::expand(entry);
  EXPECT_TRUE(expansion) << expansion.error().message;
  const auto runner = make_suite_runner(expansion->cases.front(), 1, nullptr);
  return runner ? "" : runner.error().message;
}

TEST(SuiteCase, FindsNothingInARightVariant) {
  const Outcome o = run(triple(right));
  EXPECT_TRUE(o.output.has_reference);
  EXPECT_EQ(o.output.calls_checked, 3);
  EXPECT_EQ(o.output.calls_wrong, 0) << o.output.worst_place;
  EXPECT_TRUE(o.output.checker_can_fail);
  EXPECT_THAT(o.evidence.buffers.modified_inputs, IsEmpty());
  EXPECT_THAT(o.evidence.buffers.broken_guards, IsEmpty());
  EXPECT_THAT(o.evidence.buffers.not_restored, IsEmpty());
  EXPECT_FALSE(o.evidence.buffers.outputs_untouched);
  EXPECT_FALSE(o.evidence.buffers.zero_size);
  EXPECT_EQ(o.evidence.buffers.first_last_error, 0);
  EXPECT_EQ(o.evidence.choice.asked, "triple/plain");
  EXPECT_THAT(o.evidence.choice.ran, ElementsAre("triple/plain"));
  EXPECT_THAT(o.ran, ElementsAre("triple/plain"));
  EXPECT_EQ(o.evidence.numerics.outputs, kSize);
  EXPECT_EQ(o.evidence.numerics.rms_error, 0);
  EXPECT_EQ(o.why_not_repeat, "");
}

TEST(SuiteCase, SeesAWrongElement) {
  const Outcome o = run(triple([](auto x, auto y) {
    right(x, y);
    y[7] += 0.25f;
  }));
  EXPECT_EQ(o.output.calls_wrong, 3);
  EXPECT_GT(o.output.worst_error, 1);
  EXPECT_THAT(o.output.worst_place, HasSubstr("y[0, 7]: expected"));
  EXPECT_GT(o.evidence.numerics.rms_error, 1e-3);
}

TEST(SuiteCase, SeesNaN) {
  const Outcome o = run(triple([](auto x, auto y) {
    right(x, y);
    y[99] = std::nanf("");
  }));
  EXPECT_EQ(o.output.calls_wrong, 3);
  EXPECT_THAT(o.output.worst_place, HasSubstr("y[0, 99]: NaN or never written"));
}

TEST(SuiteCase, SeesThatNothingWasWritten) {
  const Outcome o = run(triple([](auto, auto) {}));
  EXPECT_TRUE(o.evidence.buffers.outputs_untouched);
  EXPECT_EQ(o.output.calls_wrong, 3);
}

TEST(SuiteCase, SeesAWriteBesideABuffer) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the write is in memory that belongs to the guard, which AddressSanitizer allows";
#endif
  const Outcome before = run(triple([](auto x, auto y) {
    right(x, y);
    *(x.data() - 1) = 1;
  }));
  EXPECT_THAT(before.evidence.buffers.broken_guards, ElementsAre("x"));
  const Outcome after = run(triple([](auto x, auto y) {
    right(x, y);
    *(y.data() + y.size()) = 1;
  }));
  EXPECT_THAT(after.evidence.buffers.broken_guards, ElementsAre("y"));
  EXPECT_EQ(after.output.calls_wrong, 0);
}

TEST(SuiteCase, SeesAChangedInputAndPutsItBackFromThenOn) {
  const Outcome o = run(triple([](auto x, auto y) {
    right(x, y);
    x[3] += 1;
  }));
  EXPECT_THAT(o.evidence.buffers.modified_inputs, ElementsAre("x"));
  EXPECT_EQ(o.output.calls_wrong, 0) << o.output.worst_place;
}

TEST(SuiteCase, SeesThatTheLastCallComputesSomethingElseThanTheFirst) {
  int calls = 0;
  Entry entry = triple([&calls](auto x, auto y) {
    right(x, y);
    y[5] += 1e-3f * static_cast<float>(++calls);
  });
  const Outcome o = run(entry);
  EXPECT_GT(o.evidence.buffers.first_last_error, 1);
  EXPECT_THAT(o.evidence.buffers.first_last_place, HasSubstr("y[0, 5]"));
  entry.reference_call = nullptr;  // the same without a reference
  calls = 0;
  EXPECT_GT(run(entry).evidence.buffers.first_last_error, 1);
}

TEST(SuiteCase, SaysThatATolerantToleranceAcceptsACorruptedOutput) {
  Entry entry = triple(right);
  EXPECT_TRUE(run(entry).output.checker_can_fail);
  entry.tolerance({.absolute = 1e6});
  EXPECT_FALSE(run(entry).output.checker_can_fail);
}

TEST(SuiteCase, SaysThatThereIsNoReference) {
  Entry entry = triple(right);
  entry.reference_call = nullptr;
  const Outcome o = run(entry);
  EXPECT_FALSE(o.output.has_reference);
  EXPECT_EQ(o.output.calls_checked, 0);
}

TEST(SuiteCase, NamesItsReferenceEvenIfNoCallWasChecked) {
  const Outcome o = run(triple(right), 1, /*calls=*/1);
  EXPECT_TRUE(o.evidence.output.has_reference);
  EXPECT_EQ(o.evidence.output.calls_checked, 0);
  EXPECT_EQ(o.evidence.output.reference, "reference of entry 'triple'");
}

TEST(SuiteCase, PutsAnInoutBackBeforeEveryCall) {
  Entry entry("add");
  entry.inout("y", DType::kF64, {kSize})
      .reference([](Call& c) {
        for (double& y : c.data<double>("y")) y += 1;
      })
      .variant("plain", [](Call& c) {
        return [y = c.data<double>("y")] {
          for (double& each : y) each += 1;
        };
      });
  const Outcome o = run(entry);
  EXPECT_EQ(o.output.calls_wrong, 0) << o.output.worst_place;
  EXPECT_EQ(o.evidence.buffers.first_last_error, 0);
  EXPECT_THAT(o.evidence.buffers.not_restored, IsEmpty());
  EXPECT_EQ(o.why_not_repeat, "'y' is put back before every call");
  entry.variants[0].bind = [](Call&) { return [] {}; };
  EXPECT_TRUE(run(entry).evidence.buffers.outputs_untouched);
}

TEST(SuiteCase, ComparesIntegersExactly) {
  const std::int64_t large = (std::int64_t{1} << 62) + 1;
  Entry entry("hash");
  entry.out("h", DType::kI64, {2})
      .reference([=](Call& c) { c.data<std::int64_t>("h")[0] = c.data<std::int64_t>("h")[1] = large; })
      .variant("plain", [=](Call& c) {
        return [=, h = c.data<std::int64_t>("h")] {
          h[0] = large;
          h[1] = large - 1;
        };
      });
  const Outcome o = run(entry);
  EXPECT_EQ(o.output.calls_wrong, 3);
  EXPECT_THAT(o.output.worst_place,
              HasSubstr("h[0, 1]: expected 4611686018427387905, got 46116860184273879"));
}

TEST(SuiteCase, TakesAnAnswerInDoubleWithTheSizeOfItsTerms) {
  const auto sum = [](std::span<const float> x, float start) {
    for (const float each : x) start += each;
    return start;
  };
  Entry entry("sum");
  entry.in("x", DType::kF32, {kSize})
      .out("y", DType::kF32, {2})
      .reference([](const Call& c, bool) {
        double total = 0;
        for (const float each : c.data<float>("x")) total += static_cast<double>(each);
        return std::vector<Expected>{{{total, kUntouched}, {1.0, 0.0}}};
      })
      .tolerance({.n = kSize})
      .variant("plain",
               [=](Call& c) { return [=, &c] { c.data<float>("y")[0] = sum(c.data<float>("x"), 0); }; });
  EXPECT_EQ(run(entry).output.calls_wrong, 0);
  EXPECT_EQ(run(entry).evidence.numerics.outputs, 1);
  entry.variants[0].bind = [=](Call& c) {
    return [=, &c] { c.data<float>("y")[0] = sum(c.data<float>("x").subspan(1), 0); };
  };
  EXPECT_EQ(run(entry).output.calls_wrong, 3);
  entry.variants[0].bind = [=](Call& c) {
    return [=, &c] {
      c.data<float>("y")[0] = sum(c.data<float>("x"), 0);
      c.data<float>("y")[1] = 0;
    };
  };
  EXPECT_THAT(run(entry).output.worst_place, HasSubstr("y[0, 1]: written, expected untouched"));
}

TEST(SuiteCase, SaysWhatRanInsteadOfWhatWasAskedFor) {
  Entry entry = triple(right);
  entry.variants[0].bind = [](Call& c) {
    return [&c] {
      right(c.data<float>("x"), c.data<float>("y"));
      c.ran("eager");
    };
  };
  EXPECT_THAT(run(entry).evidence.choice.ran, ElementsAre("triple/eager"));
}

TEST(SuiteCase, MakesTheBuffersColdAndShowsIt) {
  Entry entry("copy");
  entry.in("x", DType::kF32, {1 << 16})
      .out("y", DType::kF32, {1 << 16})
      .caches({"warm", "cold"})
      .variant("plain", [](Call& c) {
        return [&c] { std::copy_n(c.data<float>("x").data(), 1 << 16, c.data<float>("y").data()); };
      });
  const Outcome o = run(entry);
  EXPECT_EQ(o.why_not_repeat, "the cache is made cold before every call");
  EXPECT_EQ(o.evidence.cache.regime, "cold");
  EXPECT_TRUE(o.evidence.cache.hot_ns && o.evidence.cache.cold_ns && o.evidence.cache.seen_ns);
}

TEST(SuiteCase, GivesEqualInputsForEqualSeeds) {
  const Outcome first = run(triple(right), 1), again = run(triple(right), 1), other = run(triple(right), 2);
  EXPECT_EQ(first.digests.inputs.size(), 64u);
  EXPECT_EQ(first.digests.inputs, again.digests.inputs);
  EXPECT_EQ(first.digests.outputs, again.digests.outputs);
  EXPECT_NE(first.digests.inputs, other.digests.inputs);
  EXPECT_NE(first.digests.outputs, other.digests.outputs);
}

TEST(SuiteCase, TellsTheShareOfConstantInputs) {
  Entry entry = triple(right);
  EXPECT_LT(run(entry).evidence.data.constant_share, 0.05);
  entry.in("zeros", DType::kI32, {3 * kSize}, Fill::kZeros);
  EXPECT_NEAR(*run(entry).evidence.data.constant_share, 0.75, 0.01);
  entry.declared[0].filler = [](std::span<std::byte> bytes, const Point&, std::uint64_t) {
    std::fill(bytes.begin(), bytes.end(), std::byte{1});
  };
  EXPECT_EQ(run(entry).evidence.data.constant_share, 1);
}

TEST(SuiteCase, PutsRandomNumbersInPlaceOfConstantOnesAndBack) {
  Entry entry = triple(right);
  entry.declared[0].fill = Fill::kZeros;
  const auto expansion = suite::expand(entry);
  ASSERT_TRUE(expansion);
  auto runner = make_suite_runner(expansion->cases[0], 1, nullptr);
  ASSERT_TRUE(runner);
  const auto is_zero = [&] {
    EXPECT_TRUE((*runner)->restore());
    EXPECT_TRUE((*runner)->call());
    const auto y = (*runner)->outputs()[0];
    return std::all_of(y.begin(), y.end(), [](std::byte b) { return b == std::byte{0}; });
  };
  EXPECT_TRUE(is_zero());
  EXPECT_TRUE((*runner)->use_random_inputs(true));
  EXPECT_FALSE(is_zero());
  EXPECT_TRUE((*runner)->use_random_inputs(false));
  measure::Evidence evidence;
  ASSERT_TRUE((*runner)->add_evidence(evidence));
  EXPECT_EQ(evidence.buffers.first_last_error, 0);
  EXPECT_THAT(evidence.buffers.modified_inputs, IsEmpty());
  EXPECT_TRUE(is_zero());

  entry.declared[0].fill = Fill::kNormal;
  auto varying = make_suite_runner(expansion->cases[0], 1, nullptr);
  ASSERT_TRUE(varying);
  EXPECT_FALSE((*varying)->use_random_inputs(true));
}

TEST(SuiteCase, KnowsAnEntryThatWritesNothing) {
  Entry entry("empty");
  entry.out("y", DType::kF32, {0}).variant("plain", [](Call&) { return [] {}; });
  const Outcome o = run(entry);
  EXPECT_TRUE(o.evidence.buffers.zero_size);
  EXPECT_FALSE(o.evidence.buffers.outputs_untouched);
}

TEST(SuiteCase, CallsWhatTheAuthorWantsBeforeEachCall) {
  int times = 0;
  Entry entry = triple(right);
  entry.before_each_call([&times](Call&) { ++times; });
  const Outcome o = run(entry);
  EXPECT_EQ(times, 7);  // once more when the cache is looked at
  EXPECT_EQ(o.why_not_repeat, "before_each_call has to come between calls");
}

TEST(SuiteCase, TurnsExceptionsOfItsMakingIntoErrors) {
  Entry bind = triple(right);
  bind.variants[0].bind = [](Call& c) -> std::function<void()> { return [&x = c.buffer("z")] { (void)x; }; };
  EXPECT_EQ(error_of(bind), "triple/plain: the variant threw while it was bound: no buffer 'z'");
  Entry nothing = triple(right);
  nothing.variants[0].bind = [](Call&) { return std::function<void()>(); };
  EXPECT_EQ(error_of(nothing), "triple/plain: the variant's bind gave no function to call");
  Entry filler = triple(right);
  filler.declared[0].filler = [](auto, const auto&, auto) { throw std::runtime_error("no file"); };
  EXPECT_EQ(error_of(filler), "triple/plain: filling the buffers failed: no file");
  Entry reference = triple(right);
  reference.reference([](Call&) { throw std::runtime_error("no answer"); });
  EXPECT_THAT(error_of(reference), HasSubstr("the reference threw: no answer"));
  Entry few = triple(right);
  few.reference_call = nullptr;
  few.reference([](const Call&, bool) { return std::vector<Expected>{{{1.0}, {}}}; });
  EXPECT_THAT(error_of(few), HasSubstr("gives 1 values and 0 sizes of terms for the 100 elements of 'y'"));
}

TEST(SuiteCase, RefusesBuffersThatDoNotFitIntoTheMachine) {
  Entry entry("huge");
  entry.in("x", DType::kU8, {std::int64_t{1} << 50}).variant("plain", [](Call&) { return [] {}; });
  EXPECT_THAT(error_of(entry), HasSubstr("do not fit into this machine's"));
}

}  // namespace
}  // namespace assay::programs
