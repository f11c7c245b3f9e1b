// SPDX-License-Identifier: Apache-2.0
// Finding `fallback`: what ran is not what was asked for, so that the number has the wrong name.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>

#include "checks/checks.h"

namespace assay::checks {
namespace {

// A program may name what ran without the entry: "cpu.avx2" for "saxpy/cpu.avx2".
bool is_what_was_asked(std::string_view ran, std::string_view asked) {
  if (ran == asked) return true;
  return asked.size() > ran.size() && asked.ends_with(ran) && asked[asked.size() - ran.size() - 1] == '/';
}

}  // namespace

Findings check_fallback(const measure::Evidence& evidence) {
  const measure::ChoiceEvidence& choice = evidence.choice;
  Findings findings;
  const auto add = [&findings](Severity severity, std::string text, std::string remedy) {
    findings.push_back({"fallback", severity, std::move(text), std::move(remedy)});
  };
  for (const std::string& ran : choice.ran) {
    if (choice.asked.empty() ? ran == choice.ran.front() : is_what_was_asked(ran, choice.asked)) continue;
    const bool asked = !choice.asked.empty();
    add(Severity::kReject,
        fmt::format("'{}' ran, {} '{}'", ran, asked ? "asked for was" : "at first it was",
                    asked ? choice.asked : choice.ran.front()),
        "Ask for what ran, or find out why the program chose another way (a missing feature, an unsuitable "
        "shape).");
    break;
  }
  if (!choice.recompile_limit.empty()) {
    add(Severity::kReject, fmt::format("the recompile limit was reached: {}", choice.recompile_limit),
        "Raise the limit or compile for fewer shapes; beyond it the uncompiled code runs.");
  }
  if (choice.graph_breaks > 0) {
    add(Severity::kQualify, fmt::format("{} graph breaks > 0", choice.graph_breaks),
        "Remove what breaks the graph, or name the number after what ran.");
  }
  if (!choice.skipped_modes.empty()) {
    add(Severity::kQualify,
        fmt::format("the runtime skipped {} mode{} without a word > 0: {}", choice.skipped_modes.size(),
                    choice.skipped_modes.size() == 1 ? "" : "s", fmt::join(choice.skipped_modes, ", ")),
        "Read the runtime's log, and do not compare the skipped mode.");
  }
  return findings;
}

}  // namespace assay::checks
