// SPDX-License-Identifier: Apache-2.0
#include "kernels/conformance.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "suite/answer.h"
#include "suite/guarded_buffers.h"
#include "suite/validate.h"

namespace assay::kernels {
namespace {

constexpr std::uint64_t kSeed = 0;

bool has_outputs(const suite::Answer& answer) {
  for (const Expected& e : answer.outputs) {
    for (const double value : e.values) {
      if (!std::isnan(value)) return true;
    }
  }
  return false;
}

bool same_bits(Buffers a, Buffers b) {
  return std::equal(a.begin(), a.end(), b.begin(), [](const Buffer& x, const Buffer& y) {
    return std::equal(x.bytes.begin(), x.bytes.end(), y.bytes.begin(), y.bytes.end());
  });
}

// What the outputs should be, and what they would be without their last terms.
struct Answers {
  suite::Answer right;
  suite::Answer short_of_a_term;
};

struct Subject {
  const Entry& entry;
  const assay::Variant& variant;
  const Point& point;
  std::vector<BufferSpec> specs;
  suite::Contents before;
};

// The name of what ran.
std::string run(const Subject& subject, suite::GuardedBuffers& buffers) {
  Call call(subject.point, buffers.buffers());
  buffers.close_guards();
  subject.variant.bind(call)();
  buffers.open_guards();
  return call.what_ran().empty() ? subject.variant.name : std::string(call.what_ran());
}

suite::Answer answer(const Subject& subject, bool omit_last_term) {
  const auto made =
      suite::answer_of(subject.entry, subject.point, subject.specs, subject.before, omit_last_term);
  ASSAY_CHECK(made.has_value(), "{}", made.error().message);
  ASSAY_CHECK(made->has_value(), "entry '{}' has no reference", subject.entry.name);
  return **made;
}

std::vector<std::string> faults_at(const Subject& subject, const Answers& answers, std::size_t shift) {
  suite::GuardedBuffers buffers(subject.specs, subject.before, shift);
  suite::GuardedBuffers again(subject.specs, subject.before, shift);
  std::vector<std::string> faults;
  const std::string ran = run(subject, buffers);
  if (auto wrong = suite::first_wrong_output(buffers, answers.right); !wrong.empty())
    faults.push_back(std::move(wrong));
  if (ran != subject.variant.name)
    faults.push_back(fmt::format("asked for {}, {} ran", subject.variant.name, ran));
  for (std::size_t i = 0; i < subject.specs.size(); ++i) {
    const BufferSpec& spec = subject.specs[i];
    if (buffers.is_guard_broken(i)) faults.push_back(fmt::format("{}: wrote outside the buffer", spec.name));
    if (spec.role == Role::kIn && !buffers.is_as_before(i))
      faults.push_back(fmt::format("{}: an input was changed", spec.name));
  }
  if (faults.empty() && has_outputs(answers.right) &&
      suite::first_wrong_output(buffers, answers.short_of_a_term).empty())
    faults.emplace_back("the tolerance does not notice that the last term is left out");
  run(subject, again);
  if (!same_bits(buffers.buffers(), again.buffers())) faults.emplace_back("two runs differ in their bits");
  return faults;
}

}  // namespace

std::vector<std::string> conformance_faults(const Entry& entry, const assay::Variant& variant,
                                            const Point& point) {
  Subject subject{entry, variant, point, entry.buffers_at(point), {}};
  subject.before = suite::contents_before(entry, point, subject.specs, kSeed);
  const Answers answers{answer(subject, false), answer(subject, true)};
  std::vector<std::string> all;
  for (const std::size_t shift : {0, 1, 3}) {
    for (const std::string& fault : faults_at(subject, answers, shift))
      all.push_back(
          fmt::format("{} at {} ({} elements off): {}", variant.name, suite::to_string(point), shift, fault));
  }
  return all;
}

}  // namespace assay::kernels
