// SPDX-License-Identifier: Apache-2.0
#include "apps/bench_session.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "apps/bench_output.h"
#include "apps/bench_progress.h"
#include "apps/bench_selection.h"
#include "apps/bench_target.h"
#include "apps/command.h"
#include "apps/compare_session.h"
#include "apps/interrupt.h"
#include "apps/limits_store.h"
#include "apps/profile_once.h"
#include "apps/terminal.h"
#include "base/sha256.h"
#include "base/text.h"
#include "measure/environment.h"
#include "programs/arm.h"
#include "programs/isolated_bench.h"
#include "record/reader.h"
#include "record/writer.h"

namespace assay::apps {
namespace {

constexpr double kGrace_s = 3;          // that a case has beyond the end of the run
constexpr std::int64_t kOverdraft = 3;  // shares of the time that a slow case may take
constexpr std::int64_t kLeastBudget_ns = 50'000'000;

// 2026-11-21T07:42:00Z as a file name: colons trouble some file systems.
std::filesystem::path default_record_path() {
  std::string time = utc_timestamp();
  std::erase(time, ':');
  return std::filesystem::path("assay-out") / (time + ".jsonl");
}

std::int64_t nanoseconds(double seconds) { return static_cast<std::int64_t>(seconds * 1e9); }

class BenchSession {
 public:
  BenchSession(const BenchSessionOptions& options, const std::vector<std::string>& command_line,
               const Suite* linked)
      : options_(options),
        command_line_(command_line),
        linked_(linked),
        end_ns_(clock_.now_ns() + nanoseconds(options.max_seconds)) {}

  Result<int> run() {
    ASSAY_TRY_VOID(check_output_options(options_));
    ASSAY_TRY(const BenchTarget target, bench_target(options_, linked_));
    if (std::getenv(programs::kArmVariable) != nullptr) return be_an_arm(target);
    if (!options_.vs.empty()) return compare(target);
    if (!options_.profile_once.empty()) {
      ASSAY_TRY_VOID(profile_once(target.open, options_.profile_once));
      return kSuccess;
    }
    ASSAY_TRY(auto bench, programs::IsolatedBench::open(target.open, target.lifetime, clock_));
    const programs::ProgramDescription& program = bench.program();
    ASSAY_TRY(CaseIndices chosen, select_cases(program.cases, options_.filter, options_.shard));
    if (options_.list) return list(program, chosen);
    ASSAY_TRY_VOID(describe_run(program, target));
    ASSAY_TRY(auto writer, open_record());
    if (!options_.resume.empty()) chosen = not_in(run_, program.cases, chosen);
    if (options_.dry_run) return dry_run(program, chosen);
    // On a device the variants of one point follow each other: they share inputs and answer, which take
    // longer to make than to measure.
    if (options_.device == "cpu") chosen = by_turns(program.cases, chosen);
    ASSAY_TRY_VOID(measure_all(bench, chosen, *writer));
    return finish(*writer);
  }

 private:
  // Another assay compares this suite with something else, and asks.
  Result<int> be_an_arm(const BenchTarget& target) {
    ASSAY_TRY(const auto program, target.open());
    const auto cases = programs::describe(*program).cases;
    ASSAY_TRY(const CaseIndices chosen, select_cases(cases, options_.filter, options_.shard));
    std::vector<std::string> ids;
    for (const std::size_t index : chosen) ids.push_back(cases[index].what.id());
    ASSAY_TRY_VOID(programs::be_an_arm(*program, clock_, ids));
    return kSuccess;
  }

  Result<int> compare(const BenchTarget& target) {
    CompareSessionOptions compare;
    compare.end_ns = end_ns_;
    if (options_.max_case_seconds > 0) compare.seconds = options_.max_case_seconds;
    compare.precision = options_.target_half_width;
    compare.gate = options_.gate;
    compare.seed = options_.seed;
    compare.json = options_.json;
    compare.record = options_.record;
    compare.anonymise = options_.anonymise;
    const std::string name = linked_ != nullptr ? linked_->name : options_.target;
    return compare_subject({name, target.open, options_.filter}, options_.vs, compare, command_line_);
  }

  static Result<int> list(const programs::ProgramDescription& program, const CaseIndices& chosen) {
    for (const std::size_t index : chosen) fmt::print("{}\n", program.cases[index].what.id());
    for (const std::string& variant : program.not_here) fmt::print(stderr, "assay: not here: {}\n", variant);
    return kSuccess;
  }

  Result<int> dry_run(const programs::ProgramDescription& program, const CaseIndices& chosen) const {
    fmt::print("{}\n{}\n{} cases in at most {:.0f} s on {}:\n", program.name, program.detail, chosen.size(),
               options_.max_seconds, program.runner);
    for (const std::size_t index : chosen) {
      const suite::Case& c = program.cases[index].what;
      fmt::print("  {:44} reads {:>8}, {:>8.3g} GFLOP a call\n", c.id(),
                 format_bytes(static_cast<double>(c.work.bytes_read.count)),
                 static_cast<double>(c.work.flops.count) * 1e-9);
    }
    for (const std::string& variant : program.not_here) fmt::print("  not here: {}\n", variant);
    return kSuccess;
  }

  Result<void> describe_run(const programs::ProgramDescription& program, const BenchTarget& target) {
    run_.environment =
        measure::collect_environment({.anonymise = options_.anonymise, .command_line = command_line_});
    run_.subject = program.name;
    run_.subject_detail = program.detail;
    ASSAY_TRY(run_.subject_sha256, sha256_of_file(target.file));
    return {};
  }

  // A new record, or one to go on with: its limits and environment are kept. None for --dry-run.
  Result<std::optional<record::Writer>> open_record() {
    if (!options_.resume.empty()) {
      record_path_ = options_.resume;
      ASSAY_TRY(record::Run recorded, record::read_run(record_path_));
      ASSAY_TRY_VOID(check_same(recorded, run_, options_.resume));
      run_ = std::move(recorded);
      run_.cut_line = false;
      if (options_.dry_run) return std::optional<record::Writer>();
      ASSAY_TRY(auto writer, record::Writer::resume(record_path_, run_));
      return std::optional(std::move(writer));
    }
    const std::int64_t before_ns = clock_.now_ns();
    ASSAY_TRY(run_.limits, load_or_measure_limits(clock_, /*fresh=*/false));
    if (options_.device != "cpu") {
      ASSAY_TRY(run_.limits.cuda, load_or_measure_device_limits(clock_, /*fresh=*/false));
    }
    end_ns_ += clock_.now_ns() - before_ns;  // once a machine, not once a run
    if (options_.dry_run) return std::optional<record::Writer>();
    record_path_ = options_.record.empty() ? default_record_path() : std::filesystem::path(options_.record);
    ASSAY_TRY(auto writer, record::Writer::create(record_path_, run_));
    return std::optional(std::move(writer));
  }

  // Every case gets an equal part of the time that is left, so that what quick cases save goes to slow ones.
  Result<void> measure_all(programs::IsolatedBench& bench, const CaseIndices& chosen,
                           record::Writer& writer) {
    ProgressLine line;
    for (std::size_t i = 0; i < chosen.size() && !interrupt_flag().load(); ++i) {
      const std::int64_t now_ns = clock_.now_ns();
      const std::int64_t share_ns = (end_ns_ - now_ns) / static_cast<std::int64_t>(chosen.size() - i);
      if (share_ns <= 0) {
        unmeasured_ += chosen.size() - i;
        break;
      }
      const std::string id = bench.program().cases[chosen[i]].what.id();
      programs::IsolatedOptions one = case_options(now_ns, share_ns);
      one.private_files = {writer.file()};
      one.progress = [&](const programs::CaseProgress& progress) {
        const double left_s = static_cast<double>(end_ns_ - clock_.now_ns()) * 1e-9;
        line.show(progress_text(i + 1, chosen.size(), id, progress, left_s));
      };
      ASSAY_TRY(auto outcome, bench.measure(chosen[i], run_.limits, one));
      if (!outcome.measurement) {
        unmeasured_ += 1;
        continue;
      }
      ASSAY_TRY_VOID(writer.append(*outcome.measurement));
      run_.measurements.push_back(std::move(*outcome.measurement));
    }
    return {};
  }

  [[nodiscard]] programs::IsolatedOptions case_options(std::int64_t now_ns, std::int64_t share_ns) const {
    programs::IsolatedOptions one;
    one.budget_ns = share_ns;
    // The data of a point, which its variants on a device share, may take longer to make than a case has.
    one.stop_ns = options_.device == "cpu" ? std::min(end_ns_, now_ns + kOverdraft * share_ns) : end_ns_;
    if (options_.max_case_seconds > 0) {
      one.budget_ns = std::min(one.budget_ns, nanoseconds(options_.max_case_seconds));
      one.stop_ns = std::min(one.stop_ns, now_ns + nanoseconds(options_.max_case_seconds));
    }
    one.budget_ns = std::max(one.budget_ns, kLeastBudget_ns);
    one.kill_ns = end_ns_ + nanoseconds(kGrace_s);
    one.target_half_width = options_.target_half_width;
    one.seed = options_.seed;
    one.longest_silence_s = options_.timeout_seconds;
    one.interrupt = &interrupt_flag();
    one.earlier = run_.measurements;
    return one;
  }

  Result<int> finish(record::Writer& writer) {
    const bool interrupted = interrupt_flag().load();
    run_.complete = !interrupted && unmeasured_ == 0;
    if (run_.complete) ASSAY_TRY_VOID(writer.finish());
    ASSAY_TRY_VOID(write_output(run_, record_path_, options_));
    if (interrupted) return kInterrupted;
    const auto& all = run_.measurements;
    const bool rejected = std::any_of(all.begin(), all.end(),
                                      [](const auto& m) { return m.verdict == checks::Verdict::kRejected; });
    if (unmeasured_ > 0) {
      std::fflush(stdout);  // where both streams go to one file, the table comes first
      fmt::print(stderr, "assay: {} of {} cases were not measured, as {} was over; --resume {} goes on\n",
                 unmeasured_, unmeasured_ + run_.measurements.size(),
                 options_.max_case_seconds > 0 ? "--max-time or --max-case-time" : "--max-time",
                 record_path_.string());
    }
    return rejected ? kRejected : unmeasured_ > 0 ? kInconclusive : kSuccess;
  }

  const BenchSessionOptions& options_;
  const std::vector<std::string>& command_line_;
  const Suite* linked_;
  SteadyClock clock_;
  std::int64_t end_ns_;  // of the run, opening included
  record::Run run_;
  std::filesystem::path record_path_;
  std::size_t unmeasured_ = 0;  // since the time was over
};

}  // namespace

Result<int> run_bench_session(const BenchSessionOptions& options,
                              const std::vector<std::string>& command_line, const Suite* linked) {
  return BenchSession(options, command_line, linked).run();
}

}  // namespace assay::apps
