// SPDX-License-Identifier: Apache-2.0
#include "apps/bench_progress.h"

#include <fmt/format.h>

namespace assay::apps {

std::string progress_text(std::size_t number, std::size_t of, const std::string& id,
                          const programs::CaseProgress& progress, double left_s) {
  const measure::Progress& calls = progress.calls;
  std::string doing(progress.phase);
  if (calls.calls > 0) {
    doing = fmt::format("{} {}", calls.warming_up ? "warm-up" : "n =", calls.calls);
    if (calls.half_width) doing += fmt::format(", ± {:.1f} %", 100 * *calls.half_width);
    doing += fmt::format(", {:.0f} of {:.0f} s", static_cast<double>(calls.spent_ns) * 1e-9,
                         static_cast<double>(calls.budget_ns) * 1e-9);
  }
  return fmt::format("[{}/{}] {}, {:.0f} s left  {}", number, of, doing, std::max(left_s, 0.0), id);
}

}  // namespace assay::apps
