// SPDX-License-Identifier: Apache-2.0
// Findings `contended`: other programs, the hypervisor or a CPU quota took time that the case wanted.
#include <fmt/format.h>

#include <algorithm>

#include "checks/checks.h"

namespace assay::checks {
namespace {

constexpr double kShareWorthSaying =
    0.02;  // under it lie the daemons of an idle machine and the counters' 10 ms steps

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

}  // namespace

Findings check_contended(const measure::Evidence& evidence) {
  const measure::ContentionEvidence& contention = evidence.contention;
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
  return {{"contended", severity_by_effect(effect, evidence.statistics), std::move(text),
           "End the other programs, use fewer threads than there are CPUs, or measure on a machine of your "
           "own."}};
}

}  // namespace assay::checks
