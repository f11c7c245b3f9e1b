// SPDX-License-Identifier: Apache-2.0
#include "programs/program_description.h"

#include <nlohmann/json.hpp>

#include "record/encode.h"
#include "record/reader.h"

namespace assay::programs {
namespace {

using Json = nlohmann::json;

std::vector<std::string> words(const Json& list) {
  std::vector<std::string> all;
  for (const Json& word : list) all.push_back(word.get<std::string>());
  return all;
}

Result<DescribedCase> described_case(const Json& json) {
  DescribedCase described;
  ASSAY_TRY(record::Measurement blank,
            record::parse_measurement(json.at("blank").get<std::string>(), "a case"));
  described.what = std::move(blank.what);
  described.threads = json.at("threads").get<int>();
  described.axes_that_change_result = words(json.at("axes_that_change_result"));
  return described;
}

Result<ProgramDescription> description_from(const Json& json) {
  ProgramDescription description;
  description.name = json.at("name").get<std::string>();
  description.detail = json.at("detail").get<std::string>();
  description.runner = json.at("runner").get<std::string>();
  description.not_here = words(json.at("not_here"));
  for (const Json& one : json.at("cases")) {
    ASSAY_TRY(description.cases.emplace_back(), described_case(one));
  }
  return description;
}

}  // namespace

ProgramDescription describe(const Program& program) {
  ProgramDescription description{
      program.name(), program.detail(), program.runner_description(), {}, program.not_here()};
  for (const suite::Case& one : program.cases()) {
    description.cases.push_back({one, program.threads_of(one), program.axes_that_change_result(one)});
  }
  return description;
}

// A case travels as a measurement of it that has not been made, so that its keys are named in one place.
std::string pack(const ProgramDescription& description) {
  Json cases = Json::array();
  for (const DescribedCase& one : description.cases) {
    record::Measurement blank;
    blank.what = one.what;
    cases.push_back({{"blank", record::encode_measurement(blank)},
                     {"threads", one.threads},
                     {"axes_that_change_result", one.axes_that_change_result}});
  }
  const Json json = {{"name", description.name},
                     {"detail", description.detail},
                     {"runner", description.runner},
                     {"not_here", description.not_here},
                     {"cases", cases}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<ProgramDescription> unpack_description(std::string_view text) {
  try {
    return description_from(Json::parse(text));
  } catch (const Json::exception&) {
    return fail(ErrorCode::kCorrupt,
                "the worker process described its cases wrongly: its memory was damaged");
  }
}

}  // namespace assay::programs
