// SPDX-License-Identifier: Apache-2.0
#include "programs/suite_case.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "base/text.h"
#include "programs/case_memory.h"
#include "programs/cuda_case.h"
#include "programs/input_data.h"
#include "suite/answer.h"
#include "suite/validate.h"
#include "values/dtype.h"

namespace assay::programs {
namespace {

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

class SuiteRunner final : public measure::Runner {
 public:
  SuiteRunner(const suite::EntryCase& wanted, SharedCaseData data, RanNames ran)
      : case_(wanted),
        data_(std::move(data)),
        specs_(data_->specs),
        before_(data_->before),
        answer_(data_->answer),
        ran_(std::move(ran)) {
    for (std::size_t i = 0; i < specs_.size(); ++i) {
      if (specs_[i].role == Role::kInOut) to_put_back_.push_back(i);
      if (specs_[i].role != Role::kIn) outputs_.push_back(i);
    }
    is_cold_ = case_.cache == "cold";
  }

  // `stream`: of a variant on a device.
  Result<void> bind(device::cuda::Stream stream) {
    if (case_.variant->device == Device::kCuda) {
      ASSAY_TRY(memory_, make_cuda_memory(specs_, before_, stream));
    } else {
      memory_ = make_host_memory(specs_, before_);
    }
    call_.emplace(case_.point, memory_->buffers(), stream);
    try {
      work_ = case_.variant->bind(*call_);
    } catch (const std::exception& error) {
      return fail(ErrorCode::kInvalidArgument, "{}: the variant threw while it was bound: {}",
                  case_.what.id(), error.what());
    }
    if (work_) return {};
    return fail(ErrorCode::kInvalidArgument, "{}: the variant's bind gave no function to call",
                case_.what.id());
  }

  Result<void> restore() override {
    note_last_call();
    for (const std::size_t i : to_put_back_) memory_->put_back(i);
    if (case_.entry->before_call) case_.entry->before_call(*call_);
    if (is_cold_) memory_->make_cold();
    return {};
  }

  Result<void> call() override {
    called_ = true;
    work_();
    return {};
  }

  void poison() override {
    for (const std::size_t i : outputs_) {
      if (specs_[i].role == Role::kOut) {
        memory_->poison(i);
      } else if (!case_.entry->before_call && !memory_->is_as_before(i)) {
        add_once(found_.not_restored, specs_[i].name);
      }
    }
    if (is_cold_) memory_->make_cold();
  }

  Result<void> check(measure::OutputEvidence& evidence) override {
    note_last_call();
    look_around_outputs();
    if (!outputs_.empty() && is_untouched()) found_.outputs_untouched = true;
    if (!answer_) return {};
    name_reference(evidence);
    evidence.calls_checked += 1;
    compare_outputs(evidence);
    return {};
  }

  std::string why_not_repeat() const override {
    if (is_cold_) return "the cache is made cold before every call";
    if (case_.entry->before_call) return "before_each_call has to come between calls";
    if (!to_put_back_.empty())
      return fmt::format("'{}' is put back before every call", specs_[to_put_back_.front()].name);
    return "";
  }

  std::vector<std::span<const std::byte>> outputs() const override {
    std::vector<std::span<const std::byte>> all;
    if (!memory_->is_visible()) return all;
    for (const std::size_t i : outputs_) all.emplace_back(memory_->buffers()[i].bytes);
    return all;
  }

  bool use_random_inputs(bool random) override {
    note_last_call();
    const std::vector<std::size_t>& constant = data_->constant;
    for (const std::size_t i : constant) {
      if (random) {
        BufferSpec spec = specs_[i];
        spec.fill = Fill::kNormal;
        spec.filler = nullptr;
        std::vector<std::byte> content(before_[i].size());
        suite::fill(spec, case_.point, i, content);
        memory_->overwrite(i, content);
      } else {
        memory_->put_back(i);
      }
    }
    outputs_are_of_random_inputs_ = !constant.empty();
    return !constant.empty();
  }

  Result<void> add_evidence(measure::Evidence& evidence) override {
    if (outputs_are_of_random_inputs_) {
      ASSAY_TRY_VOID(restore());
      ASSAY_TRY_VOID(call());
    }
    note_last_call();
    look_around_outputs();
    compare_first_with_last();
    digests_ = {data_->input_digest, digest_of_all_outputs()};
    found_.zero_size =
        std::all_of(outputs_.begin(), outputs_.end(), [&](std::size_t i) { return before_[i].empty(); });
    if (answer_) name_reference(evidence.output);  // also where no call was checked in the time there was
    evidence.buffers = found_;
    evidence.choice.asked = case_.variant->name;
    evidence.choice.ran = all_ran_;
    evidence.data.constant_share = data_->constant_share;
    evidence.numerics = numerics_;
    evidence.numerics.accumulation = case_.variant->accumulation;
    evidence.cache.regime = case_.cache;
    return memory_->probe(evidence.cache, [&] { return restore(); });
  }

  measure::Digests digests() override { return digests_; }

 private:
  void name_reference(measure::OutputEvidence& evidence) const {
    evidence.has_reference = true;
    evidence.reference = fmt::format("reference of entry '{}'", case_.entry->name);
  }

  // What the call before this moment said and left; before anything is put back.
  void note_last_call() {
    if (!called_) return;
    called_ = false;
    if (all_ran_.empty() || call_->what_ran() != last_ran_) {
      last_ran_ = call_->what_ran();
      add_once(all_ran_, full_name(last_ran_));
      if (ran_) add_once(*ran_, full_name(last_ran_));
    }
    if (!first_outputs_.empty() || outputs_.empty()) return;
    for (const std::size_t i : outputs_) {
      memory_->keep(i);
      first_outputs_.push_back(memory_->fingerprint(i));
    }
    look_around_outputs();
  }

  // A call that says nothing ran what was asked for; one that says "plain" means "saxpy/plain".
  [[nodiscard]] std::string full_name(std::string_view ran) const {
    if (ran.empty()) return case_.variant->name;
    if (ran.find('/') != std::string_view::npos) return std::string(ran);
    return case_.entry->name + "/" + std::string(ran);
  }

  void look_around_outputs() {
    for (std::size_t i = 0; i < specs_.size(); ++i) {
      if (memory_->is_guard_broken(i)) add_once(found_.broken_guards, specs_[i].name);
      if (specs_[i].role != Role::kIn || memory_->is_as_before(i)) continue;
      add_once(found_.modified_inputs, specs_[i].name);
      if (std::find(to_put_back_.begin(), to_put_back_.end(), i) == to_put_back_.end())
        to_put_back_.push_back(i);
    }
  }

  // Every output is as it was before the call, and should not be.
  [[nodiscard]] bool is_untouched() const {
    bool should_change = false;
    std::size_t output = 0;
    for (const std::size_t i : outputs_) {
      const bool is_out = specs_[i].role == Role::kOut;
      if (is_out ? !memory_->is_poisoned(i) : !memory_->is_as_before(i)) return false;
      if (before_[i].empty()) {
        ++output;
        continue;
      }
      should_change =
          should_change || !answer_ ||
          suite::compare_output(specs_[i], memory_->content(i), before_[i], *answer_, output).worst > 1;
      ++output;
    }
    return should_change;
  }

  void compare_outputs(measure::OutputEvidence& evidence) {
    double squared_error = 0, squared_expected = 0, worst = 0;
    std::string place;
    std::int64_t elements = 0;
    for (std::size_t k = 0; k < outputs_.size(); ++k) {
      const std::size_t i = outputs_[k];
      const suite::Comparison& c = compared(i, k);
      squared_error += c.squared_error;
      squared_expected += c.squared_expected;
      elements += c.elements;
      if (c.worst > worst) place = c.place;
      worst = std::max(worst, c.worst);
    }
    numerics_.outputs = elements;
    if (squared_expected > 0) numerics_.rms_error = std::sqrt(squared_error / squared_expected);
    evidence.calls_wrong += worst > 1 ? 1 : 0;
    if (worst > evidence.worst_error) {
      evidence.worst_error = worst;
      evidence.worst_place = place;
    }
    // A checker that refused an output can fail; one that accepted it has to refuse a corrupted copy.
    if (!data_->checker_can_fail) data_->checker_can_fail = worst > 1 || refuses_corrupted_outputs();
    evidence.checker_can_fail = data_->checker_can_fail;
  }

  // Output number k, buffer i, against the answer. What was compared before is not compared again.
  const suite::Comparison& compared(std::size_t i, std::size_t k) {
    Compared& last = last_compared_[i];
    const auto fingerprint = memory_->fingerprint(i);
    if (fingerprint && fingerprint == last.fingerprint) return last.result;
    last = {fingerprint, suite::compare_output(specs_[i], memory_->content(i), before_[i], *answer_, k)};
    return last.result;
  }

  [[nodiscard]] bool refuses_corrupted_outputs() {
    for (std::size_t k = 0; k < outputs_.size(); ++k) {
      const std::size_t i = outputs_[k];
      const std::span<const std::byte> bytes = memory_->content(i);
      if (bytes.empty()) continue;
      std::vector<std::byte> corrupted(bytes.begin(), bytes.end());
      suite::corrupt(specs_[i], corrupted, answer_->outputs[k].at);
      if (suite::compare_output(specs_[i], corrupted, before_[i], *answer_, k).worst <= 1) return false;
    }
    return true;
  }

  void compare_first_with_last() {
    for (std::size_t k = 0; k < first_outputs_.size(); ++k) {
      const std::size_t i = outputs_[k];
      found_.first_last_error = found_.first_last_error.value_or(0);
      if (first_outputs_[k] && first_outputs_[k] == memory_->fingerprint(i)) continue;
      const std::span<const std::byte> first = memory_->kept(i), last = memory_->content(i);
      if (std::equal(last.begin(), last.end(), first.begin(), first.end())) continue;
      const suite::Comparison c =
          suite::compare_contents(specs_[i], first, last, answer_ ? &*answer_ : nullptr, k);
      if (c.worst > *found_.first_last_error) {
        found_.first_last_error = c.worst;
        found_.first_last_place = c.place;
      }
    }
  }

  // Of a device's memory, its own fingerprints.
  [[nodiscard]] std::string digest_of_all_outputs() {
    if (memory_->is_visible()) return digest_of_outputs(memory_->buffers());
    std::string text;
    for (const std::size_t i : outputs_) text += fmt::format("{:016x}", memory_->fingerprint(i).value_or(0));
    return text;
  }

  suite::EntryCase case_;
  SharedCaseData data_;
  const std::vector<BufferSpec>& specs_;
  const suite::Contents& before_;
  const std::optional<suite::Answer>& answer_;
  std::unique_ptr<CaseMemory> memory_;
  std::optional<Call> call_;
  RanNames ran_;
  std::function<void()> work_;
  bool is_cold_ = false;
  bool outputs_are_of_random_inputs_ = false;
  bool called_ = false;                   // since note_last_call()
  std::vector<std::size_t> outputs_;      // indices of out and inout buffers
  std::vector<std::size_t> to_put_back_;  // of inout buffers, and of inputs that a call changed
  std::vector<std::optional<std::uint64_t>> first_outputs_;  // of the very first call, kept by memory_
  std::string last_ran_;
  std::vector<std::string> all_ran_;
  struct Compared {
    std::optional<std::uint64_t> fingerprint;
    suite::Comparison result;
  };
  std::map<std::size_t, Compared> last_compared_;
  measure::BufferEvidence found_;
  measure::NumericsEvidence numerics_;
  measure::Digests digests_;
};

// Inputs are there three times: the buffer, what it held at first, and once more while the reference runs.
Result<void> check_memory(const suite::EntryCase& wanted, const std::vector<BufferSpec>& specs) {
  std::int64_t bytes = 0;
  for (const BufferSpec& spec : specs) bytes += values::row_bytes(spec.dtype, spec.cols) * spec.rows;
  const auto machine =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  if (3 * static_cast<double>(bytes) <= machine) return {};
  return fail(
      ErrorCode::kUnavailable,
      "{}: buffers of {}, needed three times, do not fit into this machine's {}; choose smaller values",
      wanted.what.id(), format_bytes(static_cast<double>(bytes)), format_bytes(machine));
}

Result<SharedCaseData> make_data(const suite::EntryCase& wanted, std::uint64_t seed, std::string key) {
  auto data = std::make_shared<CaseData>();
  data->key = std::move(key);
  try {
    data->specs = wanted.entry->buffers_at(wanted.point);
    ASSAY_TRY_VOID(check_memory(wanted, data->specs));
    data->before = suite::contents_before(*wanted.entry, wanted.point, data->specs, seed);
  } catch (const std::exception& error) {
    return fail(ErrorCode::kInvalidArgument, "{}: filling the buffers failed: {}", wanted.what.id(),
                error.what());
  }
  ASSAY_TRY(data->answer, suite::answer_of(*wanted.entry, wanted.point, data->specs, data->before));
  data->input_digest = digest_of_inputs(data->specs, data->before);
  data->constant_share = constant_share(data->specs, data->before);
  data->constant = constant_numbers(data->specs, data->before);
  return SharedCaseData(std::move(data));
}

}  // namespace

Result<std::unique_ptr<measure::Runner>> make_suite_runner(const suite::EntryCase& wanted, std::uint64_t seed,
                                                           RanNames ran, SharedCaseData* last) {
  std::string key = fmt::format("{} {} {}", wanted.entry->name, suite::to_string(wanted.point), seed);
  SharedCaseData data = last != nullptr && *last && (*last)->key == key ? *last : nullptr;
  if (!data) {
    if (last != nullptr) last->reset();  // not two large ones at once
    ASSAY_TRY(data, make_data(wanted, seed, std::move(key)));
    if (last != nullptr) *last = data;
  }
  auto runner = std::make_unique<SuiteRunner>(wanted, std::move(data), std::move(ran));
  if (wanted.variant->device == Device::kCpu) {
    ASSAY_TRY_VOID(runner->bind(nullptr));
    return runner;
  }
  return make_cuda_runner(wanted,
                          [&](device::cuda::Stream stream) -> Result<std::unique_ptr<measure::Runner>> {
                            ASSAY_TRY_VOID(runner->bind(stream));
                            return std::move(runner);
                          });
}

}  // namespace assay::programs
