// SPDX-License-Identifier: Apache-2.0
#include "programs/machine_child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "programs/worker_process.h"

namespace assay::programs {
namespace {

constexpr char kText = 'T';
constexpr char kFirstCode = 'a';  // of an error, by its number

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

[[noreturn]] void answer(const std::function<Result<std::string>()>& work, int file, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);  // it died before that
  forget_workers();
  const Result<std::string> result = work();
  std::string text(1, result ? kText : static_cast<char>(kFirstCode + static_cast<int>(result.error().code)));
  text += result ? *result : result.error().message;
  std::fflush(nullptr);
  ::_exit(write_all(file, text) ? 0 : 1);
}

// Until the other end closes. False after `timeout_s`.
bool read_all(int file, double timeout_s, std::string& text) {
  using Clock = std::chrono::steady_clock;
  const auto end =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(timeout_s));
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return false;
    pollfd waited{file, POLLIN, 0};
    if (::poll(&waited, 1, static_cast<int>(left)) <= 0) continue;
    std::array<char, 4096> part{};
    const ssize_t got = ::read(file, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return true;
    text.append(part.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

Result<std::string> ask_in_child(const std::function<Result<std::string>()>& work, double timeout_s) {
  ASSAY_TRY_VOID(refuse_threads());
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return fail(ErrorCode::kIo, "cannot make a pipe: {}", std::strerror(errno));
  std::fflush(nullptr);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) {
    const int why = errno;
    ::close(ends[0]), ::close(ends[1]);
    return fail(ErrorCode::kIo, "cannot fork: {}", std::strerror(why));
  }
  if (child == 0) {
    ::close(ends[0]);
    answer(work, ends[1], parent);
  }
  ::close(ends[1]);
  std::string text;
  const bool in_time = read_all(ends[0], timeout_s, text);
  ::close(ends[0]);
  if (!in_time) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!in_time)
    return fail(ErrorCode::kUnavailable, "a helper process did not answer in {:.0f} s", timeout_s);
  if (WIFSIGNALED(status)) {
    return fail(ErrorCode::kUnavailable, "a helper process died of signal {} ({})", WTERMSIG(status),
                ::strsignal(WTERMSIG(status)));
  }
  if (text.empty() || WEXITSTATUS(status) != 0)
    return fail(ErrorCode::kUnavailable, "a helper process ended with status {} and no answer",
                WEXITSTATUS(status));
  const char kind = text.front();
  text.erase(0, 1);
  if (kind == kText) return text;
  return tl::unexpected<Error>(Error{static_cast<ErrorCode>(kind - kFirstCode), std::move(text)});
}

}  // namespace assay::programs
