// SPDX-License-Identifier: Apache-2.0
// Prints how often a comparison claims what is not so, and misses what is, with the code as shipped on a
// scripted clock, and the same for the rules of two other tools. Run by hand:
// `comparison_experiment [free|gate|rivals|all [RUNS [SEED...]]]`, by default all, 10,000 from each of the
// seeds 1, 2 and 3. docs/measurement.md quotes its output.
#include <fmt/format.h>

#include <cstdlib>
#include <string_view>
#include <vector>

#include "measure/testing/rival_rules.h"

namespace assay::measure::testing {
namespace {

struct Scenario {
  const char* name;
  ArmNoise noise;
};

std::vector<Scenario> scenarios() {
  return {{"noise 1 %", {}},
          {"noise 1 %, calls of 100 ms", {.call_ns = 100e6}},
          {"noise 5 %", {.spread = 0.05}},
          {"AR(1) rho 0.9, 1 %", {.rho = 0.9}},
          {"AR(1) rho -0.5, 1 %", {.rho = -0.5}},
          {"1 %, processes vary 0.5 %", {.between = 0.005}},
          {"1 %, processes vary 1 %", {.between = 0.01}},
          {"1 %, machine drifts 1 %", {.drift = 0.01}},
          {"1 %, all three: 0.9, 0.5 %, 1 %", {.rho = 0.9, .between = 0.005, .drift = 0.01}}};
}

std::uint64_t seed_of(std::uint64_t seed, int run) {
  return seed * 1'000'003 + static_cast<std::uint64_t>(run);
}

Comparison run_comparison(const ArmNoise& noise, double ratio, const std::optional<Gate>& gate,
                          ScriptedClock& clock, std::uint64_t seed) {
  ScriptedArms arms(noise, ratio, clock, seed);
  ComparisonOptions options;
  options.gate = gate;
  options.seed = seed;
  return *compare(arms, clock, options);
}

struct Rates {
  int claimed = 0;
  int unusable = 0;
  double seconds = 0;  // mean
  double rounds = 0;   // mean
  double detectable = 0;
};

Rates free_rates(const ArmNoise& noise, double effect, int runs, std::uint64_t seed) {
  Rates rates;
  for (int run = 0; run < runs; ++run) {
    ScriptedClock clock;
    const Comparison row = run_comparison(noise, 1 + effect, std::nullopt, clock, seed_of(seed, run));
    const Comparison* rows[] = {&row};
    const JudgedRow judged = judge_rows(rows, ComparisonOptions().alpha).front();
    rates.claimed += judged.claim == Claim::kSlower || judged.claim == Claim::kFaster ? 1 : 0;
    rates.unusable += judged.claim == Claim::kUnusable ? 1 : 0;
    rates.seconds += static_cast<double>(clock.now_ns()) * 1e-9 / runs;
    rates.rounds += static_cast<double>(row.rounds.size()) / runs;
    rates.detectable += judged.smallest_detectable / runs;
  }
  return rates;
}

// A red gate counts where a second comparison of fresh processes is red too, as the program acts.
struct GateRates {
  int green = 0;
  int red = 0;
  int unconfirmed = 0;
};

GateRates gate_rates(const ArmNoise& noise, double effect, int runs, std::uint64_t seed) {
  const Gate gate{0.02};
  const double alpha = ComparisonOptions().alpha;
  GateRates rates;
  for (int run = 0; run < runs; ++run) {
    ScriptedClock clock;
    const Comparison row = run_comparison(noise, 1 + effect, gate, clock, seed_of(seed, run));
    const GateState state = judge_gate(row, gate, alpha, 1).state;
    rates.green += state == GateState::kGreen ? 1 : 0;
    if (state != GateState::kRed) continue;
    const Comparison again = run_comparison(noise, 1 + effect, gate, clock, ~seed_of(seed, run));
    const bool confirmed = judge_gate(again, gate, alpha, 1).state == GateState::kRed;
    (confirmed ? rates.red : rates.unconfirmed) += 1;
  }
  return rates;
}

double percent(int count, int runs) { return 100.0 * count / runs; }

// Of the mean, whose true value is known; lognormal noise is left out, as its calls are not of ArmNoise.
void print_futhark_coverage(int runs, const std::vector<std::uint64_t>& seeds) {
  fmt::print("\nFuthark's interval of the mean: share that holds the true mean, by seed\n");
  for (const double rho : {0.0, -0.5, 0.5, 0.9}) {
    const ArmNoise noise{.spread = 0.05, .rho = rho};
    fmt::print("AR(1) rho {:<4}, 5 %", rho);
    for (const std::uint64_t seed : seeds) {
      int held = 0;
      for (int run = 0; run < runs; ++run) {
        const Interval interval = futhark_interval(noise, seed_of(seed, run));
        held += interval.lower <= noise.call_ns && noise.call_ns <= interval.upper ? 1 : 0;
      }
      fmt::print("{:>9.2f} %", percent(held, runs));
    }
    fmt::print("\n");
  }
}

void print_free(int runs, const std::vector<std::uint64_t>& seeds) {
  fmt::print("assay, no gate: share of {} runs that claim a difference, by seed\n", runs);
  for (const Scenario& scenario : scenarios()) {
    for (const double effect : {0.0, 0.02}) {
      fmt::print("{:<34}{:>4.0f} %", scenario.name, 100 * effect);
      Rates last;
      for (const std::uint64_t seed : seeds) {
        last = free_rates(scenario.noise, effect, runs, seed);
        fmt::print("{:>9.2f} %", percent(last.claimed, runs));
      }
      fmt::print("   unusable {:.2f} %, rounds {:.1f}, {:.1f} s, detectable {:.2f} %\n",
                 percent(last.unusable, runs), last.rounds, last.seconds, 100 * last.detectable);
      std::fflush(stdout);
    }
  }
}

void print_gate(int runs, const std::vector<std::uint64_t>& seeds) {
  fmt::print("\nassay, gate \"slower than 2%\": share that exits 1 (and 0), by seed\n");
  for (const Scenario& scenario : scenarios()) {
    for (const double effect : {0.0, 0.02, 0.04}) {
      fmt::print("{:<34}{:>4.0f} %", scenario.name, 100 * effect);
      for (const std::uint64_t seed : seeds) {
        const GateRates rates = gate_rates(scenario.noise, effect, runs, seed);
        fmt::print("{:>9.2f} % ({:6.2f} %)", percent(rates.red, runs), percent(rates.green, runs));
      }
      fmt::print("\n");
      std::fflush(stdout);
    }
  }
}

void print_rival(Rival rival, const char* name, int runs, const std::vector<std::uint64_t>& seeds) {
  fmt::print("\n{}: share that claims a difference, by seed\n", name);
  for (const Scenario& scenario : scenarios()) {
    for (const double effect : {0.0, 0.02}) {
      fmt::print("{:<34}{:>4.0f} %", scenario.name, 100 * effect);
      for (const std::uint64_t seed : seeds) {
        int claimed = 0;
        for (int run = 0; run < runs; ++run) {
          claimed += rival_claims_difference(rival, scenario.noise, 1 + effect, seed_of(seed, run)) ? 1 : 0;
        }
        fmt::print("{:>9.2f} %", percent(claimed, runs));
      }
      fmt::print("\n");
      std::fflush(stdout);
    }
  }
}

}  // namespace
}  // namespace assay::measure::testing

int main(int argc, char** argv) {
  using namespace assay::measure::testing;
  const std::string_view part = argc > 1 ? argv[1] : "all";
  const int runs = argc > 2 ? std::atoi(argv[2]) : 10'000;
  std::vector<std::uint64_t> seeds;
  for (int i = 3; i < argc; ++i) seeds.push_back(std::strtoull(argv[i], nullptr, 10));
  if (seeds.empty()) seeds = {1, 2, 3};
  if (part == "all" || part == "free") print_free(runs, seeds);
  if (part == "all" || part == "gate") print_gate(runs, seeds);
  if (part == "all" || part == "rivals") {
    print_rival(Rival::kGoogleBenchmark, "Google Benchmark's compare.py", runs, seeds);
    print_rival(Rival::kFuthark, "Futhark's rule", runs, seeds);
    print_futhark_coverage(runs, seeds);
  }
  return 0;
}
