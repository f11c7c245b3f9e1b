// SPDX-License-Identifier: Apache-2.0
#include "model/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/check.h"

extern char** environ;

namespace assay::model {
namespace {

constexpr int kTickMs = 200;
constexpr std::size_t kKeptBytes = 8192;

std::vector<std::string> environment_of(const Process& process) {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    bool replaced = false;
    for (const auto& [name, value] : process.environment) replaced = replaced || text.starts_with(name + "=");
    if (!replaced) variables.emplace_back(text);
  }
  for (const auto& [name, value] : process.environment) variables.push_back(name + "=" + value);
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

// Starts the program with `errors_fd` as its standard error. Returns 0 or an error number.
int start(const Process& process, int errors_fd, pid_t& pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ASSAY_CHECK(posix_spawn_file_actions_init(&actions) == 0 && posix_spawnattr_init(&attributes) == 0);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, errors_fd, STDERR_FILENO);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  std::vector<std::string> command = process.command, variables = environment_of(process);
  const int error = posix_spawnp(&pid, command[0].c_str(), &actions, &attributes, pointers(command).data(),
                                 pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return error;
}

int wait_for(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Result<ProcessEnd> run_process(const Process& process) {
  ASSAY_CHECK(!process.command.empty());
  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) {
    return fail(ErrorCode::kUnavailable, "cannot start {}: {}", process.command[0], std::strerror(errno));
  }
  pid_t pid = 0;
  const int error = start(process, pipe_ends[1], pid);
  close(pipe_ends[1]);
  if (error != 0) {
    close(pipe_ends[0]);
    return fail(ErrorCode::kUnavailable, "cannot start {}: {}", process.command[0], std::strerror(error));
  }
  // The pipe closes when the program ends, so that waiting for text is waiting for the end.
  ProcessEnd end;
  bool cancelled = false;
  for (;;) {
    if (!cancelled && process.cancel != nullptr && process.cancel->load()) {
      cancelled = true;
      kill(-pid, SIGTERM);
    }
    pollfd readable{pipe_ends[0], POLLIN, 0};
    const int ready = poll(&readable, 1, kTickMs);
    if (process.tick && !cancelled) process.tick();
    if (ready <= 0) continue;
    std::array<char, 4096> buffer;
    const ssize_t size = read(pipe_ends[0], buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    end.errors.append(buffer.data(), static_cast<std::size_t>(size));
    if (end.errors.size() > kKeptBytes) end.errors.erase(0, end.errors.size() - kKeptBytes);
  }
  close(pipe_ends[0]);
  end.status = wait_for(pid);
  if (cancelled) return fail(ErrorCode::kCancelled, "{} was stopped", process.command[0]);
  return end;
}

}  // namespace assay::model
