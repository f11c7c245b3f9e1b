// SPDX-License-Identifier: Apache-2.0
#include "programs/arm.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "checks/checks.h"
#include "measure/warmup.h"

namespace assay::programs {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kWarmup_ns = 100'000'000;
constexpr double kShortRegion_ns = 10'000;  // below, several calls share a region
constexpr std::int64_t kMostCallsInRegion = 1 << 17;
constexpr int kMostCalls = 1'000'000;
// After another arm's turn the caches are its own; a call costs this little that one is made untimed.
constexpr double kCheapCall_ns = 20e6;

tl::unexpected<Error> bad_answer(std::string_view expected, std::string_view got) {
  return fail(ErrorCode::kCorrupt, "arm: expected {}, got '{}'", expected, printable(got));
}

Result<Json> parse_answer(std::string_view text, std::string_view expected) {
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return bad_answer(expected, text);
  return json;
}

Json finding_json(const checks::Finding& finding) {
  return {{"code", finding.code},
          {"rejects", finding.severity == checks::Severity::kReject},
          {"evidence", finding.evidence},
          {"remedy", finding.remedy}};
}

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json optional_json(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

std::optional<double> optional_number(const Json& json, const char* key) {
  const auto at = json.find(key);
  return at != json.end() && at->is_number() ? std::optional(at->get<double>()) : std::nullopt;
}

}  // namespace

Result<std::string> ArmService::answer(std::string_view question) {
  const std::size_t space = std::min(question.find(' '), question.size());
  const std::string_view verb = question.substr(0, space);
  const std::string_view rest = question.substr(std::min(space + 1, question.size()));
  if (verb == "list") return list();
  if (verb == "open") return open(rest);
  if (verb != "go" && verb != "check") {
    return fail(ErrorCode::kInvalidArgument, "arm: expected list, open, go or check, got '{}'",
                printable(verb));
  }
  if (!runner_) return fail(ErrorCode::kInvalidArgument, "arm: '{}' before a case was opened", verb);
  return verb == "go" ? go(rest) : check();
}

Result<std::string> ArmService::list() const {
  Json ids = Json::array();
  for (const suite::Case& c : program_.cases()) {
    const bool wanted = ids_.empty() || std::find(ids_.begin(), ids_.end(), c.id()) != ids_.end();
    if (wanted) ids.push_back(c.id());
  }
  return text_of(ids);
}

// The time of one call in ns, alone or as a share of its region.
Result<double> ArmService::timed_call_ns() {
  ASSAY_TRY_VOID(runner_->restore());
  const std::int64_t begin_ns = clock_.now_ns();
  for (std::int64_t i = 0; i < calls_per_sample_; ++i) ASSAY_TRY_VOID(runner_->call());
  const std::int64_t end_ns = clock_.now_ns();
  return static_cast<double>(end_ns - begin_ns) / static_cast<double>(calls_per_sample_);
}

Result<std::string> ArmService::open(std::string_view id) {
  const auto& cases = program_.cases();
  const auto wanted = std::find_if(cases.begin(), cases.end(), [&](const auto& c) { return c.id() == id; });
  if (wanted == cases.end()) {
    return fail(ErrorCode::kNotFound, "{} has no case '{}'", program_.name(), printable(id, 200));
  }
  calls_per_sample_ = 1;
  ASSAY_TRY(runner_, program_.make_runner(*wanted));
  const std::int64_t start_ns = clock_.now_ns();
  std::vector<std::int64_t> times;
  measure::WarmupState state = measure::WarmupState::kContinue;
  while (state == measure::WarmupState::kContinue) {
    ASSAY_TRY(const double time, timed_call_ns());
    times.push_back(std::llround(time));
    state = measure::warmup_state(times, clock_.now_ns() - start_ns, {.budget_ns = kWarmup_ns});
  }
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
  call_ns_ = static_cast<double>(times[times.size() / 2]);
  if (call_ns_ < kShortRegion_ns && runner_->can_repeat()) {
    calls_per_sample_ = 1000;  // for the clock's own share to vanish from this estimate
    ASSAY_TRY(const double repeated_ns, timed_call_ns());
    call_ns_ = std::max(repeated_ns, 1e-2);
    calls_per_sample_ =
        std::clamp<std::int64_t>(std::llround(kShortRegion_ns / call_ns_), 2, kMostCallsInRegion);
  }
  return text_of({{"call_ns", call_ns_},
                  {"calls_per_sample", calls_per_sample_},
                  {"settled", state == measure::WarmupState::kSettled}});
}

Result<std::string> ArmService::go(std::string_view count) {
  int calls = 0;
  const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), calls);
  if (error != std::errc() || end != count.data() + count.size() || calls < 1 || calls > kMostCalls) {
    return fail(ErrorCode::kInvalidArgument, "arm: expected go 1 to go {}, got 'go {}'", kMostCalls,
                printable(count));
  }
  std::vector<double> times;
  times.reserve(static_cast<std::size_t>(calls));
  if (call_ns_ * static_cast<double>(calls_per_sample_) < kCheapCall_ns) ASSAY_TRY_VOID(timed_call_ns());
  for (int i = 0; i < calls; ++i) {
    ASSAY_TRY(const double time, timed_call_ns());
    times.push_back(time);
  }
  return fmt::format("[{:.3f}]", fmt::join(times, ","));
}

Result<std::string> ArmService::check() {
  measure::Evidence evidence;
  ASSAY_TRY_VOID(runner_->restore());
  runner_->poison();
  ASSAY_TRY_VOID(runner_->call());
  ASSAY_TRY_VOID(runner_->check(evidence.output));
  ASSAY_TRY_VOID(runner_->add_evidence(evidence));
  checks::Findings findings = checks::check_wrong_output(evidence);
  for (checks::Finding& finding : checks::run_all(evidence)) {
    if (finding.code != "wrong-output") findings.push_back(std::move(finding));
  }
  Json list = Json::array();
  for (const checks::Finding& finding : findings) list.push_back(finding_json(finding));
  const measure::NumericsEvidence& numerics = evidence.numerics;
  return text_of({{"findings", list},
                  {"numerics",
                   {{"accumulation", numerics.accumulation},
                    {"rms_error", optional_json(numerics.rms_error)},
                    {"outputs", numerics.outputs}}},
                  {"cache",
                   {{"regime", evidence.cache.regime},
                    {"hot_ns", optional_json(evidence.cache.hot_ns)},
                    {"cold_ns", optional_json(evidence.cache.cold_ns)},
                    {"seen_ns", optional_json(evidence.cache.seen_ns)}}},
                  {"input_digest", runner_->digests().inputs},
                  {"runner", program_.runner_description()}});
}

Result<std::vector<std::string>> parse_arm_list(std::string_view answer) {
  constexpr std::string_view kExpected = "a list of case names";
  ASSAY_TRY(const Json json, parse_answer(answer, kExpected));
  if (!json.is_array()) return bad_answer(kExpected, answer);
  std::vector<std::string> ids;
  for (const Json& id : json) {
    if (!id.is_string()) return bad_answer(kExpected, answer);
    ids.push_back(id.get<std::string>());
  }
  return ids;
}

Result<std::vector<double>> parse_arm_times(std::string_view answer, int calls) {
  const std::string expected = fmt::format("{} times in ns", calls);
  ASSAY_TRY(const Json json, parse_answer(answer, expected));
  if (!json.is_array() || json.size() != static_cast<std::size_t>(calls)) return bad_answer(expected, answer);
  std::vector<double> times;
  for (const Json& time : json) {
    if (!time.is_number()) return bad_answer(expected, answer);
    times.push_back(time.get<double>());
    if (!(times.back() >= 0) || !std::isfinite(times.back())) return bad_answer(expected, answer);
  }
  return times;
}

Result<ArmEvidence> parse_arm_evidence(std::string_view answer) {
  constexpr std::string_view kExpected = "the evidence of an arm";
  ASSAY_TRY(const Json json, parse_answer(answer, kExpected));
  ArmEvidence evidence;
  try {
    for (const Json& finding : json.at("findings")) {
      evidence.findings.push_back(
          {finding.at("code").get<std::string>(),
           finding.at("rejects").get<bool>() ? checks::Severity::kReject : checks::Severity::kQualify,
           finding.at("evidence").get<std::string>(), finding.at("remedy").get<std::string>()});
    }
    const Json& numerics = json.at("numerics");
    evidence.numerics.accumulation = numerics.at("accumulation").get<std::string>();
    evidence.numerics.rms_error = optional_number(numerics, "rms_error");
    evidence.numerics.outputs = numerics.at("outputs").get<std::int64_t>();
    const Json& cache = json.at("cache");
    evidence.cache.regime = cache.at("regime").get<std::string>();
    evidence.cache.hot_ns = optional_number(cache, "hot_ns");
    evidence.cache.cold_ns = optional_number(cache, "cold_ns");
    evidence.cache.seen_ns = optional_number(cache, "seen_ns");
    evidence.input_digest = json.at("input_digest").get<std::string>();
    evidence.runner = json.at("runner").get<std::string>();
  } catch (const Json::exception&) {
    return bad_answer(kExpected, answer);
  }
  return evidence;
}

}  // namespace assay::programs
