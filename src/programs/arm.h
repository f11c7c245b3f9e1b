// SPDX-License-Identifier: Apache-2.0
#pragma once
// An arm of a comparison: a resident process that holds one case ready and runs calls when it is told to, so
// that two arms can alternate although they are different programs. It answers questions, one line each:
//   list          ["saxpy/plain n=4096", ...]                 the ids of its cases
//   open ID       {"call_ns":..,"calls_per_sample":..,"settled":..}  after warm-up
//   go N          [12.5, 12.25, ...]                          N times of one call in ns
//   check         {"findings":[..],"numerics":{..},"cache":..,"input_digest":..,"runner":..}
// Questions come through a worker's channel (fork) or through a pipe (exec, see arm_link.h). Not supported:
// several cases at once; modes other than `isolated`, but for calls too short for the clock: these are timed
// several in one region where the case can repeat them.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "checks/finding.h"
#include "measure/evidence.h"
#include "programs/program.h"

namespace assay::programs {

class ArmService {
 public:
  // Neither is owned; both outlive the service.
  // `ids`: the cases to serve, if not all.
  ArmService(Program& program, Clock& clock, std::vector<std::string> ids = {})
      : program_(program), clock_(clock), ids_(std::move(ids)) {}

  // Errors: kInvalidArgument for a question that is none, or in the wrong order; those of the program.
  [[nodiscard]] Result<std::string> answer(std::string_view question);

 private:
  [[nodiscard]] Result<std::string> list() const;
  [[nodiscard]] Result<std::string> open(std::string_view id);
  [[nodiscard]] Result<std::string> go(std::string_view count);
  [[nodiscard]] Result<std::string> check();
  [[nodiscard]] Result<double> timed_call_ns();

  Program& program_;
  Clock& clock_;
  std::vector<std::string> ids_;
  std::unique_ptr<measure::Runner> runner_;
  double call_ns_ = 0;
  std::int64_t calls_per_sample_ = 1;
};

// What `check` says, read back.
struct ArmEvidence {
  std::vector<checks::Finding> findings;
  measure::NumericsEvidence numerics;
  measure::CacheEvidence cache;
  std::string input_digest;  // empty: not known
  std::string runner;        // "cpu.avx2 threads=2"
};

// Answers as they come from another process, which need not be honest. Errors: kCorrupt.
[[nodiscard]] Result<std::vector<std::string>> parse_arm_list(std::string_view answer);
[[nodiscard]] Result<std::vector<double>> parse_arm_times(std::string_view answer, int calls);
[[nodiscard]] Result<ArmEvidence> parse_arm_evidence(std::string_view answer);

// Serves questions from the file descriptor `in`, a line each, with "ok ANSWER" or "error CODE MESSAGE" on
// `out`, until `in` ends. What the measured code throws becomes an error. Errors: kIo if `out` is gone.
[[nodiscard]] Result<void> serve_arm(ArmService& service, int in, int out);

// The variable in the environment that asks a suite to be an arm: it writes kArmGreeting first, whatever else
// it was asked to do, and then serves standard input and output.
inline constexpr const char* kArmVariable = "ASSAY_ARM";
inline constexpr std::string_view kArmGreeting = "assay-arm 1";

// The whole of that: moves the protocol away from standard output, which the measured code may print to,
// greets and serves. Errors: as serve_arm.
[[nodiscard]] Result<void> be_an_arm(Program& program, Clock& clock, std::vector<std::string> ids = {});

}  // namespace assay::programs
