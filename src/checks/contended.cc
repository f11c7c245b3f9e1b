// SPDX-License-Identifier: Apache-2.0
// Findings `contended`: other programs, the hypervisor or a CPU quota took time that the case wanted, or a
// neighbour on the same physical core took part of what the core can do.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "checks/checks.h"
#include "checks/core_state.h"
#include "checks/drift.h"

namespace assay::checks {
namespace {

constexpr double kShareWorthSaying =
    0.02;  // under it lie the daemons of an idle machine and the counters' 10 ms steps
constexpr std::size_t kFewestCalm = 20;

struct Loss {
  std::string what;
  double share = 0;  // of the CPU time that the case wanted
};

// CPUs that the case does not want may be used by others without harm.
double harmful_ns(const measure::ContentionEvidence& evidence) {
  const int spare_cpus = std::max(evidence.machine_cpus - evidence.cpus, 0);
  const double harmless = static_cast<double>(spare_cpus) * static_cast<double>(evidence.wall_ns);
  return std::max(static_cast<double>(evidence.other_cpu_ns.value_or(0)) - harmless, 0.0);
}

// What others took of the CPU time that the case wanted, as this system counts it.
std::optional<Drift> counted_losses(const measure::ContentionEvidence& contention) {
  if (contention.wall_ns <= 0 || contention.cpus <= 0) return {};
  const double wanted_ns = static_cast<double>(contention.cpus) * static_cast<double>(contention.wall_ns);
  const Loss losses[] = {
      {"other programs' CPU time", harmful_ns(contention) / wanted_ns},
      {"time stolen by the hypervisor", static_cast<double>(contention.steal_ns.value_or(0)) / wanted_ns},
      {"throttling by the CPU quota", static_cast<double>(contention.throttled_ns.value_or(0)) / wanted_ns}};
  double effect = 0;
  std::string text;
  for (const Loss& loss : losses) {
    effect += loss.share;
    if (loss.share > kShareWorthSaying / 4) {
      text += fmt::format("{}{} {:.1f} %", text.empty() ? "" : ", ", loss.what, 100 * loss.share);
    }
  }
  if (effect <= kShareWorthSaying) return {};
  text += fmt::format(" of the wanted {} CPUs > {:.0f} %", contention.cpus, 100 * kShareWorthSaying);
  if (contention.involuntary_switches)
    text += fmt::format("; {} involuntary switches", *contention.involuntary_switches);
  return Drift{effect, std::move(text)};
}

// What the times changed by when the core did less work in a cycle.
std::optional<Drift> neighbours_effect(const measure::Evidence& evidence) {
  const auto state = core_state(evidence.samples);
  if (!state || state->shared_share == 0) return {};
  const std::string seen = fmt::format(
      "a neighbour on the same core: its work in a cycle ranged over {:.0f} %", 100 * state->width_range);
  if (const auto judged = judge_drift(evidence); judged && judged->maker == DriftMaker::kNeighbour) {
    return Drift{judged->drift.effect,
                 fmt::format("{}, and the times with it: {}; while nobody shared the core they did not", seen,
                             judged->drift.text)};
  }
  std::vector<std::int64_t> calm = calm_times(evidence.samples, *state);
  if (calm.size() < kFewestCalm) return {};
  const auto middle = calm.begin() + static_cast<std::ptrdiff_t>(calm.size() / 2);
  std::nth_element(calm.begin(), middle, calm.end());
  const double effect = std::abs(region_median_ns(evidence) / static_cast<double>(*middle) - 1);
  if (effect <= kShareWorthSaying) return {};
  return Drift{effect, fmt::format("{}, which moved the median by {:.1f} %", seen, 100 * effect)};
}

}  // namespace

Findings check_contended(const measure::Evidence& evidence) {
  if (evidence.device.clocks.other_processes.value_or(0) > 0) {
    return {
        {"contended", Severity::kQualify,
         fmt::format("{} other processes compute on the device > 0", *evidence.device.clocks.other_processes),
         "Measure on a device of your own, or when the others have ended."}};
  }
  const auto counted = counted_losses(evidence.contention);
  const auto neighbour = neighbours_effect(evidence);
  if (!counted && !neighbour) return {};
  const double effect = std::max(counted ? counted->effect : 0, neighbour ? neighbour->effect : 0);
  std::string text = counted ? counted->text : "";
  if (neighbour) text += (text.empty() ? "" : "; ") + neighbour->text;
  return {{"contended", severity_by_effect(effect, evidence.statistics), std::move(text),
           "End the other programs, use fewer threads than there are CPUs, or measure on a machine of your "
           "own."}};
}

}  // namespace assay::checks
