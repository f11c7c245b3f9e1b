// SPDX-License-Identifier: Apache-2.0
#include "apps/bench_target.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.h"
#include "kernels/kernel_list.h"
#include "programs/model_program.h"
#include "programs/plugin.h"
#include "programs/suite_program.h"
#include "suite/expand.h"

namespace assay::apps {
namespace {

using AxisChoices = std::vector<suite::AxisChoice>;
using OpenResult = Result<std::unique_ptr<programs::Program>>;

using DeviceChoice = std::optional<Device>;  // nothing: all of them

Result<DeviceChoice> device_choice(const std::string& name) {
  if (name == "cpu") return DeviceChoice(Device::kCpu);
  if (name == "cuda") return DeviceChoice(Device::kCuda);
  if (name == "all") return DeviceChoice();
  return fail(ErrorCode::kInvalidArgument, "--device '{}': expected cpu, cuda or all", printable(name));
}

// A process opens a CUDA device for a good part of a second: one for all cases, and a new one after a case
// that ended it.
programs::IsolatedBench::Lifetime lifetime_on(DeviceChoice device) {
  return device == Device::kCpu ? programs::IsolatedBench::Lifetime::kOneCase
                                : programs::IsolatedBench::Lifetime::kAllCases;
}

Result<AxisChoices> axis_choices(const std::vector<std::string>& texts) {
  AxisChoices choices;
  for (const std::string& text : texts) {
    ASSAY_TRY(choices.emplace_back(), suite::parse_axis_choice(text));
  }
  return choices;
}

Result<std::vector<std::int64_t>> lengths_of(const suite::AxisChoice& choice) {
  std::vector<std::int64_t> lengths;
  for (const std::string& word : choice.values) {
    const char* end = word.data() + word.size();
    const auto parsed = std::from_chars(word.data(), end, lengths.emplace_back());
    if (parsed.ec != std::errc() || parsed.ptr != end || lengths.back() <= 0) {
      return fail(ErrorCode::kInvalidArgument, "--axis {}: expected a length in tokens, got '{}'",
                  choice.axis, printable(word));
    }
  }
  return lengths;
}

Result<programs::ModelProgramOptions> model_axes(const AxisChoices& choices) {
  programs::ModelProgramOptions options;
  for (const suite::AxisChoice& choice : choices) {
    if (choice.axis == "prompt") {
      ASSAY_TRY(options.prompt_lengths, lengths_of(choice));
    } else if (choice.axis == "depth") {
      ASSAY_TRY(options.depths, lengths_of(choice));
    } else {
      return fail(ErrorCode::kInvalidArgument, "--axis: a model has no axis '{}'; it has prompt and depth",
                  printable(choice.axis));
    }
  }
  return options;
}

// A length that does not fit is left out of the usual ones, and refused where it was asked for.
Result<void> check_lengths(const programs::Program& program, const AxisChoices& choices,
                           std::int64_t context) {
  for (const suite::AxisChoice& choice : choices) {
    for (const std::string& value : choice.values) {
      const auto& cases = program.cases();
      const bool is_there = std::any_of(cases.begin(), cases.end(), [&](const suite::Case& c) {
        const AxisValue wanted{choice.axis, value};
        return std::find(c.axes.begin(), c.axes.end(), wanted) != c.axes.end();
      });
      if (!is_there) {
        return fail(ErrorCode::kInvalidArgument, "--axis {}: a length of {} does not fit; expected {} to {}",
                    choice.axis, value, programs::kFullCheckPrompt, context - programs::kFullCheckSteps);
      }
    }
  }
  return {};
}

Result<BenchTarget> model_target(const BenchSessionOptions& options, const AxisChoices& choices) {
  BenchTarget target;
  ASSAY_TRY(target.file, find_model(options.target));
  ASSAY_TRY(const programs::ModelProgramOptions lengths, model_axes(choices));
  target.lifetime = programs::IsolatedBench::Lifetime::kAllCases;  // opening takes long
  const auto open = std::make_shared<OpenModel>();
  target.open = [open, lengths, choices, name = options.target, backend = options.backend]() -> OpenResult {
    ASSAY_TRY(*open, open_model(name));
    ASSAY_TRY(auto measured, open_backend(open->model, backend));
    auto reference = engine::make_reference_backend();
    ASSAY_TRY_VOID(reference->upload(open->model));
    ASSAY_TRY(auto program,
              programs::make_model_program(open->name, open->model, *open->tokenizer, thread_count(backend),
                                           std::move(measured), std::move(reference), lengths));
    ASSAY_TRY_VOID(check_lengths(*program, choices, open->model.config.context));
    open->tokenizer.reset();  // 10 MB that only the prompt needed
    return program;
  };
  return target;
}

BenchTarget plugin_target(const BenchSessionOptions& options, const AxisChoices& choices,
                          DeviceChoice device) {
  BenchTarget target;
  target.lifetime = lifetime_on(device);
  target.file = options.target;
  const auto loaded = std::make_shared<Suite>("");
  target.open = [loaded, choices, device, file = target.file, seed = options.seed]() -> OpenResult {
    ASSAY_TRY(*loaded, programs::load_plugin(file));
    return programs::make_suite_program(*loaded,
                                        {choices, seed, "plug-in " + file.filename().string(), device});
  };
  return target;
}

BenchTarget linked_target(const BenchSessionOptions& options, const AxisChoices& choices, DeviceChoice device,
                          const Suite& suite, std::string detail) {
  BenchTarget target;
  target.lifetime = lifetime_on(device);
  target.file = "/proc/self/exe";
  target.open = [&suite, choices, device, seed = options.seed, detail = std::move(detail)]() -> OpenResult {
    return programs::make_suite_program(suite, {choices, seed, detail, device});
  };
  return target;
}

}  // namespace

Result<BenchTarget> bench_target(const BenchSessionOptions& options, const Suite* linked) {
  ASSAY_TRY(const AxisChoices choices, axis_choices(options.axes));
  ASSAY_TRY(const DeviceChoice device, device_choice(options.device));
  if (linked != nullptr) return linked_target(options, choices, device, *linked, "suite of this program");
  if (options.target == "kernels") {
    return linked_target(options, choices, device, kernels::all_kernels(), "assay's own kernels");
  }
  if (!options.target.ends_with(".so")) {
    if (device != Device::kCpu)
      return fail(ErrorCode::kUnsupported, "--device {}: models run on the CPU so far; expected --device cpu",
                  options.device);
    return model_target(options, choices);
  }
  std::error_code ignored;
  if (!std::filesystem::exists(options.target, ignored)) {
    return fail(ErrorCode::kNotFound,
                "{}: no such file; expected a plug-in, which is a shared library with a suite",
                printable(options.target, 512));
  }
  return plugin_target(options, choices, device);
}

}  // namespace assay::apps
