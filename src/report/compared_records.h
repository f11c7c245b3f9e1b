// SPDX-License-Identifier: Apache-2.0
#pragma once
// What two records that were made at different times say about each other. Not supported: claims of a
// difference; the records do not hold what these would need.
#include <string>
#include <vector>

#include "record/measurement.h"

namespace assay::report {

struct ComparedRecords {
  std::vector<record::ComparedRow> rows;  // of the cases that stand in both with a number
  std::vector<std::string> notes;         // what differs besides, and what could not be compared
};

// Each row has the ratio of the medians with an interval of at least 90 %: from the ends of both 95 %
// intervals, which both hold with 90 % at least. A row that is rejected in a record, or has no interval
// there, becomes a note.
[[nodiscard]] ComparedRecords compare_records(const record::Run& a, const record::Run& b);

}  // namespace assay::report
