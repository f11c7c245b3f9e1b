// SPDX-License-Identifier: Apache-2.0
#pragma once
// A program in worker processes: this process never runs its code, and whatever a case does costs that case
// alone. A case that ends its process, or is ended by the watchdog, becomes a measurement without samples
// whose verdict says so. Not supported: programs whose cases depend on each other.
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "programs/bench.h"
#include "programs/program_description.h"
#include "programs/worker.h"

namespace assay::programs {

// What a case is doing.
struct CaseProgress {
  std::string_view phase;  // "set-up"
  measure::Progress calls;
};

struct IsolatedOptions {
  std::int64_t budget_ns = 18'000'000'000;  // as BenchOptions
  double target_half_width = 0.01;
  std::uint64_t seed = 1;
  double longest_silence_s = 60;  // of one step: a call, or the set-up
  std::int64_t stop_ns = 0;       // on the clock: the case is told to end with what it has
  std::int64_t kill_ns = 0;       // on the clock: the case is ended
  const std::atomic<bool>* interrupt = nullptr;
  std::vector<int> private_files = {};                // not for the worker
  std::span<const record::Measurement> earlier = {};  // of this run, to compare outputs with
  std::function<void(const CaseProgress&)> progress = {};
};

struct CaseOutcome {
  std::optional<record::Measurement> measurement;  // judged; absent if it was stopped before its first sample
  bool interrupted = false;
};

class IsolatedBench {
 public:
  // Makes the program; called in a worker. What it captures is copied there by the fork.
  using Open = std::function<Result<std::unique_ptr<Program>>()>;
  enum class Lifetime : std::uint8_t { kOneCase, kAllCases };  // of a worker that does not die

  // Opens the program in a worker and asks what there is to measure.
  // Errors: those of `open` and of Worker::start; kUnavailable if the program ended the worker.
  [[nodiscard]] static Result<IsolatedBench> open(Open open, Lifetime lifetime, Clock& clock);

  [[nodiscard]] const ProgramDescription& program() const { return description_; }

  // Measures and judges the case program().cases[index]. Errors: those of Worker::start.
  [[nodiscard]] Result<CaseOutcome> measure(std::size_t index, const measure::Limits& limits,
                                            const IsolatedOptions& options);

 private:
  IsolatedBench(Open open, Lifetime lifetime, Clock& clock);
  [[nodiscard]] Result<void> start_worker(const std::vector<int>& private_files);
  [[nodiscard]] record::Measurement measurement_of(const DescribedCase& asked, Answer answer,
                                                   bool late) const;

  Open open_;
  Lifetime lifetime_;
  Clock* clock_;
  ProgramDescription description_;
  std::optional<Worker> worker_;
};

}  // namespace assay::programs
