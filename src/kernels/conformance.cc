// SPDX-License-Identifier: Apache-2.0
#include "kernels/conformance.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "device/cuda/stream.h"
#include "suite/answer.h"
#include "suite/device_buffers.h"
#include "suite/guarded_buffers.h"
#include "suite/validate.h"
#include "values/dtype.h"

namespace assay::kernels {
namespace {

// Whether some output has another value without the last terms: there are outputs, and they are sums.
bool differs(const suite::Answer& right, const suite::Answer& short_of_a_term) {
  for (std::size_t output = 0; output < right.outputs.size(); ++output) {
    const std::vector<double>& with = right.outputs[output].values;
    const std::vector<double>& without = short_of_a_term.outputs[output].values;
    for (std::size_t i = 0; i < with.size(); ++i) {
      if (!std::isnan(with[i]) && with[i] != without[i]) return true;
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

struct Outcome {
  std::string ran;                        // the name of what ran
  std::vector<std::string> wrote_beside;  // names of buffers beside which something was written
};

std::string name_of_what_ran(const Subject& subject, const Call& call) {
  return call.what_ran().empty() ? subject.variant.name : std::string(call.what_ran());
}

Outcome run_on_cpu(const Subject& subject, suite::GuardedBuffers& buffers) {
  Call call(subject.point, buffers.buffers());
  buffers.close_guards();
  subject.variant.bind(call)();
  buffers.open_guards();
  Outcome outcome{name_of_what_ran(subject, call), {}};
  for (std::size_t i = 0; i < subject.specs.size(); ++i)
    if (buffers.is_guard_broken(i)) outcome.wrote_beside.push_back(subject.specs[i].name);
  return outcome;
}

// Leaves what the device's buffers hold in `buffers`.
Outcome run_on_cuda(const Subject& subject, suite::GuardedBuffers& buffers, std::size_t shift) {
  const auto stream = device::cuda::OwnedStream::make();
  if (!stream) throw suite::DeviceFailure(stream.error().message);
  const auto on_device = suite::DeviceBuffers::make(subject.specs, subject.before, stream->get(), shift);
  if (!on_device) throw suite::DeviceFailure(on_device.error().message);
  Call call(subject.point, on_device->buffers(), stream->get());
  const std::function<void()> work = subject.variant.bind(call);
  work();
  if (const auto waited = stream->wait(); !waited) throw suite::DeviceFailure(waited.error().message);
  Outcome outcome{name_of_what_ran(subject, call), {}};
  for (std::size_t i = 0; i < subject.specs.size(); ++i) {
    const std::vector<std::byte> content = on_device->content(i);
    std::copy(content.begin(), content.end(), buffers.buffers()[i].bytes.begin());
    if (on_device->is_guard_broken(i)) outcome.wrote_beside.push_back(subject.specs[i].name);
  }
  return outcome;
}

Outcome run(const Subject& subject, suite::GuardedBuffers& buffers, std::size_t shift) {
  return subject.variant.device == Device::kCuda ? run_on_cuda(subject, buffers, shift)
                                                 : run_on_cpu(subject, buffers);
}

// Whether buffers may begin so many elements off their natural place.
bool takes_shift(const Subject& subject, std::size_t shift) {
  if (subject.variant.alignment_bytes == 0) return true;
  return std::all_of(subject.specs.begin(), subject.specs.end(), [&](const BufferSpec& spec) {
    const values::DTypeInfo& type = values::info(spec.dtype);
    const auto bytes = static_cast<std::int64_t>(shift) * (type.is_quantised ? 2 : type.block_bytes);
    return bytes % subject.variant.alignment_bytes == 0;
  });
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
  const Outcome outcome = run(subject, buffers, shift);
  if (auto wrong = suite::first_wrong_output(buffers, answers.right); !wrong.empty())
    faults.push_back(std::move(wrong));
  if (outcome.ran != subject.variant.name)
    faults.push_back(fmt::format("asked for {}, {} ran", subject.variant.name, outcome.ran));
  for (const std::string& name : outcome.wrote_beside)
    faults.push_back(fmt::format("{}: wrote outside the buffer", name));
  for (std::size_t i = 0; i < subject.specs.size(); ++i) {
    const BufferSpec& spec = subject.specs[i];
    if (spec.role == Role::kIn && !buffers.is_as_before(i))
      faults.push_back(fmt::format("{}: an input was changed", spec.name));
  }
  if (faults.empty() && differs(answers.right, answers.short_of_a_term) &&
      suite::first_wrong_output(buffers, answers.short_of_a_term).empty())
    faults.emplace_back("the tolerance does not notice that the last term is left out");
  run(subject, again, shift);
  if (!same_bits(buffers.buffers(), again.buffers())) faults.emplace_back("two runs differ in their bits");
  return faults;
}

}  // namespace

std::vector<std::string> conformance_faults(const Entry& entry, const assay::Variant& variant,
                                            const Point& point, std::uint64_t seed) {
  Subject subject{entry, variant, point, entry.buffers_at(point), {}};
  subject.before = suite::contents_before(entry, point, subject.specs, seed);
  const Answers answers{answer(subject, false), answer(subject, true)};
  std::vector<std::string> all;
  for (const std::size_t shift : {0, 1, 3}) {
    if (!takes_shift(subject, shift)) continue;
    for (const std::string& fault : faults_at(subject, answers, shift))
      all.push_back(
          fmt::format("{} at {} ({} elements off): {}", variant.name, suite::to_string(point), shift, fault));
  }
  return all;
}

}  // namespace assay::kernels
