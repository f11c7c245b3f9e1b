// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the plots of the page show, as JSON for page.js: for each group the points with interval and limit,
// and for each measurement its samples in order. Numbers that are withheld are not in it.
#include <string>
#include <vector>

#include "report/groups.h"

namespace assay::report {

// At most this many samples of a measurement are drawn (every k-th); the page says so.
inline constexpr std::size_t kMostSamplesDrawn = 400;

// {"groups":[{"title","x","y","unit","limit","points":[{"x","y","low","high","best","verdict"}]}],
//  "samples":[{"unit","times":[...],"median","verdict"}]}: samples in the order of rows, group by group.
[[nodiscard]] std::string page_data(const std::vector<Group>& groups);

// True if the group can be drawn over its first axis: at least two rows with different numbers on it.
[[nodiscard]] bool has_plot(const Group& group);

}  // namespace assay::report
