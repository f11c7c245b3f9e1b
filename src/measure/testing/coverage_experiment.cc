// SPDX-License-Identifier: Apache-2.0
// Prints how often the 95 % interval of the median holds the true median, with the shipped stop rule and at
// fixed sizes. Run by hand: `coverage_experiment [RUNS [SEED...]]`, by default 10,000 from each of the seeds
// 1, 2 and 3. docs/measurement.md quotes its output.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "measure/testing/coverage.h"

namespace assay::measure::testing {
namespace {

struct Row {
  const char* name;
  Noise noise;
  double spread;
  double rho;
};

constexpr Row kRows[] = {{"normal", Noise::kNormal, 0.05, 0},
                         {"normal", Noise::kNormal, 0.01, 0},
                         {"lognormal", Noise::kLogNormal, 0.1, 0},
                         {"AR(1) rho 0.5", Noise::kAutoregressive, 0.05, 0.5},
                         {"AR(1) rho 0.5", Noise::kAutoregressive, 0.01, 0.5},
                         {"AR(1) rho -0.5", Noise::kAutoregressive, 0.05, -0.5},
                         {"AR(1) rho 0.9", Noise::kAutoregressive, 0.05, 0.9},
                         {"AR(1) rho 0.9", Noise::kAutoregressive, 0.01, 0.9}};

struct Runs {
  int each = 10'000;
  std::vector<std::uint64_t> seeds;
};

// The shares covered by seed; the other columns are of the last one.
void print_row(const Row& row, CoverageSetup setup, const Runs& runs) {
  setup.runs = runs.each;
  fmt::print("{:<16}{:>8.2f}{:>12}", row.name, row.spread,
             setup.fixed_n ? fmt::format("n = {}", *setup.fixed_n) : "stop rule");
  Coverage coverage;
  for (const std::uint64_t seed : runs.seeds) {
    setup.seed = seed;
    coverage = measure_coverage(setup);
    fmt::print("{:>9.2f} %", 100 * coverage.share());
  }
  fmt::print("{:>10}{:>10.0f}{:>12.0f}{:>9}\n", coverage.intervals, coverage.mean_n,
             coverage.mean_effective_n, coverage.gave_up);
  std::fflush(stdout);
}

void print_all(const Runs& runs) {
  fmt::print("{:<16}{:>8}{:>12}", "noise", "spread", "length");
  for (const std::uint64_t seed : runs.seeds) fmt::print("{:>11}", fmt::format("seed {}", seed));
  fmt::print("{:>10}{:>10}{:>12}{:>9}\n", "intervals", "mean n", "effective", "gave up");
  for (const Row& row : kRows) {
    CoverageSetup setup{.noise = row.noise, .spread = row.spread, .rho = row.rho};
    print_row(row, setup, runs);
    for (const std::int64_t n : {100, 337, 1000}) {
      setup.fixed_n = n;
      print_row(row, setup, runs);
    }
  }
  for (const std::int64_t n : {20, 50}) {
    print_row({"normal, assumed", Noise::kNormal, 0.05, 0},
              {.noise = Noise::kNormal, .fixed_n = n, .assume_independence = true}, runs);
  }
}

}  // namespace
}  // namespace assay::measure::testing

int main(int argc, char** argv) {
  assay::measure::testing::Runs runs;
  if (argc > 1) runs.each = std::atoi(argv[1]);
  for (int i = 2; i < argc; ++i) runs.seeds.push_back(std::strtoull(argv[i], nullptr, 10));
  if (runs.seeds.empty()) runs.seeds = {1, 2, 3};
  assay::measure::testing::print_all(runs);
  return 0;
}
