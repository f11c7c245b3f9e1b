// SPDX-License-Identifier: Apache-2.0
#include "apps/bench_selection.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <regex>

#include "base/text.h"

namespace assay::apps {
namespace {

using programs::DescribedCase;

struct Shard {
  std::size_t number = 1;
  std::size_t of = 1;
};

Result<Shard> parse_shard(const std::string& text) {
  Shard shard;
  if (text.empty()) return shard;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, shard.number);
  const bool slash = first.ec == std::errc() && first.ptr != end && *first.ptr == '/';
  const auto second = slash ? std::from_chars(first.ptr + 1, end, shard.of) : first;
  if (!slash || second.ec != std::errc() || second.ptr != end || shard.number < 1 ||
      shard.number > shard.of) {
    return fail(ErrorCode::kInvalidArgument, "--shard: expected I/N with I from 1 to N, got '{}'",
                printable(text));
  }
  return shard;
}

}  // namespace

Result<CaseIndices> select_cases(const std::vector<DescribedCase>& cases, const std::string& filter,
                                 const std::string& shard) {
  CaseIndices chosen;
  try {
    const std::regex expression(filter);
    for (std::size_t i = 0; i < cases.size(); ++i) {
      if (filter.empty() || std::regex_search(cases[i].what.id(), expression)) chosen.push_back(i);
    }
  } catch (const std::regex_error&) {
    return fail(ErrorCode::kInvalidArgument, "--filter: '{}' is not a regular expression", printable(filter));
  }
  if (chosen.empty()) {
    return fail(ErrorCode::kInvalidArgument, "--filter: '{}' finds none of the {} cases; --list names them",
                printable(filter), cases.size());
  }
  ASSAY_TRY(const Shard part, parse_shard(shard));
  CaseIndices mine;
  for (std::size_t i = part.number - 1; i < chosen.size(); i += part.of) mine.push_back(chosen[i]);
  if (mine.empty()) {
    return fail(ErrorCode::kInvalidArgument, "--shard: {} is left with none of the {} cases", shard,
                chosen.size());
  }
  return mine;
}

CaseIndices by_turns(const std::vector<DescribedCase>& cases, const CaseIndices& chosen) {
  std::map<std::string, std::size_t> seen;  // of each entry
  std::vector<std::pair<std::size_t, std::size_t>> turns;
  for (const std::size_t index : chosen) {
    const std::string& variant = cases[index].what.entry;
    turns.emplace_back(seen[variant.substr(0, variant.find('/'))]++, index);
  }
  std::stable_sort(turns.begin(), turns.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  CaseIndices ordered;
  for (const auto& turn : turns) ordered.push_back(turn.second);
  return ordered;
}

Result<std::size_t> only_case(const std::vector<suite::Case>& cases, const std::string& name) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (cases[i].id() == name) return i;
    if (cases[i].id().find(name) != std::string::npos) found.push_back(i);
  }
  if (found.size() == 1) return found.front();
  return fail(ErrorCode::kInvalidArgument,
              "--profile-once: '{}' names {} of the {} cases, expected one; --list names them",
              printable(name, 200), found.size(), cases.size());
}

CaseIndices not_in(const record::Run& run, const std::vector<DescribedCase>& cases,
                   const CaseIndices& chosen) {
  CaseIndices left;
  for (const std::size_t index : chosen) {
    const std::string id = cases[index].what.id();
    const auto& done = run.measurements;
    if (std::none_of(done.begin(), done.end(), [&](const auto& m) { return m.what.id() == id; })) {
      left.push_back(index);
    }
  }
  return left;
}

Result<void> check_same(const record::Run& recorded, const record::Run& now, const std::string& record) {
  const auto differ = [&](std::string_view what, std::string_view was, std::string_view is) -> Result<void> {
    return fail(ErrorCode::kInvalidArgument,
                "--resume {}: the record is of {} '{}', this run of '{}'; start a new one", record, what,
                printable(was), printable(is));
  };
  if (recorded.subject != now.subject) return differ("subject", recorded.subject, now.subject);
  if (recorded.subject_sha256 != now.subject_sha256) {
    return differ("content", recorded.subject_sha256, now.subject_sha256);
  }
  const auto& was = recorded.environment;
  const auto& is = now.environment;
  if (was.binary_sha256 != is.binary_sha256) return differ("program", was.binary_sha256, is.binary_sha256);
  if (was.cpu != is.cpu) return differ("CPU", was.cpu, is.cpu);
  return {};
}

}  // namespace assay::apps
