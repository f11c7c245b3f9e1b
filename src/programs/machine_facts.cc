// SPDX-License-Identifier: Apache-2.0
#include "programs/machine_facts.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/check.h"
#include "measure/contention.h"
#include "measure/empty_region.h"
#include "measure/environment.h"
#include "measure/system_files.h"
#include "programs/cache_regime.h"

namespace assay::programs {
namespace {

constexpr int kReadings = 400;
constexpr std::int64_t kBetweenReadings_ns = 2'500'000;
constexpr std::size_t kLine = 64;

double quantile(std::vector<double> values, double share) {
  const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

double spread(const std::vector<double>& values) {
  const double low = quantile(values, 0.05);
  return low > 0 ? quantile(values, 0.95) / low - 1 : 0;
}

std::string word_of(const std::string& path) {
  const std::string text = measure::read_system_file(path);
  return text.substr(0, text.find_first_of(" \n"));
}

// "always [madvise] never" -> "madvise".
std::string chosen_of(const std::string& text) {
  const auto open = text.find('[');
  const auto close = text.find(']');
  if (open == std::string::npos || close == std::string::npos || close < open) return "";
  return text.substr(open + 1, close - open - 1);
}

// Intel's driver says it the other way round.
std::optional<bool> boost_of(const std::string& cpu_folder) {
  if (const std::string on = word_of(cpu_folder + "/cpufreq/boost"); !on.empty()) return on == "1";
  if (const std::string off = word_of(cpu_folder + "/intel_pstate/no_turbo"); !off.empty()) return off == "0";
  return std::nullopt;
}

std::vector<measure::CoreReading> watch_core(Clock& clock) {
  std::vector<measure::CoreReading> readings;
  for (int i = 0; i < kReadings; ++i) {
    const std::int64_t next_ns = clock.now_ns() + kBetweenReadings_ns;
    readings.push_back(measure::read_core(clock));
    while (clock.now_ns() < next_ns) {  // steady work: an idle core changes its clock
    }
  }
  return readings;
}

void probe_cache(MachineFacts& facts) {
  std::vector<std::byte> lines(256 * kLine, std::byte{1});
  const std::array<Buffer, 1> buffers{Buffer{{.name = "probe"}, lines}};
  flush(lines);
  facts.cold_load_ns = time_of_a_load_ns(buffers);
  facts.warm_load_ns = time_of_a_load_ns(buffers);
}

}  // namespace

CoreSteadiness core_steadiness(const std::vector<measure::CoreReading>& readings) {
  ASSAY_CHECK(!readings.empty(), "no readings");
  std::vector<double> clocks, shares;
  for (const measure::CoreReading& reading : readings) {
    clocks.push_back(static_cast<double>(reading.chain_ns));
    shares.push_back(static_cast<double>(reading.wide_ns) /
                     static_cast<double>(std::max<std::int64_t>(reading.chain_ns, 1)));
  }
  return {spread(clocks), spread(shares)};
}

Result<SelfComparison> compare_with_itself(measure::ArmStarter& same_on_both_sides, Clock& clock,
                                           const SelfComparisonOptions& options) {
  constexpr double kAlpha = 0.01;
  SelfComparison result;
  const double all_ns = static_cast<double>(options.long_ns + options.short_ones * options.short_ns);
  double done_ns = 0;
  for (int i = 0; i <= options.short_ones; ++i) {
    measure::ComparisonOptions one;
    one.budget_ns = i == 0 ? options.long_ns : options.short_ns;
    one.alpha = kAlpha;
    one.target = 1e-6;  // never enough: what the whole time resolves is the question
    one.seed = static_cast<std::uint64_t>(i) + 1;
    one.stop = options.stop;
    one.progress = [&](const measure::ComparisonProgress& p) {
      const double part = std::min(p.spent_ns, p.budget_ns);
      if (options.progress) options.progress(std::min(1.0, (done_ns + part) / all_ns));
    };
    const std::int64_t begin_ns = clock.now_ns();
    ASSAY_TRY(const measure::Comparison comparison, measure::compare(same_on_both_sides, clock, one));
    const measure::Comparison* row = &comparison;
    const measure::JudgedRow judged = measure::judge_rows({&row, 1}, kAlpha).front();
    for (const measure::Interval& ratio : {judged.ratio, judged.again}) {
      result.comparisons += 1;
      result.false_alarms += ratio.lower > 1 || ratio.upper < 1 ? 1 : 0;
    }
    if (i == 0) {
      result.smallest_detectable = judged.smallest_detectable;
      result.call_ns = measure::arm_time(comparison.rounds, measure::kArmA).median_ns;
      result.long_s = static_cast<double>(clock.now_ns() - begin_ns) * 1e-9;
    }
    done_ns += static_cast<double>(one.budget_ns);
  }
  return result;
}

void read_machine_files(const std::string& root, MachineFacts& facts) {
  const std::string cpus = root + "/sys/devices/system/cpu";
  facts.governor = word_of(cpus + "/cpu0/cpufreq/scaling_governor");
  facts.boost = boost_of(cpus);
  facts.has_frequency = !word_of(cpus + "/cpu0/cpufreq/scaling_cur_freq").empty();
  facts.huge_pages =
      chosen_of(measure::read_system_file(root + "/sys/kernel/mm/transparent_hugepage/enabled"));
  facts.is_virtual = !measure::parse_hypervisor(measure::read_system_file(root + "/proc/cpuinfo")).empty();
}

MachineFacts find_machine_facts(Clock& clock) {
  MachineFacts facts;
  const measure::EmptyRegion empty = measure::measure_empty_region(clock);
  facts.clock_step_ns = empty.clock_step_ns;
  facts.empty_region_ns = empty.median_ns;
  probe_cache(facts);
  facts.core = core_steadiness(watch_core(clock));
  read_machine_files("", facts);
  facts.has_thermal = measure::thermal_events().has_value();
  facts.steal_ns = measure::read_machine_counters(clock).steal_ns;
  return facts;
}

}  // namespace assay::programs
