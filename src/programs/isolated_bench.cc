// SPDX-License-Identifier: Apache-2.0
#include "programs/isolated_bench.h"

#include <cstdio>

#include "base/check.h"
#include "base/text.h"
#include "programs/axis_effect.h"
#include "record/encode.h"
#include "record/reader.h"

namespace assay::programs {
namespace {

constexpr const char* kDescribe = "describe";

// What a worker is asked for, as text.
struct Question {
  std::size_t index = 0;
  std::int64_t budget_ns = 0;
  double target_half_width = 0;
  std::uint64_t seed = 0;
};

std::string pack(const Question& question) {
  return fmt::format("{} {} {} {}", question.index, question.budget_ns, question.target_half_width,
                     question.seed);
}

Question unpack_question(std::string_view text) {
  const auto parts = split(text, ' ');
  ASSAY_CHECK(parts.size() == 4, "question '{}'", text);
  return {std::stoull(std::string(parts[0])), std::stoll(std::string(parts[1])),
          std::stod(std::string(parts[2])), std::stoull(std::string(parts[3]))};
}

// A line for the phase, so that a worker that dies is known to have died in it, and one for the calls.
std::string pack(std::string_view phase, const measure::Progress& calls) {
  return fmt::format("{}\n{} {} {} {} {}", phase, calls.warming_up ? 1 : 0, calls.calls, calls.spent_ns,
                     calls.budget_ns, calls.half_width.value_or(-1));
}

CaseProgress unpack_progress(std::string_view text) {
  CaseProgress progress{text.substr(0, text.find('\n')), {}};
  const std::string numbers(text.substr(std::min(text.size(), progress.phase.size() + 1)));
  int warming_up = 0;
  long long calls = 0, spent_ns = 0, budget_ns = 0;
  double half_width = -1;
  if (std::sscanf(numbers.c_str(), "%d %lld %lld %lld %lf", &warming_up, &calls, &spent_ns, &budget_ns,
                  &half_width) == 5) {
    progress.calls.warming_up = warming_up != 0;
    progress.calls.calls = calls;
    progress.calls.spent_ns = spent_ns;
    progress.calls.budget_ns = budget_ns;
    if (half_width >= 0) progress.calls.half_width = half_width;
  }
  return progress;
}

// Lives in the worker.
class BenchService {
 public:
  BenchService(IsolatedBench::Open open, Clock& clock)
      : open_(std::move(open)), clock_(clock), surroundings_(make_surroundings(clock)) {}

  Result<std::string> answer(std::string_view text, WorkerChannel& channel) {
    if (!program_) {
      channel.progress("opening");
      ASSAY_TRY(program_, open_());
    }
    if (text == kDescribe) return pack(describe(*program_));
    const Question question = unpack_question(text);
    std::string phase;
    BenchOptions options;
    options.budget_ns = question.budget_ns;
    options.target_half_width = question.target_half_width;
    options.seed = question.seed;
    options.stop = &WorkerChannel::stop();
    options.phase = [&](std::string_view entered) {
      phase = entered;
      channel.progress(pack(phase, {}));
    };
    options.progress = [&](const measure::Progress& calls) {
      channel.progress(pack(calls.warming_up ? "warm-up" : phase, calls));
    };
    ASSAY_TRY(const auto measured,
              measure_case(*program_, program_->cases().at(question.index), clock_, *surroundings_, options));
    return record::encode_measurement(measured);
  }

 private:
  IsolatedBench::Open open_;
  Clock& clock_;
  std::unique_ptr<Surroundings> surroundings_;
  std::unique_ptr<Program> program_;
};

}  // namespace

IsolatedBench::IsolatedBench(Open open, Lifetime lifetime, Clock& clock)
    : open_(std::move(open)), lifetime_(lifetime), clock_(&clock) {}

Result<IsolatedBench> IsolatedBench::open(Open open, Lifetime lifetime, Clock& clock) {
  IsolatedBench bench(std::move(open), lifetime, clock);
  ASSAY_TRY_VOID(bench.start_worker({}));
  const Answer answer = bench.worker_->ask(kDescribe, {});
  if (answer.error) return tl::unexpected(*answer.error);
  if (!answer.text) {
    const std::string how = answer.timed_out_after_s
                                ? fmt::format("it said nothing for {:.0f} s", *answer.timed_out_after_s)
                                : answer.failure;
    return fail(ErrorCode::kUnavailable, "opening what is to be measured ended its worker process: {}", how);
  }
  ASSAY_TRY(bench.description_, unpack_description(*answer.text));
  if (lifetime == Lifetime::kOneCase) bench.worker_.reset();
  return bench;
}

Result<void> IsolatedBench::start_worker(const std::vector<int>& private_files) {
  // The service is made in the child: the first answer opens the program there.
  const auto service = std::make_shared<BenchService>(open_, *clock_);
  ASSAY_TRY(worker_,
            Worker::start([service](std::string_view question,
                                    WorkerChannel& channel) { return service->answer(question, channel); },
                          *clock_, {.private_files = private_files}));
  return {};
}

Result<CaseOutcome> IsolatedBench::measure(std::size_t index, const measure::Limits& limits,
                                           const IsolatedOptions& options) {
  if (!worker_ || !worker_->alive()) ASSAY_TRY_VOID(start_worker(options.private_files));
  Watchdog watchdog;
  watchdog.longest_silence_s = options.longest_silence_s;
  watchdog.stop_ns = options.stop_ns;
  watchdog.kill_ns = options.kill_ns;
  watchdog.interrupt = options.interrupt;
  watchdog.progress = [&](std::string_view text) {
    if (options.progress) options.progress(unpack_progress(text));
  };
  Answer answer = worker_->ask(
      pack(Question{index, options.budget_ns, options.target_half_width, options.seed}), watchdog);
  // A case that failed may have left its process, or the device that it uses, in any state. One that ended as
  // it was told to did not, and its process knows the data that the next variant needs.
  const bool without_samples = answer.error && answer.error->code == ErrorCode::kCancelled;
  if (lifetime_ == Lifetime::kOneCase || (!answer.text && !without_samples)) worker_.reset();

  CaseOutcome outcome;
  outcome.interrupted = answer.interrupted;
  if (answer.out_of_time || without_samples) return outcome;
  const bool late = !answer.interrupted;
  const DescribedCase& described = description_.cases.at(index);
  outcome.measurement = measurement_of(described, std::move(answer), late);
  outcome.measurement->evidence.axis =
      axis_effect(*outcome.measurement, options.earlier, described.axes_that_change_result);
  judge(*outcome.measurement, limits);
  return outcome;
}

// `late`: where it was stopped, its time was over.
record::Measurement IsolatedBench::measurement_of(const DescribedCase& asked, Answer answer,
                                                  bool late) const {
  record::Measurement measurement;
  if (answer.text) {
    auto measured = record::parse_measurement(*answer.text, "the worker's answer");
    if (measured && measured->what.id() == asked.what.id()) {
      measurement = std::move(*measured);
    } else {
      answer.failure = "damaged the memory that its own times were in";
    }
  }
  if (answer.error) answer.failure = "error: " + answer.error->message;
  measurement.what = asked.what;
  measure::Evidence& evidence = measurement.evidence;
  evidence.contention.cpus = asked.threads;
  evidence.log = answer.log;
  evidence.outcome.crash = answer.failure;
  evidence.outcome.timed_out_after_s = answer.timed_out_after_s;
  if (late && evidence.samples.stop_reason == "interrupted") evidence.samples.stop_reason = "budget";
  if (measurement.runner.empty()) measurement.runner = description_.runner;
  return measurement;
}

}  // namespace assay::programs
