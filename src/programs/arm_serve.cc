// SPDX-License-Identifier: Apache-2.0
// The arm's end of the pipe.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "programs/arm.h"

namespace assay::programs {
namespace {

constexpr std::size_t kLongestQuestion = 64 * 1024;

Result<void> write_line(int out, std::string line) {
  line += '\n';
  std::string_view left = line;
  while (!left.empty()) {
    const ssize_t written = write(out, left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return fail(ErrorCode::kIo, "arm: cannot answer: {}", std::strerror(errno));
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

// An error's message is one line; the measured code's words need not be.
std::string error_line(std::string message) {
  for (char& c : message) c = c == '\n' || c == '\r' ? ' ' : c;
  return "error " + message;
}

std::string answer_line(ArmService& service, std::string_view question) {
  try {
    auto answer = service.answer(question);
    return answer ? "ok " + *answer : error_line(answer.error().message);
  } catch (const std::exception& thrown) {
    return error_line(std::string("exception: ") + thrown.what());
  } catch (...) {
    return error_line("exception that is no std::exception");
  }
}

}  // namespace

Result<void> serve_arm(ArmService& service, int in, int out) {
  std::string pending;
  char part[4096];
  while (true) {
    const ssize_t count = read(in, part, sizeof part);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return {};
    pending.append(part, static_cast<std::size_t>(count));
    for (std::size_t end = 0; (end = pending.find('\n')) != std::string::npos;) {
      ASSAY_TRY_VOID(write_line(out, answer_line(service, std::string_view(pending).substr(0, end))));
      pending.erase(0, end + 1);
    }
    if (pending.size() > kLongestQuestion) {
      return fail(ErrorCode::kCorrupt, "arm: a question is longer than {} bytes", kLongestQuestion);
    }
  }
}

Result<void> be_an_arm(Program& program, Clock& clock, std::vector<std::string> ids) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGINT, SIG_IGN);  // Ctrl-C ends the comparison, and this process when its pipe closes
  constexpr int kOutOfTheWay = 900;
  const int in = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, kOutOfTheWay);
  const int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, kOutOfTheWay);
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (in < 0 || out < 0 || nothing < 0) {
    return fail(ErrorCode::kIo, "arm: cannot set up its pipe: {}", std::strerror(errno));
  }
  dup2(nothing, STDIN_FILENO);
  dup2(nothing, STDOUT_FILENO);
  ArmService service(program, clock, std::move(ids));
  ASSAY_TRY_VOID(write_line(out, std::string(kArmGreeting)));
  return serve_arm(service, in, out);
}

}  // namespace assay::programs
