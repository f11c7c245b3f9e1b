// SPDX-License-Identifier: Apache-2.0
#pragma once
// The flow of one measurement: runner, samples, statistics, evidence, checks, verdict. Clock and surroundings
// are injected, so that tests run the whole flow without time passing.
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "measure/evidence.h"
#include "measure/limits.h"
#include "measure/sampler.h"
#include "programs/program.h"
#include "record/measurement.h"

namespace assay::programs {

// Sees what else the machine does. begin() is called before the first timed call of a case, end() after the
// last with the number of CPUs that the case wants at once.
class Surroundings {
 public:
  virtual ~Surroundings() = default;
  virtual void begin() = 0;
  [[nodiscard]] virtual measure::ContentionEvidence end(int cpus) = 0;
};
// The real one: /proc, getrusage and the cgroup.
[[nodiscard]] std::unique_ptr<Surroundings> make_surroundings(Clock& clock);

struct BenchOptions {
  // Wall time for one case. Set-up, the reference and the passes for evidence come off it, but at least a
  // quarter is left for the calls.
  std::int64_t budget_ns = 18'000'000'000;
  double target_half_width = 0.01;
  std::uint64_t seed = 1;                   // chooses the samples that are checked
  const std::atomic<bool>* stop = nullptr;  // the case ends with what it has
  std::function<void(const measure::Progress&)> progress = {};
  std::function<void(std::string_view)> phase = {};  // "set-up", "sampling", "counting what a call does"
};

// Measures one case with all evidence that a look from inside its process can give. Not judged.
// Errors: those of the program and of its calls; a doubtful number is not an error. kCancelled if it was
// stopped before the first sample.
[[nodiscard]] Result<record::Measurement> measure_case(Program& program, const suite::Case& wanted,
                                                       Clock& clock, Surroundings& surroundings,
                                                       const BenchOptions& options);

// Adds the floor and the limits of this machine, and the verdict. A measurement without samples is judged by
// how it ended.
void judge(record::Measurement& measurement, const measure::Limits& limits);

// Both.
[[nodiscard]] Result<record::Measurement> bench_case(Program& program, const suite::Case& wanted,
                                                     const measure::Limits& limits, Clock& clock,
                                                     Surroundings& surroundings, const BenchOptions& options);

// What decides which of the machine's limits hold for a case.
struct Regime {
  int threads = 1;
  bool cold = false;              // the caches, at the begin of a call
  std::string accumulation = {};  // type of the sums; empty: not stated
  bool on_cuda = false;           // the limits of the device hold, where they are known
};

// The floor under one call of a case, and the limits that a report shows beside it. What
// fits into the last-level cache may stay there between warm calls, so that the floor counts no time for it,
// and the limit is that of a working set as large as the case's bytes; a cold case's bytes all come from
// memory.
[[nodiscard]] measure::FloorEvidence floor_of(const suite::Work& work, const measure::Limits& limits,
                                              const Regime& regime);
[[nodiscard]] std::vector<record::LimitUse> limits_used(const suite::Case& what,
                                                        const measure::Limits& limits, double median_ns,
                                                        const Regime& regime);

}  // namespace assay::programs
