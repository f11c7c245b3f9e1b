// SPDX-License-Identifier: Apache-2.0
// Prints how often the 95 % interval of the median holds the true median, with the shipped stop rule and at
// fixed sizes. Run by hand: `coverage_experiment [RUNS]`, 10,000 by default. docs/measurement.md quotes its
// output.
#include <fmt/format.h>

#include <cstdlib>

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

void print_row(const Row& row, const CoverageSetup& setup) {
  const Coverage coverage = measure_coverage(setup);
  fmt::print("{:<16}{:>8.2f}{:>12}{:>10}{:>12.2f} %{:>10.0f}{:>12.0f}{:>9}\n", row.name, row.spread,
             setup.fixed_n ? fmt::format("n = {}", *setup.fixed_n) : "stop rule", coverage.intervals,
             100 * coverage.share(), coverage.mean_n, coverage.mean_effective_n, coverage.gave_up);
}

void print_all(int runs) {
  fmt::print("{:<16}{:>8}{:>12}{:>10}{:>14}{:>10}{:>12}{:>9}\n", "noise", "spread", "length", "intervals",
             "covered", "mean n", "effective", "gave up");
  for (const Row& row : kRows) {
    CoverageSetup setup{.noise = row.noise, .spread = row.spread, .rho = row.rho};
    setup.runs = runs;
    print_row(row, setup);
    for (const std::int64_t n : {100, 337, 1000}) {
      setup.fixed_n = n;
      print_row(row, setup);
    }
  }
  for (const std::int64_t n : {20, 50}) {
    print_row({"normal, assumed", Noise::kNormal, 0.05, 0},
              {.noise = Noise::kNormal, .fixed_n = n, .assume_independence = true, .runs = runs});
  }
}

}  // namespace
}  // namespace assay::measure::testing

int main(int argc, char** argv) {
  assay::measure::testing::print_all(argc > 1 ? std::atoi(argv[1]) : 10'000);
  return 0;
}
