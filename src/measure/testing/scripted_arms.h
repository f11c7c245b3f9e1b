// SPDX-License-Identifier: Apache-2.0
#pragma once
// Arms of a comparison on a scripted clock, with ratio, noise, variation between processes and a drift of the
// machine that are known: for tests and for comparison_experiment.
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "measure/comparison.h"

namespace assay::measure::testing {

struct ArmNoise {
  double spread = 0.01;                // standard deviation of a call over its time
  double rho = 0;                      // correlation of neighbouring calls of a process
  double between = 0;                  // standard deviation between processes (of the logarithm)
  double drift = 0;                    // standard deviation of the machine's own level, shared by all
  double drift_seconds = 3;            // how long such a level lasts
  double call_ns = 1'000'000;          // of A
  std::int64_t start_ns = 60'000'000;  // of one process, warm-up included
};

// The level of the machine at a time: an autoregressive process in steps of 10 ms.
class MachineLevel {
 public:
  MachineLevel(const ArmNoise& noise, Random& random)
      : noise_(noise), random_(random), state_(random.normal()) {}
  [[nodiscard]] double factor(std::int64_t now_ns) {
    if (noise_.drift <= 0) return 1;
    constexpr std::int64_t kStep_ns = 10'000'000;
    const double keep = std::exp(-0.01 / noise_.drift_seconds);
    for (; at_ns_ + kStep_ns <= now_ns; at_ns_ += kStep_ns) {
      state_ = keep * state_ + std::sqrt(1 - keep * keep) * random_.normal();
    }
    return 1 + noise_.drift * state_;
  }

 private:
  const ArmNoise& noise_;
  Random& random_;
  double state_;
  std::int64_t at_ns_ = 0;
};

// The calls of one process, one after the other.
class CallSeries {
 public:
  CallSeries(const ArmNoise& noise, double ratio, MachineLevel& level, ScriptedClock& clock, Random& random)
      : noise_(noise),
        level_(level),
        clock_(clock),
        random_(random),
        base_ns_(noise.call_ns * ratio * std::exp(noise.between > 0 ? noise.between * random.normal() : 0)),
        state_(random.normal()) {}

  [[nodiscard]] double next_ns() {
    state_ = noise_.rho * state_ + std::sqrt(1 - noise_.rho * noise_.rho) * random_.normal();
    const double time = std::round(base_ns_ * level_.factor(clock_.now_ns()) * (1 + noise_.spread * state_));
    clock_.advance_ns(static_cast<std::int64_t>(time));
    return time;
  }

 private:
  const ArmNoise& noise_;
  MachineLevel& level_;
  ScriptedClock& clock_;
  Random& random_;
  double base_ns_;
  double state_;
};

class ScriptedArms final : public ArmStarter {
 public:
  // B takes `ratio` times as long as A.
  ScriptedArms(const ArmNoise& noise, double ratio, ScriptedClock& clock, std::uint64_t seed)
      : noise_(noise), ratio_(ratio), clock_(clock), random_(seed), level_(noise_, random_) {}

  [[nodiscard]] Result<std::unique_ptr<ArmProcess>> start(Arm arm) override {
    clock_.advance_ns(noise_.start_ns);
    started[arm] += 1;
    order.push_back(arm);
    return std::make_unique<Process>(CallSeries(noise_, arm == kArmB ? ratio_ : 1, level_, clock_, random_));
  }

  std::array<int, kArms> started{};
  std::vector<Arm> order;

 private:
  class Process final : public ArmProcess {
   public:
    explicit Process(CallSeries calls) : calls_(calls) {}
    [[nodiscard]] Result<std::vector<double>> turn(int calls) override {
      std::vector<double> times;
      for (int i = 0; i < calls; ++i) times.push_back(calls_.next_ns());
      return times;
    }

   private:
    CallSeries calls_;
  };

  ArmNoise noise_;
  double ratio_;
  ScriptedClock& clock_;
  Random random_;
  MachineLevel level_;
};

}  // namespace assay::measure::testing
