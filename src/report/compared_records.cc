// SPDX-License-Identifier: Apache-2.0
#include "report/compared_records.h"

#include <fmt/format.h>

#include <algorithm>

#include "checks/checks.h"

namespace assay::report {
namespace {

const record::Measurement* find_case(const record::Run& run, const record::Measurement& wanted) {
  const auto found = std::find_if(run.measurements.begin(), run.measurements.end(), [&](const auto& m) {
    return m.what.id() == wanted.what.id() && m.mode == wanted.mode && m.cache == wanted.cache;
  });
  return found == run.measurements.end() ? nullptr : &*found;
}

// Why a measurement has nothing to compare; empty if it has.
std::string why_not(const record::Measurement& m, const char* arm) {
  if (m.verdict == checks::Verdict::kRejected) return fmt::format("rejected in {}", arm);
  const auto& statistics = m.evidence.statistics;
  if (!statistics.median_interval || statistics.median_interval->lower <= 0) {
    return fmt::format("no interval in {}", arm);
  }
  return "";
}

record::ComparedArm arm_of(const record::Measurement& m) {
  const auto& statistics = m.evidence.statistics;
  return {m.what.id(), m.runner, statistics.median_ns, *statistics.median_interval, {}};
}

record::ComparedRow row_of(const record::Measurement& a, const record::Measurement& b) {
  record::ComparedRow row;
  row.id = a.what.id();
  row.kind = "records";
  row.claim = "none";
  row.a = arm_of(a);
  row.b = arm_of(b);
  row.rounds = 1;
  row.ratio = {row.b.median_ns / row.a.median_ns, row.b.interval.lower / row.a.interval.upper,
               row.b.interval.upper / row.a.interval.lower, 0.9};
  row.findings = checks::check_numerics_differ(a.evidence.numerics, b.evidence.numerics);
  for (auto& finding : checks::check_cache_mixed(a.evidence.cache, b.evidence.cache)) {
    row.findings.push_back(std::move(finding));
  }
  return row;
}

void note_difference(const char* what, const std::string& a, const std::string& b, ComparedRecords& result) {
  if (a != b) result.notes.push_back(fmt::format("the records differ in {}: '{}' and '{}'", what, a, b));
}

}  // namespace

ComparedRecords compare_records(const record::Run& a, const record::Run& b) {
  ComparedRecords result;
  note_difference("the CPU", a.environment.cpu, b.environment.cpu, result);
  note_difference("the host", a.environment.host, b.environment.host, result);
  note_difference("the governor", a.environment.governor, b.environment.governor, result);
  note_difference("assay's build", a.environment.git_revision + " " + a.environment.flags,
                  b.environment.git_revision + " " + b.environment.flags, result);
  note_difference("what was measured", a.subject, b.subject, result);
  for (const record::Measurement& m : a.measurements) {
    const std::string id = m.what.id();
    const record::Measurement* other = find_case(b, m);
    if (other == nullptr) {
      result.notes.push_back(fmt::format("{}: not in B", id));
      continue;
    }
    std::string reason = why_not(m, "A");
    if (reason.empty()) reason = why_not(*other, "B");
    if (!reason.empty()) {
      result.notes.push_back(fmt::format("{}: {}", id, reason));
    } else if (!m.input_digest.empty() && !other->input_digest.empty() &&
               m.input_digest != other->input_digest) {
      result.notes.push_back(fmt::format("{}: the inputs differ", id));
    } else {
      result.rows.push_back(row_of(m, *other));
    }
  }
  for (const record::Measurement& m : b.measurements) {
    if (find_case(a, m) == nullptr) result.notes.push_back(fmt::format("{}: not in A", m.what.id()));
  }
  return result;
}

}  // namespace assay::report
