// SPDX-License-Identifier: Apache-2.0
#include "apps/compare_session.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <regex>

#include "apps/interrupt.h"
#include "apps/terminal.h"
#include "base/text.h"
#include "measure/environment.h"
#include "programs/comparison_session.h"
#include "programs/plugin.h"
#include "programs/suite_program.h"
#include "record/writer.h"
#include "report/comparison_table.h"
#include "report/json.h"

namespace assay::apps {
namespace {

using programs::ArmSource;
using programs::MakeProgram;
using programs::RowToCompare;

constexpr double kGreeting_s =
    60;  // a suite greets at once; another command is a whole process, and this short

SteadyClock& steady_clock() {
  static SteadyClock clock;
  return clock;
}

bool is_library(const std::string& name) {
  return std::filesystem::path(name).extension() == ".so" && std::filesystem::is_regular_file(name);
}

// A plug-in is loaded in the child: what its code does to a process is not done to this one.
MakeProgram open_plugin(std::string path) {
  return [path = std::move(path)]() -> Result<std::unique_ptr<programs::Program>> {
    ASSAY_TRY(Suite suite, programs::load_plugin(path));
    // For the rest of the child: programs refer to their suite.
    static std::unique_ptr<Suite> kept;
    kept = std::make_unique<Suite>(std::move(suite));
    programs::SuiteOptions options;
    options.detail = "plug-in " + path;
    ASSAY_TRY(auto program, programs::make_suite_program(*kept, options));
    return program;
  };
}

ArmSource forked_source(std::string name, MakeProgram open) {
  return {std::move(name), "", [open = std::move(open)] { return programs::fork_arm(open, steady_clock()); }};
}

ArmSource executed_source(const std::vector<std::string>& command) {
  return {fmt::format("{}", fmt::join(command, " ")), "",
          [command] { return programs::exec_arm(command, kGreeting_s); }};
}

ArmSource source_of(const std::vector<std::string>& command) {
  if (command.size() == 1 && is_library(command.front())) {
    return forked_source(command.front(), open_plugin(command.front()));
  }
  return executed_source(command);
}

RowToCompare resident_row(std::string id, ArmSource a, std::string case_a, ArmSource b, std::string case_b) {
  a.case_id = std::move(case_a);
  b.case_id = std::move(case_b);
  const std::string name_a = a.name + " " + a.case_id;
  const std::string name_b = b.name + " " + b.case_id;
  return {std::move(id), name_a, name_b, std::make_unique<programs::SuiteArms>(std::move(a), std::move(b))};
}

// A row for each case that both have.
Result<std::vector<RowToCompare>> shared_rows(const ArmSource& a, const std::vector<std::string>& cases_a,
                                              const ArmSource& b, const std::vector<std::string>& cases_b) {
  std::vector<RowToCompare> rows;
  for (const std::string& id : cases_a) {
    if (std::find(cases_b.begin(), cases_b.end(), id) == cases_b.end()) continue;
    rows.push_back(resident_row(id, a, id, b, id));
  }
  if (rows.empty()) {
    return fail(ErrorCode::kInvalidArgument, "{} ({} cases) and {} ({} cases) have no case in common", a.name,
                cases_a.size(), b.name, cases_b.size());
  }
  return rows;
}

// "saxpy/plain n=64" with the variant "avx2": "saxpy/avx2 n=64". Empty if it is of that variant already.
std::string with_variant(const std::string& id, const std::string& variant) {
  const std::size_t end = std::min(id.find(' '), id.size());
  const std::size_t slash = id.rfind('/', end);
  if (slash == std::string::npos || id.substr(slash + 1, end - slash - 1) == variant) return "";
  return id.substr(0, slash + 1) + variant + id.substr(end);
}

Result<std::vector<RowToCompare>> variant_rows(const ArmSource& source,
                                               const std::vector<std::string>& chosen,
                                               const std::vector<std::string>& all,
                                               const std::string& variant) {
  std::vector<RowToCompare> rows;
  for (const std::string& id : chosen) {
    const std::string other = with_variant(id, variant);
    if (std::find(all.begin(), all.end(), other) == all.end()) continue;
    rows.push_back(resident_row(id, source, id, source, other));
  }
  if (rows.empty()) {
    return fail(
        ErrorCode::kInvalidArgument,
        "--vs: '{}' is no file, and no variant that stands beside another one here; --list names the cases",
        printable(variant));
  }
  return rows;
}

Result<std::vector<std::string>> filtered(const std::vector<std::string>& ids, const std::string& filter) {
  if (filter.empty()) return ids;
  std::vector<std::string> chosen;
  try {
    const std::regex expression(filter);
    std::copy_if(ids.begin(), ids.end(), std::back_inserter(chosen),
                 [&](const std::string& id) { return std::regex_search(id, expression); });
  } catch (const std::regex_error&) {
    return fail(ErrorCode::kInvalidArgument, "--filter: '{}' is not a regular expression", printable(filter));
  }
  if (chosen.empty()) {
    return fail(ErrorCode::kInvalidArgument, "--filter: '{}' finds none of the {} cases", printable(filter),
                ids.size());
  }
  return chosen;
}

std::filesystem::path record_path(const CompareSessionOptions& options) {
  if (!options.record.empty()) return options.record;
  std::string time = utc_timestamp();
  std::erase(time, ':');
  return std::filesystem::path("assay-out") / ("compare-" + time + ".jsonl");
}

int exit_status(const programs::ComparisonSession& session) {
  const auto any = [&](auto is_so) { return std::any_of(session.rows.begin(), session.rows.end(), is_so); };
  const auto rejects = [](const checks::Finding& f) { return f.severity == checks::Severity::kReject; };
  if (!session.failed.empty()) return kHarnessError;
  if (any([&](const auto& r) { return std::any_of(r.findings.begin(), r.findings.end(), rejects); })) {
    return kRejected;
  }
  if (any([](const auto& r) { return r.gate && r.gate->state == "red"; })) return kRegression;
  if (any([](const auto& r) { return r.gate && r.gate->state != "green"; })) return kInconclusive;
  if (any([](const auto& r) { return r.claim == "unusable"; })) return kInconclusive;
  if (session.left_out > 0) return kInconclusive;
  return kSuccess;
}

Result<void> keep_and_print(const record::Run& run, record::Writer& writer, const std::filesystem::path& path,
                            const CompareSessionOptions& options) {
  for (const record::ComparedRow& row : run.comparisons) ASSAY_TRY_VOID(writer.append(row));
  ASSAY_TRY_VOID(writer.finish());
  if (options.json) {
    fmt::print("{}\n", report::json(run));
  } else {
    fmt::print("{}\n", report::comparison_table(run, terminal_width(stdout)));
  }
  fmt::print(options.json ? stderr : stdout, "{}record {}\n", options.json ? "assay: " : "", path.string());
  return {};
}

Result<int> run_session(std::vector<RowToCompare>& rows, const std::string& subject,
                        std::optional<double> empty_process_ns, const CompareSessionOptions& options,
                        const CommandLine& words) {
  programs::ComparisonSessionOptions session_options;
  session_options.budget_ns = static_cast<std::int64_t>(options.seconds * 1e9);
  session_options.end_ns = options.end_ns;
  session_options.target = options.precision;
  session_options.seed = options.seed;
  session_options.stop = &interrupt_flag();
  session_options.empty_process_ns = empty_process_ns;
  if (!options.gate.empty()) {
    ASSAY_TRY(session_options.gate, measure::parse_gate(options.gate));
  }
  record::Run run;
  run.environment = measure::collect_environment({.anonymise = options.anonymise, .command_line = words});
  run.subject = subject;
  const std::filesystem::path path = record_path(options);
  ASSAY_TRY(auto writer, record::Writer::create(path, run));  // before the time is spent
  std::error_code ignored;
  ProgressLine line;
  session_options.progress = [&](std::size_t row, const measure::ComparisonProgress& p) {
    line.show(fmt::format("[{}/{}] {}  round {} of at most {}  B / A {}  {:.0f} of {:.0f} s", row + 1,
                          rows.size(), rows[row].id, p.round, p.rounds,
                          p.ratio ? fmt::format("{:.3f}", std::exp(p.ratio->mean)) : "-",
                          static_cast<double>(p.spent_ns) * 1e-9, static_cast<double>(p.budget_ns) * 1e-9));
  };
  const auto session = programs::compare_rows(rows, steady_clock(), session_options);
  line.clear();
  if (!session || session->rows.empty()) std::filesystem::remove(path, ignored);  // it would hold nothing
  if (!session) return tl::unexpected<Error>(session.error());
  for (const Error& error : session->failed) fmt::print(stderr, "assay: {}\n", error.message);
  if (!session->rows.empty()) {
    run.comparisons = session->rows;
    run.complete = true;
    ASSAY_TRY_VOID(keep_and_print(run, writer, path, options));
  }
  if (session->left_out > 0) {
    std::fflush(stdout);
    fmt::print(stderr, "assay: {} of {} cases were not compared, as --max-time was over\n", session->left_out,
               rows.size());
  }
  return exit_status(*session);
}

}  // namespace

Result<int> compare_commands(const std::vector<std::string>& command_a,
                             const std::vector<std::string>& command_b, const CompareSessionOptions& options,
                             const CommandLine& words) {
  if (command_a.empty() || command_b.empty()) {
    return fail(ErrorCode::kInvalidArgument,
                "expected two commands: assay compare --interleave -- CMD_A -- CMD_B");
  }
  const ArmSource a = source_of(command_a);
  const ArmSource b = source_of(command_b);
  const std::string subject = fmt::format("A: {}   B: {}", a.name, b.name);
  const auto cases_a = programs::list_cases(a);
  if (cases_a) {
    ASSAY_TRY(const auto cases_b, programs::list_cases(b));
    ASSAY_TRY(auto rows, shared_rows(a, *cases_a, b, cases_b));
    return run_session(rows, subject, std::nullopt, options, words);
  }
  if (cases_a.error().code != ErrorCode::kUnsupported) return tl::unexpected<Error>(cases_a.error());
  ASSAY_TRY(const double empty_ns, programs::empty_process_ns(steady_clock()));
  std::vector<RowToCompare> rows;
  rows.push_back({"command", a.name, b.name,
                  std::make_unique<programs::CommandArms>(command_a, command_b, steady_clock())});
  return run_session(rows, subject, empty_ns, options, words);
}

Result<int> compare_subject(const BenchSubject& subject, const std::string& vs,
                            const CompareSessionOptions& options, const CommandLine& words) {
  const ArmSource a = forked_source(subject.name, subject.open);
  ASSAY_TRY(const auto all, programs::list_cases(a));
  ASSAY_TRY(const auto chosen, filtered(all, subject.filter));
  const std::string title = fmt::format("A: {}   B: {}", subject.name, vs);
  if (!std::filesystem::is_regular_file(vs)) {
    ASSAY_TRY(auto rows, variant_rows(a, chosen, all, vs));
    return run_session(rows, title, std::nullopt, options, words);
  }
  const ArmSource b = source_of({vs});
  ASSAY_TRY(const auto cases_b, programs::list_cases(b));
  ASSAY_TRY(auto rows, shared_rows(a, chosen, b, cases_b));
  return run_session(rows, title, std::nullopt, options, words);
}

}  // namespace assay::apps
