// SPDX-License-Identifier: Apache-2.0
#include "apps/bench_session.h"

#include <algorithm>
#include <cstdio>
#include <regex>

#include "apps/command.h"
#include "apps/interrupt.h"
#include "apps/limits_store.h"
#include "apps/terminal.h"
#include "base/mapped_file.h"
#include "base/sha256.h"
#include "base/text.h"
#include "measure/environment.h"
#include "programs/bench.h"
#include "programs/model_program.h"
#include "record/writer.h"
#include "report/html.h"
#include "report/json.h"
#include "report/terminal_table.h"

namespace assay::apps {
namespace {

using Cases = std::vector<suite::Case>;

Result<Cases> select(const Cases& all, const std::string& filter) {
  if (filter.empty()) return all;
  Cases chosen;
  try {
    const std::regex expression(filter);
    std::copy_if(all.begin(), all.end(), std::back_inserter(chosen),
                 [&](const suite::Case& c) { return std::regex_search(c.id(), expression); });
  } catch (const std::regex_error&) {
    return fail(ErrorCode::kInvalidArgument, "--filter: '{}' is not a regular expression", printable(filter));
  }
  if (chosen.empty()) {
    return fail(ErrorCode::kInvalidArgument, "--filter: '{}' finds none of the {} cases; --list names them",
                printable(filter), all.size());
  }
  return chosen;
}

// 2026-11-21T07:42:00Z as a file name: colons trouble some file systems.
std::filesystem::path default_record_path() {
  std::string time = utc_timestamp();
  std::erase(time, ':');
  return std::filesystem::path("assay-out") / (time + ".jsonl");
}

class BenchSession {
 public:
  BenchSession(const BenchSessionOptions& options, const std::vector<std::string>& command_line)
      : options_(options), command_line_(command_line) {}

  Result<int> run() {
    ASSAY_TRY(colour_, parse_colour(options_.colour));
    ASSAY_TRY(open_, open_model(options_.model));
    ASSAY_TRY_VOID(make_program());
    ASSAY_TRY(const Cases cases, select(program_->cases(), options_.filter));
    if (options_.list) return list(cases);
    ASSAY_TRY(run_.limits, load_or_measure_limits(clock_, /*fresh=*/false));
    if (options_.dry_run) return dry_run(cases);
    ASSAY_TRY_VOID(describe_run());
    const std::filesystem::path record_path = record_file();
    ASSAY_TRY(auto writer, record::Writer::create(record_path, run_));
    ASSAY_TRY_VOID(measure_all(cases, writer));
    const bool interrupted = interrupt_flag().load();
    if (!interrupted) ASSAY_TRY_VOID(writer.finish());
    run_.complete = !interrupted;
    ASSAY_TRY_VOID(report(record_path));
    if (interrupted) return kInterrupted;
    const auto& all = run_.measurements;
    const bool rejected = std::any_of(all.begin(), all.end(),
                                      [](const auto& m) { return m.verdict == checks::Verdict::kRejected; });
    return rejected ? kRejected : kSuccess;
  }

 private:
  Result<void> make_program() {
    ASSAY_TRY(auto measured, open_backend(open_.model, options_.backend));
    auto reference = engine::make_reference_backend();
    ASSAY_TRY_VOID(reference->upload(open_.model));
    ASSAY_TRY(program_, programs::make_model_program(open_.name, open_.model, *open_.tokenizer,
                                                     thread_count(options_.backend), std::move(measured),
                                                     std::move(reference), {}));
    open_.tokenizer.reset();  // 10 MB that only the prompt needed
    return {};
  }

  static Result<int> list(const Cases& cases) {
    for (const suite::Case& c : cases) fmt::print("{}\n", c.id());
    return kSuccess;
  }

  Result<int> dry_run(const Cases& cases) const {
    fmt::print("{}\n{}\n{} cases in at most {:.0f} s on {}:\n", program_->name(), program_->detail(),
               cases.size(), options_.max_seconds, program_->runner_description());
    for (const suite::Case& c : cases) {
      fmt::print("  {:44} reads {:>8}, {:>8.3g} GFLOP a call\n", c.id(),
                 format_bytes(static_cast<double>(c.work.bytes_read.count)),
                 static_cast<double>(c.work.flops.count) * 1e-9);
    }
    return kSuccess;
  }

  Result<void> describe_run() {
    run_.environment =
        measure::collect_environment({.anonymise = options_.anonymise, .command_line = command_line_});
    run_.subject = program_->name();
    run_.subject_detail = program_->detail();
    ASSAY_TRY(run_.subject_sha256, sha256_of_file(open_.path));
    return {};
  }

  [[nodiscard]] std::filesystem::path record_file() const {
    return options_.record.empty() ? default_record_path() : std::filesystem::path(options_.record);
  }

  // Every case gets an equal part of the time that is left, so that what quick cases save goes to slow ones.
  Result<void> measure_all(const Cases& cases, record::Writer& writer) {
    const auto surroundings = programs::make_surroundings(clock_);
    const std::int64_t end_ns = clock_.now_ns() + static_cast<std::int64_t>(options_.max_seconds * 1e9);
    ProgressLine line;
    for (std::size_t i = 0; i < cases.size() && !interrupt_flag().load(); ++i) {
      programs::BenchOptions bench;
      const std::int64_t left_ns = std::max<std::int64_t>(end_ns - clock_.now_ns(), 0);
      bench.budget_ns =
          std::max<std::int64_t>(left_ns / static_cast<std::int64_t>(cases.size() - i), 50'000'000);
      bench.target_half_width = options_.target_half_width;
      bench.seed = options_.seed;
      bench.stop = &interrupt_flag();
      bench.progress = [&](const measure::Progress& p) {
        line.show(fmt::format("[{}/{}] {}  {} {}  {:.0f} of {:.0f} s", i + 1, cases.size(), cases[i].id(),
                              p.warming_up ? "warm-up" : "n =", p.calls,
                              static_cast<double>(p.spent_ns) * 1e-9,
                              static_cast<double>(p.budget_ns) * 1e-9));
      };
      auto measured = programs::bench_case(*program_, cases[i], run_.limits, clock_, *surroundings, bench);
      if (!measured && measured.error().code == ErrorCode::kCancelled && interrupt_flag().load()) break;
      if (!measured) return tl::unexpected<Error>(measured.error());
      ASSAY_TRY_VOID(writer.append(*measured));
      run_.measurements.push_back(std::move(*measured));
    }
    return {};
  }

  Result<void> report(const std::filesystem::path& record_path) const {
    if (options_.json) {
      fmt::print("{}\n", report::json(run_));
    } else {
      fmt::print("{}", report::table(run_, {.width = terminal_width(stdout),
                                            .colour = use_colour(colour_, stdout),
                                            .show_rejected = options_.show_rejected}));
    }
    std::string written = fmt::format("record {}", record_path.string());
    if (!options_.no_html) {
      const std::string page = report::html(run_);
      ASSAY_TRY_VOID(write_file_atomically(options_.html, std::as_bytes(std::span(page))));
      written += fmt::format(", page {}", options_.html);
    }
    fmt::print(options_.json ? stderr : stdout, "{}{}\n", options_.json ? "assay: " : "\n", written);
    return {};
  }

  const BenchSessionOptions& options_;
  const std::vector<std::string>& command_line_;
  SteadyClock clock_;
  ColourChoice colour_ = ColourChoice::kAuto;
  OpenModel open_;
  std::unique_ptr<programs::Program> program_;
  record::Run run_;
};

}  // namespace

Result<int> run_bench_session(const BenchSessionOptions& options,
                              const std::vector<std::string>& command_line) {
  return BenchSession(options, command_line).run();
}

}  // namespace assay::apps
