// SPDX-License-Identifier: Apache-2.0
#include "programs/axis_effect.h"

#include <algorithm>

namespace assay::programs {
namespace {

// The only axis in which the two differ; empty if there is none, or more than one.
std::string only_difference(const suite::Case& a, const suite::Case& b) {
  if (a.entry != b.entry || a.axes.size() != b.axes.size()) return {};
  std::string different;
  for (std::size_t i = 0; i < a.axes.size(); ++i) {
    if (a.axes[i] == b.axes[i]) continue;
    if (!different.empty() || a.axes[i].name != b.axes[i].name) return {};
    different = a.axes[i].name;
  }
  return different;
}

}  // namespace

measure::AxisEvidence axis_effect(const record::Measurement& measurement,
                                  std::span<const record::Measurement> others,
                                  std::span<const std::string> promised) {
  measure::AxisEvidence evidence;
  if (measurement.input_digest.empty() || measurement.output_digest.empty()) return evidence;
  for (const record::Measurement& other : others) {
    const std::string axis = only_difference(measurement.what, other.what);
    if (std::find(promised.begin(), promised.end(), axis) == promised.end()) continue;
    if (other.input_digest != measurement.input_digest || other.output_digest.empty()) continue;
    evidence = {axis, other.what.id(), other.output_digest == measurement.output_digest};
    if (evidence.same_outputs) break;
  }
  return evidence;
}

}  // namespace assay::programs
