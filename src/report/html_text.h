// SPDX-License-Identifier: Apache-2.0
#pragma once
// Text that stands in an HTML page as itself.
#include <string>
#include <string_view>

namespace assay::report {

// For the content of an element and for a value in double quotes: & < > " ' become references, control
// characters spaces, bytes that are not UTF-8 question marks.
[[nodiscard]] std::string html_text(std::string_view text);

// JSON for the content of a <script> element: "<" becomes \u003c, so that nothing in it can end the element.
[[nodiscard]] std::string script_json(std::string_view json);

}  // namespace assay::report
