// SPDX-License-Identifier: Apache-2.0
#include "programs/interleave.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "checks/checks.h"
#include "programs/child_process.h"

namespace assay::programs {
namespace {

constexpr double kPatienceFactor = 20;

std::size_t side(measure::Arm arm) { return arm == measure::kArmB ? 1 : 0; }
const char* letter(std::size_t side) { return side == 1 ? "B" : "A"; }

std::string where(std::size_t side, const ArmSource& source) {
  return fmt::format("arm {} ({})", letter(side), source.case_id.empty() ? source.name : source.case_id);
}

}  // namespace

class SuiteArms::Process final : public measure::ArmProcess {
 public:
  Process(SuiteArms& owner, measure::Arm arm, std::unique_ptr<ArmLink> link)
      : owner_(owner), arm_(arm), link_(std::move(link)) {}

  Result<void> open() {
    ASSAY_TRY(const std::string opened,
              ask("open " + owner_.sources_[side(arm_)].case_id, owner_.patience_.ready_s));
    const auto json = nlohmann::json::parse(opened, nullptr, /*allow_exceptions=*/false);
    const auto number = [&](const char* key) {
      return json.is_object() && json.contains(key) && json[key].is_number() ? json[key].get<double>() : -1;
    };
    sample_s_ = number("call_ns") * number("calls_per_sample") * 1e-9;
    if (sample_s_ < 0) {
      return fail(ErrorCode::kCorrupt, "{}: expected the time of a call, got '{}'", place(),
                  printable(opened));
    }
    return {};
  }

  Result<std::vector<double>> turn(int calls) override {
    const double expected_s = sample_s_ * (calls + 1);
    ASSAY_TRY(const std::string answer,
              ask(fmt::format("go {}", calls), owner_.patience_.answer_s + kPatienceFactor * expected_s));
    auto times = parse_arm_times(answer, calls);
    if (!times) return tl::unexpected<Error>(times.error().with_context(place()));
    return times;
  }

  Result<void> finish() override {
    ASSAY_TRY(const std::string answer,
              ask("check", owner_.patience_.answer_s + kPatienceFactor * sample_s_));
    auto evidence = parse_arm_evidence(answer);
    if (!evidence) return tl::unexpected<Error>(evidence.error().with_context(place()));
    owner_.add(arm_, std::move(*evidence));
    link_.reset();
    return {};
  }

 private:
  [[nodiscard]] std::string place() const { return where(side(arm_), owner_.sources_[side(arm_)]); }

  Result<std::string> ask(const std::string& question, double timeout_s) {
    auto answer = link_->ask(question, timeout_s);
    if (!answer) return tl::unexpected<Error>(answer.error().with_context(place()));
    return answer;
  }

  SuiteArms& owner_;
  measure::Arm arm_;
  std::unique_ptr<ArmLink> link_;
  double sample_s_ = 0;
};

SuiteArms::SuiteArms(ArmSource a, ArmSource b, const ArmPatience& patience)
    : sources_{std::move(a), std::move(b)}, patience_(patience) {}

Result<std::unique_ptr<measure::ArmProcess>> SuiteArms::start(measure::Arm arm) {
  const ArmSource& source = sources_[side(arm)];
  auto link = source.start();
  if (!link) return tl::unexpected<Error>(link.error().with_context(where(side(arm), source)));
  auto process = std::make_unique<Process>(*this, arm, std::move(*link));
  ASSAY_TRY_VOID(process->open());
  return process;
}

void SuiteArms::add(measure::Arm arm, ArmEvidence evidence) {
  auto& list = found_[side(arm)];
  for (const checks::Finding& finding : evidence.findings) {
    const bool known =
        std::any_of(list.begin(), list.end(), [&](const auto& f) { return f.code == finding.code; });
    if (known) continue;
    list.push_back(finding);
    list.back().evidence = fmt::format("arm {}: {}", letter(side(arm)), finding.evidence);
  }
  last_[side(arm)] = std::move(evidence);
}

std::vector<checks::Finding> SuiteArms::findings() const {
  std::vector<checks::Finding> all = found_[0];
  all.insert(all.end(), found_[1].begin(), found_[1].end());
  if (!last_[0] || !last_[1]) return all;
  for (auto& finding : checks::check_numerics_differ(last_[0]->numerics, last_[1]->numerics)) {
    all.push_back(std::move(finding));
  }
  for (auto& finding : checks::check_cache_mixed(last_[0]->cache, last_[1]->cache)) {
    all.push_back(std::move(finding));
  }
  return all;
}

const std::string& SuiteArms::runner(measure::Arm arm) const {
  static const std::string kUnknown;
  return last_[side(arm)] ? last_[side(arm)]->runner : kUnknown;
}

class CommandArms::Process final : public measure::ArmProcess {
 public:
  Process(const CommandArms& owner, measure::Arm arm) : owner_(owner), side_(side(arm)) {}

  Result<std::vector<double>> turn(int calls) override {
    std::vector<double> times;
    for (int i = 0; i < calls; ++i) {
      const std::int64_t begin_ns = owner_.clock_.now_ns();
      auto child = ChildProcess::start(owner_.commands_[side_], {}, ChildProcess::Streams::kNothing);
      if (!child) return failed(child.error());
      const auto end_ns = child->wait(owner_.clock_, owner_.longest_s_);
      if (!end_ns) return failed(end_ns.error());
      times.push_back(static_cast<double>(*end_ns - begin_ns));
    }
    return times;
  }

 private:
  [[nodiscard]] tl::unexpected<Error> failed(const Error& error) const {
    const std::string command = fmt::format("{}", fmt::join(owner_.commands_[side_], " "));
    return tl::unexpected<Error>(
        error.with_context(fmt::format("command {} ('{}')", letter(side_), printable(command))));
  }

  const CommandArms& owner_;
  std::size_t side_;
};

CommandArms::CommandArms(std::vector<std::string> a, std::vector<std::string> b, Clock& clock,
                         double longest_s)
    : commands_{std::move(a), std::move(b)}, clock_(clock), longest_s_(longest_s) {}

Result<std::unique_ptr<measure::ArmProcess>> CommandArms::start(measure::Arm arm) {
  return std::make_unique<Process>(*this, arm);
}

Result<double> empty_process_ns(Clock& clock) {
  constexpr int kRuns = 21;
  CommandArms nothing({"true"}, {"true"}, clock);
  ASSAY_TRY(const auto process, nothing.start(measure::kArmA));
  ASSAY_TRY(auto times, process->turn(kRuns));
  std::nth_element(times.begin(), times.begin() + kRuns / 2, times.end());
  return times[kRuns / 2];
}

Result<std::vector<std::string>> list_cases(const ArmSource& source, double timeout_s) {
  auto ids = [&]() -> Result<std::vector<std::string>> {
    ASSAY_TRY(const auto link, source.start());
    ASSAY_TRY(const std::string answer, link->ask("list", timeout_s));
    return parse_arm_list(answer);
  }();
  if (!ids) return tl::unexpected<Error>(ids.error().with_context(source.name));
  return ids;
}

}  // namespace assay::programs
