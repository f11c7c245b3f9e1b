// SPDX-License-Identifier: Apache-2.0
#include "programs/machine_advice.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "base/text.h"

namespace assay::programs {
namespace {

// As the checks that use the same facts: too_short, cache_regime, clock_moved.
constexpr double kStepsOfARegion = 100;
constexpr double kEmptyRegionsOfARegion = 10;
constexpr double kLeastContrast = 2;
constexpr double kClockShare = 0.02;
constexpr double kSharedShare = 0.1;
constexpr double kGoodResolution = 0.02;  // what --gate "slower than 2%" needs

MachineLine resolution(const SelfComparison& self) {
  const bool good = self.smallest_detectable <= kGoodResolution;
  return {"comparing", good ? Health::kGood : Health::kLimits,
          fmt::format("a difference of {:.2g} % is found 19 times in 20 (a kernel of {}, A/A, {:.0f} s)",
                      100 * self.smallest_detectable, format_duration_ns(self.call_ns), self.long_s),
          "a smaller one is reported as not resolved",
          good ? ""
               : "Stop what else runs here, give a row more time (--max-time), or compare on a machine of "
                 "your own."};
}

// At most this rate, with 95 % confidence: the binomial bound for `seen` of `tries`, by bisection.
double highest_rate(int seen, int tries) {
  double low = 0, high = 1;
  for (int i = 0; i < 40; ++i) {
    const double rate = (low + high) / 2;
    double chance = 0, term = std::pow(1 - rate, tries);
    for (int k = 0; k <= seen; ++k) {
      chance += term;
      term *= rate / std::max(1 - rate, 1e-300) * (tries - k) / (k + 1);
    }
    (chance > 0.05 ? low : high) = rate;
  }
  return high;
}

MachineLine false_alarms(const SelfComparison& self) {
  const bool good = self.false_alarms == 0;
  return {
      "false alarms", good ? Health::kGood : Health::kLimits,
      fmt::format("{} of {} comparisons of a kernel with itself claimed a difference", self.false_alarms,
                  self.comparisons),
      fmt::format("1 % is promised; so few comparisons only show that it is under {:.0f} %",
                  100 * highest_rate(self.false_alarms, self.comparisons)),
      good ? "" : "Run `assay doctor` again; if it claims one again, believe no claim from this machine."};
}

MachineLine cache(const MachineFacts& facts) {
  if (!facts.warm_load_ns || !facts.cold_load_ns) {
    return {"cold cache", Health::kMissing, "no load could be timed", "the cold regime is not verified here",
            ""};
  }
  const bool good = *facts.cold_load_ns >= kLeastContrast * *facts.warm_load_ns;
  return {"cold cache", good ? Health::kGood : Health::kLimits,
          fmt::format("a load takes {} warm, {} after a flush", format_duration_ns(*facts.warm_load_ns),
                      format_duration_ns(*facts.cold_load_ns)),
          good ? "the flush works: rows with cache=cold are cold"
               : "a flushed line is as near as a fresh one: rows with cache=cold carry cache-unverified",
          good ? "" : "Compare cold numbers only with others from this machine."};
}

std::string_view boost_text(std::optional<bool> boost) {
  if (!boost) return "boost not shown";
  return *boost ? "boost on" : "boost off";
}

MachineLine clock_control(const MachineFacts& facts) {
  if (facts.governor.empty() && !facts.boost) {
    return {"clock control", Health::kMissing, "no governor, no boost switch",
            "the clock cannot be fixed from here: only `clock-moved` and the A/A guard against it",
            "Measure on the metal, or rely on interleaved comparisons."};
  }
  const bool fixed = facts.governor == "performance" && !facts.boost.value_or(false);
  return {
      "clock control", fixed ? Health::kGood : Health::kLimits,
      fmt::format("governor {}, {}", facts.governor.empty() ? "not shown" : facts.governor,
                  boost_text(facts.boost)),
      fixed ? "the clock is held" : "the clock follows load and temperature",
      fixed
          ? ""
          : "As root: cpupower frequency-set -g performance; echo 0 > /sys/devices/system/cpu/cpufreq/boost"};
}

MachineLine core_speed(const CoreSteadiness& core) {
  const bool good = core.clock_moved <= kClockShare;
  return {
      "core speed", good ? Health::kGood : Health::kLimits,
      fmt::format("the clock moved by {:.1f} % within a second of steady work", 100 * core.clock_moved),
      good ? "times of one run can be compared" : "times of one run are not all of one speed: clock-moved",
      good ? "" : "Fix the clock, cool the machine, or interleave what you compare."};
}

MachineLine neighbours(const CoreSteadiness& core) {
  const bool good = core.shared <= kSharedShare;
  return {"neighbours", good ? Health::kGood : Health::kLimits,
          fmt::format("work that fills the core took up to {:.0f} % longer at times", 100 * core.shared),
          good ? "nobody shares this core to speak of"
               : "another hardware thread of the core was busy: long runs come out drifting or contended",
          good ? "" : "Stop it, turn SMT off, or rent whole cores."};
}

MachineLine timer(const MachineFacts& facts) {
  const double shortest_ns =
      std::max(kStepsOfARegion * facts.clock_step_ns, kEmptyRegionsOfARegion * facts.empty_region_ns);
  return {"timer", Health::kGood,
          fmt::format("step {}, empty region {}", format_duration_ns(facts.clock_step_ns),
                      format_duration_ns(facts.empty_region_ns)),
          fmt::format("a call under {} is timed many in one region", format_duration_ns(shortest_ns)), ""};
}

MachineLine huge_pages(const MachineFacts& facts) {
  if (facts.huge_pages.empty()) {
    return {"large pages", Health::kMissing, "not told", "a large buffer may have small pages, by chance",
            ""};
  }
  const bool always = facts.huge_pages == "always";
  return {
      "large pages", Health::kGood, facts.huge_pages,
      always ? "buffers of 2 MB and more get large pages where memory is not fragmented"
      : facts.huge_pages == "madvise" ? "only buffers that ask for large pages get them"
                                      : "no buffer gets large pages: large ones pay for address translation",
      facts.huge_pages == "never" ? "To have them: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled"
                                  : ""};
}

MachineLine sensor(std::string what, bool present, std::string without, std::string advice) {
  return {std::move(what), present ? Health::kGood : Health::kMissing, present ? "present" : "absent",
          present ? "looked at in every run" : std::move(without), present ? "" : std::move(advice)};
}

MachineLine steal(const MachineFacts& facts) {
  constexpr const char* kWhat = "steal counter";
  if (!facts.is_virtual)
    return {kWhat, Health::kGood, "not needed", "no hypervisor takes this machine's CPUs", ""};
  if (facts.steal_ns.value_or(0) > 0) {
    return {kWhat, Health::kGood,
            fmt::format("counts ({} so far)", format_duration_ns(static_cast<double>(*facts.steal_ns))),
            "`contended` sees when the hypervisor gives the CPU to others", ""};
  }
  return {kWhat, Health::kMissing, facts.steal_ns ? "0 since the start" : "absent",
          "either nobody took this virtual machine's CPUs, or the hypervisor does not tell",
          "Look at the line `neighbours`, and at the A/A."};
}

}  // namespace

std::string_view health_name(Health health) {
  switch (health) {
    case Health::kGood:
      return "good";
    case Health::kLimits:
      return "limits";
    case Health::kMissing:
      return "missing";
  }
  ASSAY_CHECK(false, "health {}", static_cast<int>(health));
  return {};
}

std::vector<MachineLine> advise(const MachineFacts& facts) {
  std::vector<MachineLine> lines;
  if (facts.self) {
    lines.push_back(resolution(*facts.self));
    lines.push_back(false_alarms(*facts.self));
  }
  lines.push_back(core_speed(facts.core));
  lines.push_back(neighbours(facts.core));
  lines.push_back(clock_control(facts));
  lines.push_back(timer(facts));
  lines.push_back(cache(facts));
  lines.push_back(huge_pages(facts));
  lines.push_back(sensor("frequency sensor", facts.has_frequency,
                         "the clock is told from a chain of multiplications alone", ""));
  lines.push_back(sensor("thermal sensor", facts.has_thermal, "`throttled` cannot be found here",
                         "Watch the temperature from outside, or measure on the metal."));
  lines.push_back(steal(facts));
  return lines;
}

}  // namespace assay::programs
