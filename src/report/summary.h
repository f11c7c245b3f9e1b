// SPDX-License-Identifier: Apache-2.0
#pragma once
// The few sentences about a whole run that every report says in the same words.
#include <string>
#include <vector>

#include "record/measurement.h"

namespace assay::report {

// Counts of a run, and what its machine could not tell.
struct Summary {
  int trusted = 0;
  int qualified = 0;
  int rejected = 0;
  std::vector<std::string> unknown;  // "CPU steal", "frequency governor"
};
[[nodiscard]] Summary summary_of(const record::Run& run);

// "8 measurements: 5 trusted, 2 qualified, 1 rejected"
[[nodiscard]] std::string counts_line(const Summary& summary);
// Why the record may lack measurements: "the run was stopped before its end"; empty if it is whole.
[[nodiscard]] std::string incomplete_line(const record::Run& run);
// "AMD EPYC 7763, 2 CPUs, 8.22 GB, virtual machine, Linux 6.1.0"
[[nodiscard]] std::string machine_line(const measure::Environment& environment);
// "NVIDIA H200, 132 multiprocessors, 150 GB, driver 580.159.04, power limit 700 W"; empty without a device.
[[nodiscard]] std::string device_line(const measure::Limits& limits);
// The command line as it can be pasted into a POSIX shell.
[[nodiscard]] std::string shell_line(const std::vector<std::string>& words);
// The measurement's name without the subject in front: "decode depth=512 threads=2".
[[nodiscard]] std::string short_name(const record::Measurement& measurement, const record::Run& run);

}  // namespace assay::report
