// SPDX-License-Identifier: Apache-2.0
#include "apps/limits_store.h"

#include "apps/terminal.h"
#include "apps/user_folders.h"
#include "device/cpu_features.h"
#include "kernels/ceiling/ceiling.h"
#include "kernels/ceiling/ceiling_cuda.h"
#include "programs/machine_child.h"

namespace assay::apps {
namespace {

constexpr double kDeviceTimeout_s = 120;

Result<void> keep(const measure::Limits& limits, const std::filesystem::path& file) {
  ASSAY_TRY_VOID(create_folder(file.parent_path()));
  return measure::write_limits(limits, file);
}

kernels::LimitsProgress progress_on(ProgressLine& line, std::string_view whose) {
  return [&line, whose](double fraction, std::string_view what) {
    line.show(fmt::format("measuring {} limits {} {}", whose, progress_bar(fraction), what));
  };
}

// In the child: the limits of the device as JSON, those that were kept if they are of it.
Result<std::string> device_limits_text(const std::optional<measure::DeviceLimits>& kept, Clock& clock) {
  measure::Limits answer;
  ASSAY_TRY(const measure::DeviceLimits device, kernels::describe_device());
  if (kept && kept->key == device.key) {
    answer.cuda = *kept;
  } else {
    std::fputs("assay: measuring the device's limits, once; under 20 s\n", stderr);
    ProgressLine line;
    ASSAY_TRY(answer.cuda, kernels::measure_device_limits({}, clock, progress_on(line, "the device's")));
  }
  return measure::limits_to_json(answer);
}

}  // namespace

Result<measure::Limits> load_or_measure_limits(Clock& clock, bool fresh) {
  ASSAY_TRY(const auto file, limits_file());
  auto kept = measure::read_limits(file);
  if (kept && !fresh && kept->machine == measure::machine_key(device::cpu_features())) {
    kept->cuda.reset();
    return *kept;
  }
  std::fputs("assay: measuring this machine's limits, once; some seconds\n", stderr);
  ProgressLine line;
  ASSAY_TRY(measure::Limits limits, kernels::measure_limits({}, clock, progress_on(line, "this machine's")));
  if (kept) limits.cuda = kept->cuda;
  ASSAY_TRY_VOID(keep(limits, file));
  limits.cuda.reset();
  return limits;
}

Result<measure::DeviceLimits> load_or_measure_device_limits(Clock& clock, bool fresh) {
  ASSAY_TRY(const auto file, limits_file());
  const auto kept = measure::read_limits(file);
  std::optional<measure::DeviceLimits> known;
  if (kept && !fresh) known = kept->cuda;
  ASSAY_TRY(const std::string text,
            programs::ask_in_child([&] { return device_limits_text(known, clock); }, kDeviceTimeout_s));
  ASSAY_TRY(const measure::Limits answer, measure::limits_from_json(text, "limits of the device"));
  if (!answer.cuda) return fail(ErrorCode::kDevice, "cuda: the device's limits came back empty");
  if (!known || known->key != answer.cuda->key) {
    // A file without the CPU's limits has another machine's name: they are measured when they are asked for.
    measure::Limits limits = kept ? *kept : measure::Limits();
    limits.cuda = answer.cuda;
    ASSAY_TRY_VOID(keep(limits, file));
  }
  return *answer.cuda;
}

}  // namespace assay::apps
