// SPDX-License-Identifier: Apache-2.0
#include "programs/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "programs/worker_process.h"

extern char** environ;

namespace assay::programs {
namespace {

std::string describe(int status) {
  if (WIFEXITED(status)) return fmt::format("exit({})", WEXITSTATUS(status));
  const char* name = strsignal(WTERMSIG(status));
  return fmt::format("signal {} ({})", WTERMSIG(status), name == nullptr ? "unknown" : name);
}

void close_if_open(int& file) {
  if (file >= 0) close(std::exchange(file, -1));
}

// posix_spawn's lists, freed at the end of the scope.
struct SpawnLists {
  SpawnLists() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnLists() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

std::vector<std::string> environment_with(const ChildProcess::Variables& added) {
  std::vector<std::string> all;
  for (char** variable = environ; *variable != nullptr; ++variable) all.emplace_back(*variable);
  for (const auto& [name, value] : added) {
    std::erase_if(all, [&](const std::string& v) { return v.starts_with(name + "="); });
    all.push_back(name + "=" + value);
  }
  return all;
}

}  // namespace

Result<ChildProcess> ChildProcess::start(const std::vector<std::string>& command,
                                         const Variables& added_environment, Streams streams) {
  if (command.empty()) return fail(ErrorCode::kInvalidArgument, "expected a command, got none");
  SpawnLists lists;
  std::array<int, 2> to_child{-1, -1};
  std::array<int, 2> from_child{-1, -1};
  if (streams == Streams::kPipes) {
    // A socket, as writing to a pipe whose reader died would raise SIGPIPE in this process.
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, to_child.data()) != 0 ||
        pipe2(from_child.data(), O_CLOEXEC) != 0) {
      for (int& file : to_child) close_if_open(file);
      return fail(ErrorCode::kIo, "cannot make a pipe: {}", std::strerror(errno));
    }
    posix_spawn_file_actions_adddup2(&lists.actions, to_child[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&lists.actions, from_child[1], STDOUT_FILENO);
  } else {
    posix_spawn_file_actions_addopen(&lists.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    for (const int file : {STDOUT_FILENO, STDERR_FILENO}) {
      posix_spawn_file_actions_addopen(&lists.actions, file, "/dev/null", O_WRONLY, 0);
    }
  }
  posix_spawnattr_setflags(&lists.attributes, POSIX_SPAWN_SETPGROUP);
  std::vector<std::string> words = command;
  std::vector<std::string> variables = environment_with(added_environment);
  ChildProcess child;
  const int code = posix_spawnp(&child.pid_, command.front().c_str(), &lists.actions, &lists.attributes,
                                pointers_to(words).data(), pointers_to(variables).data());
  close_if_open(to_child[0]);
  close_if_open(from_child[1]);
  child.input_ = to_child[1];
  child.output_ = from_child[0];
  if (code != 0) {
    child.pid_ = -1;
    return fail(code == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo, "cannot start '{}': {}",
                printable(command.front(), 200), std::strerror(code));
  }
  remember_child(child.pid_);  // so that no worker's end takes it for an orphan
  return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept { *this = std::move(other); }

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(input_, other.input_);
  std::swap(output_, other.output_);
  std::swap(how_it_ended_, other.how_it_ended_);
  return *this;
}

ChildProcess::~ChildProcess() {
  close_if_open(input_);
  close_if_open(output_);
  (void)end();
}

Result<std::int64_t> ChildProcess::wait(Clock& clock, double timeout_s) {
  const int file = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  if (file < 0) return fail(ErrorCode::kUnavailable, "cannot watch a process: {}", std::strerror(errno));
  pollfd ended{file, POLLIN, 0};
  int ready = 0;
  while ((ready = poll(&ended, 1, static_cast<int>(timeout_s * 1e3))) < 0 && errno == EINTR) {
  }
  const std::int64_t end_ns = clock.now_ns();
  close(file);
  if (ready == 0) {
    (void)end();
    return fail(ErrorCode::kUnavailable, "did not end in {:.0f} s and was killed", timeout_s);
  }
  if (const std::string how = end(); how != "exit(0)") {
    return fail(ErrorCode::kUnavailable, "ended with {}, expected exit(0)", how);
  }
  return end_ns;
}

bool ChildProcess::send(std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(input_, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string ChildProcess::end_of_itself() {
  if (pid_ > 0) (void)ends_soon(pid_);
  return end();
}

std::string ChildProcess::end() {
  if (pid_ > 0) how_it_ended_ = describe(kill_family(std::exchange(pid_, -1)));
  return how_it_ended_;
}

}  // namespace assay::programs
