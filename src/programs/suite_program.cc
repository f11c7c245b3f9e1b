// SPDX-License-Identifier: Apache-2.0
#include "programs/suite_program.h"

#include <algorithm>

#include "device/cuda/cuda_device.h"
#include "programs/suite_case.h"

namespace assay::programs {
namespace {

class InProcessSuite final : public SuiteProgram {
 public:
  InProcessSuite(const Suite& suite, SuiteOptions options, suite::Expansion expansion)
      : suite_(suite), options_(std::move(options)), expansion_(std::move(expansion)) {
    for (const suite::EntryCase& one : expansion_.cases) cases_.push_back(one.what);
  }

  std::string name() const override { return suite_.name; }
  std::string detail() const override { return options_.detail; }
  const std::vector<suite::Case>& cases() const override { return cases_; }
  std::span<const suite::LeftOut> left_out() const override { return expansion_.left_out; }

  int threads() const override {
    int most = 1;
    for (const suite::EntryCase& one : expansion_.cases) most = std::max(most, threads_at(one));
    return most;
  }
  int threads_of(const suite::Case& wanted) const override {
    const suite::EntryCase* found = find(wanted);
    return found == nullptr ? 1 : threads_at(*found);
  }

  std::vector<std::string> axes_that_change_result(const suite::Case& wanted) const override {
    std::vector<std::string> names;
    const suite::EntryCase* found = find(wanted);
    if (found == nullptr) return names;
    for (const Axis& axis : found->entry->axes) {
      if (axis.changes_result) names.push_back(axis.name);
    }
    return names;
  }

  Result<std::unique_ptr<measure::Runner>> make_runner(const suite::Case& wanted) override {
    const suite::EntryCase* found = find(wanted);
    if (found == nullptr)
      return fail(ErrorCode::kNotFound, "suite '{}' has no case '{}'", suite_.name, wanted.id());
    ran_ = std::make_shared<std::vector<std::string>>();
    return make_suite_runner(*found, options_.seed, ran_, &last_data_);
  }

  std::string runner_description() const override { return "functions of this process"; }
  std::vector<std::string> variants_used() const override {
    return ran_ ? *ran_ : std::vector<std::string>();
  }

 private:
  [[nodiscard]] static int threads_at(const suite::EntryCase& one) {
    return one.entry->threads_at ? one.entry->threads_at(one.point) : 1;
  }
  [[nodiscard]] const suite::EntryCase* find(const suite::Case& wanted) const {
    const auto found = std::find_if(expansion_.cases.begin(), expansion_.cases.end(), [&](const auto& one) {
      return one.what.entry == wanted.entry && one.what.axes == wanted.axes;
    });
    return found == expansion_.cases.end() ? nullptr : &*found;
  }

  const Suite& suite_;
  SuiteOptions options_;
  suite::Expansion expansion_;
  std::vector<suite::Case> cases_;
  RanNames ran_;              // of the last runner that was made
  SharedCaseData last_data_;  // and its point's
};

}  // namespace

Result<std::unique_ptr<SuiteProgram>> make_suite_program(const Suite& suite, SuiteOptions options) {
  ASSAY_TRY(suite::Expansion expansion, suite::expand(suite, options.axes, options.device));
  if (expansion.cases.empty()) {
    std::string why = suite.entries.empty() ? "it has no entries" : "no variant takes any point";
    const bool is_elsewhere = options.device && !suite.entries.empty() && expansion.left_out.empty();
    if (is_elsewhere && *options.device == Device::kCuda && !device::cuda::is_built_in()) {
      why = "this assay was built without CUDA; install the CUDA toolkit and build the preset 'cuda'";
    } else if (is_elsewhere) {
      why = fmt::format("no variant runs on {}; --device names another",
                        *options.device == Device::kCpu ? "the CPU" : "a CUDA device");
    }
    if (!expansion.left_out.empty())
      why = fmt::format("'{}' {}", expansion.left_out[0].variant, expansion.left_out[0].reason);
    return fail(ErrorCode::kInvalidArgument, "suite '{}' has no case to measure: {}", suite.name, why);
  }
  return std::make_unique<InProcessSuite>(suite, std::move(options), std::move(expansion));
}

}  // namespace assay::programs
