// SPDX-License-Identifier: Apache-2.0
#include "programs/arm_link.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/text.h"
#include "programs/arm.h"
#include "programs/child_process.h"
#include "programs/worker.h"

namespace assay::programs {
namespace {

constexpr std::size_t kLongestAnswer = 64u << 20;

class ForkedArm final : public ArmLink {
 public:
  ForkedArm(std::unique_ptr<Clock> watch, Worker worker)
      : watch_(std::move(watch)), worker_(std::move(worker)) {}

  Result<std::string> ask(std::string_view question, double timeout_s) override {
    if (!worker_.alive()) return fail(ErrorCode::kUnavailable, "its process is gone");
    Answer answer = worker_.ask(question, {.longest_silence_s = timeout_s});
    if (answer.text) return std::move(*answer.text);
    if (answer.error) return tl::unexpected<Error>(*answer.error);
    if (answer.timed_out_after_s) {
      return fail(ErrorCode::kUnavailable, "no answer in {:.0f} s; its process was ended",
                  *answer.timed_out_after_s);
    }
    return fail(ErrorCode::kUnavailable, "its process ended: {}", printable(answer.failure, 200));
  }

 private:
  std::unique_ptr<Clock> watch_;  // the watchdog's
  Worker worker_;
};

class ExecutedArm final : public ArmLink {
 public:
  explicit ExecutedArm(ChildProcess child) : child_(std::move(child)) {}

  Result<void> greet(double timeout_s) {
    const auto line = read_line(timeout_s);
    if (line && *line == kArmGreeting) return {};
    if (!line && !has_ended_) return tl::unexpected<Error>(line.error());
    return fail(ErrorCode::kUnsupported, "expected the greeting '{}' of an assay suite, got {}", kArmGreeting,
                line ? fmt::format("'{}'", printable(*line)) : "none: " + line.error().message);
  }

  Result<std::string> ask(std::string_view question, double timeout_s) override {
    if (!child_.send(std::string(question) + "\n")) return ended();
    ASSAY_TRY(std::string line, read_line(timeout_s));
    if (line.starts_with("ok ")) return line.substr(3);
    if (line.starts_with("error "))
      return fail(ErrorCode::kUnavailable, "{}", printable(line.substr(6), 500));
    return fail(ErrorCode::kCorrupt, "expected 'ok' or 'error' from it, got '{}'", printable(line));
  }

 private:
  tl::unexpected<Error> ended() {
    has_ended_ = true;
    return fail(ErrorCode::kUnavailable, "its process ended: {}", child_.end_of_itself());
  }

  Result<std::string> read_line(double timeout_s) {
    SteadyClock clock;
    const std::int64_t end_ns = clock.now_ns() + static_cast<std::int64_t>(timeout_s * 1e9);
    while (true) {
      if (const std::size_t end = pending_.find('\n'); end != std::string::npos) {
        std::string line = pending_.substr(0, end);
        pending_.erase(0, end + 1);
        return line;
      }
      if (pending_.size() > kLongestAnswer) return fail(ErrorCode::kCorrupt, "its answer is endless");
      const std::int64_t left_ms = (end_ns - clock.now_ns()) / 1'000'000;
      pollfd waiting{child_.output(), POLLIN, 0};
      const int ready = left_ms > 0 ? poll(&waiting, 1, static_cast<int>(left_ms)) : 0;
      if (ready < 0 && errno == EINTR) continue;
      if (ready == 0) {
        (void)child_.end();
        return fail(ErrorCode::kUnavailable, "no answer in {:.0f} s; its process was ended", timeout_s);
      }
      char part[65536];
      const ssize_t count = read(child_.output(), part, sizeof part);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return ended();
      pending_.append(part, static_cast<std::size_t>(count));
    }
  }

  ChildProcess child_;
  std::string pending_;
  bool has_ended_ = false;  // by itself
};

}  // namespace

Result<std::unique_ptr<ArmLink>> fork_arm(MakeProgram make, Clock& clock) {
  // The program is made with the first question, behind the watchdog.
  struct State {
    std::unique_ptr<Program> program;
    std::unique_ptr<ArmService> service;
  };
  auto state = std::make_shared<State>();
  Service service = [state, make = std::move(make), &clock](std::string_view question,
                                                            WorkerChannel&) -> Result<std::string> {
    if (!state->service) {
      ASSAY_TRY(state->program, make());
      state->service = std::make_unique<ArmService>(*state->program, clock);
    }
    return state->service->answer(question);
  };
  auto watch = std::make_unique<SteadyClock>();
  ASSAY_TRY(Worker worker, Worker::start(std::move(service), *watch));
  return std::make_unique<ForkedArm>(std::move(watch), std::move(worker));
}

Result<std::unique_ptr<ArmLink>> exec_arm(const std::vector<std::string>& command, double timeout_s) {
  ASSAY_TRY(ChildProcess child,
            ChildProcess::start(command, {{kArmVariable, "1"}}, ChildProcess::Streams::kPipes));
  auto arm = std::make_unique<ExecutedArm>(std::move(child));
  ASSAY_TRY_VOID(arm->greet(timeout_s));
  return arm;
}

}  // namespace assay::programs
