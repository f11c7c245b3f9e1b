// SPDX-License-Identifier: Apache-2.0
#pragma once
// From an entry (assay/entry.h) to its cases: each variant, at each point of the axes that it takes, in each
// cache regime.
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assay/assay.h"
#include "base/result.h"
#include "suite/case.h"

namespace assay::suite {

// "--axis n=4096,8192": the values to measure instead of those that the entry states.
struct AxisChoice {
  std::string axis;
  std::vector<std::string> values;
};
// Errors: kInvalidArgument unless the text is name=value[,value...].
[[nodiscard]] Result<AxisChoice> parse_axis_choice(std::string_view text);

// A case and what it came from. The pointers are into the suite.
struct EntryCase {
  Case what;  // entry: the variant's name; axes: the point's, and `cache` where there is a choice
  const Entry* entry = nullptr;
  const Variant* variant = nullptr;
  Point point;
  std::string cache = "warm";
};

struct LeftOut {
  std::string variant;
  std::string reason;  // "needs avx512vnni"
};

struct Expansion {
  std::vector<EntryCase> cases;   // by entry, then point, then cache regime, then variant
  std::vector<LeftOut> left_out;  // variants that cannot run on this machine
};

// The cases of one entry, after validation (suite/validate.h). A choice for an axis replaces its values; for
// an entry with explicit points it keeps the points that have one of the values. A choice for an axis that
// the entry does not have changes nothing. `cache` can be chosen like an axis.
// Errors: kInvalidArgument for an entry that makes no sense, or a choice that leaves no point.
// `device`: variants for another one are left aside without a word.
[[nodiscard]] Result<Expansion> expand(const Entry& entry, std::span<const AxisChoice> choices = {},
                                       std::optional<Device> device = {});

// The cases of all entries. Errors: as above; two entries with one name; and a choice for an axis that no
// entry has, naming those that there are.
[[nodiscard]] Result<Expansion> expand(const Suite& suite, std::span<const AxisChoice> choices = {},
                                       std::optional<Device> device = {});

}  // namespace assay::suite
