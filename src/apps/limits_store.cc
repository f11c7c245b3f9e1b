// SPDX-License-Identifier: Apache-2.0
#include "apps/limits_store.h"

#include "apps/terminal.h"
#include "apps/user_folders.h"
#include "device/cpu_features.h"
#include "kernels/ceiling/ceiling.h"

namespace assay::apps {

Result<measure::Limits> load_or_measure_limits(Clock& clock, bool fresh) {
  ASSAY_TRY(const auto file, limits_file());
  if (!fresh) {
    const auto kept = measure::read_limits(file);
    if (kept && kept->machine == measure::machine_key(device::cpu_features())) return *kept;
  }
  std::fputs("assay: measuring this machine's limits, once; some seconds\n", stderr);
  ProgressLine line;
  const auto progress = [&](double fraction, std::string_view what) {
    line.show(fmt::format("measuring this machine's limits {} {}", progress_bar(fraction), what));
  };
  ASSAY_TRY(const measure::Limits limits, kernels::measure_limits({}, clock, progress));
  ASSAY_TRY_VOID(create_folder(file.parent_path()));
  ASSAY_TRY_VOID(measure::write_limits(limits, file));
  return limits;
}

}  // namespace assay::apps
