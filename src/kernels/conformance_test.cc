// SPDX-License-Identifier: Apache-2.0
// Every variant of every kernel at every one of its corners, and proofs that the program notices each kind of
// fault.
#include "kernels/conformance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "kernels/entry.h"
#include "kernels/kernel_list.h"
#include "suite/answer.h"
#include "suite/expand.h"
#include "suite/validate.h"
#include "values/blocks.h"
#include "values/dtype.h"

namespace assay::kernels {
namespace {

struct VariantOfEntry {
  const Entry* entry;
  const assay::Variant* variant;
};

std::vector<VariantOfEntry> all_variants() {
  std::vector<VariantOfEntry> all;
  for (const Entry& entry : all_kernels().entries) {
    for (const assay::Variant& variant : entry.variants) all.push_back({&entry, &variant});
  }
  return all;
}

std::vector<const Point*> corners_of(const VariantOfEntry& subject) {
  std::vector<const Point*> taken;
  for (const Point& point : subject.entry->corners) {
    if (!subject.variant->takes || subject.variant->takes(point)) taken.push_back(&point);
  }
  return taken;
}

std::string test_name(const ::testing::TestParamInfo<VariantOfEntry>& info) {
  std::string name = info.param.entry->name + "_by_" + info.param.variant->name;
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

class EveryVariant : public ::testing::TestWithParam<VariantOfEntry> {};
INSTANTIATE_TEST_SUITE_P(Kernels, EveryVariant, ::testing::ValuesIn(all_variants()), test_name);

TEST_P(EveryVariant, Conforms) {
  const auto& [entry, variant] = GetParam();
  if (const std::string reason = variant->unavailable(); !reason.empty()) {
    if (variant->device == Device::kCuda && std::getenv("ASSAY_REQUIRE_GPU") != nullptr) FAIL() << reason;
    GTEST_SKIP() << reason;
  }
  const std::vector<const Point*> corners = corners_of(GetParam());
  for (const Point* point : corners) {
    for (const std::string& fault : conformance_faults(*entry, *variant, *point)) ADD_FAILURE() << fault;
  }
  EXPECT_FALSE(corners.empty()) << variant->name << " takes none of the corners";
}

// A corner that is lost by accident is a test that is lost.
TEST(AllKernels, AreCheckedAtAllTheirCorners) {
  std::size_t checks = 0;
  for (const VariantOfEntry& subject : all_variants())
    if (subject.variant->device == Device::kCpu) checks += corners_of(subject).size();
  EXPECT_EQ(checks, 1887u);
}

TEST(AllKernels, AreValidAndUniqueAtEveryPointAndCorner) {
  const auto expanded = suite::expand(all_kernels());
  ASSERT_TRUE(expanded) << expanded.error().message;
  const Suite every("every", define);
  for (const Entry& entry : every.entries) {
    for (const auto* list : {&entry.points, &entry.corners}) {
      std::vector<std::string> names;
      for (const Point& point : *list) {
        names.push_back(suite::to_string(point));
        const auto valid = suite::validate_at(entry, point);
        EXPECT_TRUE(valid) << valid.error().message;
      }
      std::sort(names.begin(), names.end());
      const auto twice = std::adjacent_find(names.begin(), names.end());
      EXPECT_EQ(twice, names.end()) << entry.name << " " << *twice;
      EXPECT_FALSE(names.empty()) << entry.name;
    }
    EXPECT_TRUE(entry.expected && entry.work_at && entry.tolerance_at) << entry.name;
  }
}

// What a perfect implementation would write: the expected values, rounded to the output's type.
std::vector<std::byte> written(const BufferSpec& spec, const Expected& expected,
                               const std::vector<std::byte>& before) {
  std::vector<std::byte> bytes = before;
  const auto size = static_cast<std::size_t>(values::info(spec.dtype).block_bytes);
  if (!expected.at.empty()) std::fill(bytes.begin(), bytes.end(), std::byte{0});
  for (std::size_t k = 0; k < expected.values.size(); ++k) {
    if (std::isnan(expected.values[k])) continue;
    const std::size_t i = expected.at.empty() ? k : static_cast<std::size_t>(expected.at[k]);
    std::byte* at = bytes.data() + i * size;
    if (values::is_weight_type(spec.dtype)) {
      const float value = static_cast<float>(expected.values[k]);
      values::encode_row(spec.dtype, {&value, 1}, {at, size});
    } else {
      const auto value = static_cast<std::int64_t>(expected.values[k]);
      std::memcpy(at, &value, size);
    }
  }
  return bytes;
}

// On the CPU, for entries whose variants may all be for another machine: an exact answer passes, and the same
// without the last term of its sums does not. Large corners say no more about a tolerance than small ones.
constexpr std::int64_t kLargest_bytes = 1 << 18;

std::vector<std::string> cuda_entries() {
  std::vector<std::string> names;
  for (const Entry& entry : Suite("every", define).entries)
    if (entry.name.ends_with(".cuda")) names.push_back(entry.name);
  return names;
}

std::string name_of_entry(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

class EveryCudaEntry : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Kernels, EveryCudaEntry, ::testing::ValuesIn(cuda_entries()), name_of_entry);

void expect_sharp_tolerance(const Entry& entry, const Point& point, const std::vector<BufferSpec>& specs) {
  const auto before = suite::contents_before(entry, point, specs, 0);
  const auto right = suite::answer_of(entry, point, specs, before, false);
  const auto cut = suite::answer_of(entry, point, specs, before, true);
  ASSERT_TRUE(right && *right && cut && *cut) << entry.name;
  const std::string place = entry.name + " at " + suite::to_string(point);
  double without = 0;
  bool has_other_answer = false;
  std::size_t output = 0;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (specs[i].role == Role::kIn) continue;
    const Expected& expected = (*right)->outputs[output];
    const auto bytes = written(specs[i], expected, before[i]);
    has_other_answer = has_other_answer || expected.values != (*cut)->outputs[output].values;
    const auto with = suite::compare_output(specs[i], bytes, before[i], **right, output);
    const bool has_gaps =
        std::any_of(expected.values.begin(), expected.values.end(), [](double v) { return std::isnan(v); });
    if (!has_gaps) {
      EXPECT_LE(with.worst, 1) << place << ": " << with.place;
    }
    without = std::max(without, suite::compare_output(specs[i], bytes, before[i], **cut, output).worst);
    ++output;
  }
  if (has_other_answer) {
    EXPECT_GT(without, 1) << place << " takes an answer without its last term";
  }
}

TEST_P(EveryCudaEntry, HasAReferenceThatNoticesAMissingTerm) {
  const Suite every("every", define);
  const auto entry = std::find_if(every.entries.begin(), every.entries.end(),
                                  [](const Entry& one) { return one.name == GetParam(); });
  int checked = 0;
  for (const Point& point : entry->corners) {
    const auto specs = entry->buffers_at(point);
    std::int64_t bytes = 0;
    for (const BufferSpec& spec : specs) bytes += values::row_bytes(spec.dtype, spec.cols) * spec.rows;
    if (bytes > kLargest_bytes) continue;
    ++checked;
    expect_sharp_tolerance(*entry, point, specs);
  }
  EXPECT_GE(checked, 4);
}

// A small kernel (sum of each row) with one fault at a time.
using RowSums = void (*)(const float* x, std::int64_t rows, std::int64_t cols, float* y);

Entry row_sums(RowSums run, const char* ran = "row_sums/plain") {
  Entry entry("row_sums");
  entry.in("x", DType::kF32, {3, 50})
      .out("y", DType::kF32, {3})
      .tolerance({.n = 50})
      .variant("plain",
               [=](Call& c) {
                 return [=, &c] {
                   run(c.data<float>("x").data(), 3, 50, c.data<float>("y").data());
                   c.ran(ran);
                 };
               })
      .reference([](const Call& c, bool omit_last_term) {
        Expected y;
        for (std::size_t r = 0; r < 3; ++r) {
          double sum = 0;
          for (std::size_t k = 0; k < (omit_last_term ? 49 : 50); ++k)
            sum += static_cast<double>(c.data<float>("x")[r * 50 + k]);
          y.values.push_back(sum);
          y.term_rms.push_back(1);
        }
        return std::vector{y};
      });
  return entry;
}

void right(const float* x, std::int64_t rows, std::int64_t cols, float* y) {
  for (std::int64_t r = 0; r < rows; ++r) {
    y[r] = 0;
    for (std::int64_t k = 0; k < cols; ++k) y[r] += x[r * cols + k];
  }
}

std::string first_fault(const Entry& entry) {
  const auto faults = conformance_faults(entry, entry.variants[0], Point());
  return faults.empty() ? "" : faults[0];
}

TEST(Conformance, AcceptsARightKernel) { EXPECT_EQ(first_fault(row_sums(right)), ""); }

TEST(Conformance, NoticesAMissingTerm) {
  EXPECT_NE(first_fault(row_sums([](const float* x, std::int64_t rows, std::int64_t cols, float* y) {
              right(x, rows, cols, y);
              y[2] -= x[3 * cols - 1];
            })).find("y[0, 2]: expected"),
            std::string::npos);
}

TEST(Conformance, NoticesAnOutputNeverWritten) {
  EXPECT_NE(first_fault(row_sums([](const float* x, std::int64_t rows, std::int64_t cols, float* y) {
              right(x, rows - 1, cols, y);
            })).find("never written"),
            std::string::npos);
}

TEST(Conformance, NoticesAWriteIntoTheGuardBand) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "AddressSanitizer stops the program first";
#endif
  EXPECT_NE(first_fault(row_sums([](const float* x, std::int64_t rows, std::int64_t cols, float* y) {
              right(x, rows, cols, y);
              y[3] = 0;
            })).find("outside the buffer"),
            std::string::npos);
}

TEST(Conformance, NoticesAChangedInput) {
  EXPECT_NE(first_fault(row_sums([](const float* x, std::int64_t rows, std::int64_t cols, float* y) {
              right(x, rows, cols, y);
              const_cast<float*>(x)[7] += 1;
            })).find("input was changed"),
            std::string::npos);
}

TEST(Conformance, NoticesThatTwoRunsDiffer) {
  static bool again = false;
  EXPECT_NE(first_fault(row_sums([](const float* x, std::int64_t rows, std::int64_t cols, float* y) {
              right(x, rows, cols, y);
              y[0] = std::nextafter(y[0], again ? 1e9f : -1e9f);
              again = !again;
            })).find("two runs differ"),
            std::string::npos);
}

TEST(Conformance, NoticesThatAnotherVariantRan) {
  EXPECT_NE(first_fault(row_sums(right, "row_sums/other")).find("row_sums/other ran"), std::string::npos);
}

TEST(Conformance, NoticesATolerantToleranceByLeavingOutTheLastTerm) {
  Entry entry = row_sums(right);
  entry.tolerance({.eps_acc = 10, .n = 50});
  EXPECT_NE(first_fault(entry).find("does not notice"), std::string::npos);
}

}  // namespace
}  // namespace assay::kernels
