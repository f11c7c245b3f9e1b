// SPDX-License-Identifier: Apache-2.0
#pragma once
// A run as one HTML page that opens offline: tables, plots (drawn by the Chart.js inside it), findings,
// samples, environment, limits, and how to reproduce. It asks for nothing from outside; a content security
// policy in it forbids that, and all text from the record is escaped. Light or dark as the reader's system
// is. Without JavaScript, or if assay was built without Chart.js, the page has everything but the plots, and
// says so.
#include <string>
#include <string_view>

#include "record/measurement.h"
#include "report/page_parts.h"

namespace assay::report {

struct HtmlOptions {
  bool show_rejected = false;                      // numbers of rejected rows too, marked as such
  std::string_view chart_library = kChartLibrary;  // the text of Chart.js 3.9; empty: no plots
};

[[nodiscard]] std::string html(const record::Run& run, const HtmlOptions& options = {});

}  // namespace assay::report
