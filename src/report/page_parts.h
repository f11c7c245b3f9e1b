// SPDX-License-Identifier: Apache-2.0
#pragma once
// Files that the page of report/html.h consists of, put into the program at build time by embed_text.cmake.
#include <string_view>

namespace assay::report {

extern const std::string_view kPageStyle;   // page.css
extern const std::string_view kPageScript;  // page.js
extern const std::string_view
    kChartLibrary;  // Chart.js with its licence line; empty if it was not there at build time

}  // namespace assay::report
