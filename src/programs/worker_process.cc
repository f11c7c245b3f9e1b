// SPDX-License-Identifier: Apache-2.0
#include "programs/worker_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

namespace assay::programs {
namespace {

constexpr int kOutOfTheWay = 900;  // most systems allow 1024

std::vector<KnownWorker>& workers() {
  static std::vector<KnownWorker> list;
  return list;
}

bool is_worker(pid_t process) {
  return std::any_of(workers().begin(), workers().end(),
                     [&](const KnownWorker& known) { return known.process == process; });
}

std::ptrdiff_t thread_count() {
  std::error_code ignored;
  const std::filesystem::directory_iterator tasks("/proc/self/task", ignored);
  return std::distance(begin(tasks), end(tasks));
}

// ThreadSanitizer has a thread of its own, which it stops around fork.
#if defined(__SANITIZE_THREAD__)
constexpr std::ptrdiff_t kAllowedThreads = 2;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
constexpr std::ptrdiff_t kAllowedThreads = 2;
#else
constexpr std::ptrdiff_t kAllowedThreads = 1;
#endif
#else
constexpr std::ptrdiff_t kAllowedThreads = 1;
#endif

int moved_up(int file) {
  const int high = fcntl(file, F_DUPFD_CLOEXEC, kOutOfTheWay);
  if (high < 0) return file;
  close(file);
  return high;
}

void pause_1ms() {
  const timespec pause{0, 1'000'000};
  nanosleep(&pause, nullptr);
}

void kill_orphans() {
  std::ifstream list("/proc/self/task/" + std::to_string(getpid()) + "/children");
  for (pid_t child = 0; list >> child;) {
    if (is_worker(child)) continue;
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
}

}  // namespace

Result<void> refuse_threads() {
  // A thread that was joined a moment ago is still listed for some microseconds.
  constexpr int kTries = 100;
  for (int i = 0; i < kTries && thread_count() > kAllowedThreads; ++i) {
    pause_1ms();
  }
  const std::ptrdiff_t threads = thread_count();
  if (threads <= kAllowedThreads) return {};
  return fail(
      ErrorCode::kUnavailable,
      "this process has {} threads, and worker processes can only be forked before the first is started; "
      "start them in a variant's bind function",
      threads);
}

Result<SocketPair> make_sockets() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return fail(ErrorCode::kIo, "cannot make a socket for a worker process: {}", std::strerror(errno));
  }
  return SocketPair{moved_up(ends[0]), moved_up(ends[1])};
}

void adopt_orphans() { prctl(PR_SET_CHILD_SUBREAPER, 1); }
void remember_worker(const KnownWorker& worker) { workers().push_back(worker); }

void forget_workers() {
  for (const KnownWorker& known : workers()) {
    close(known.socket);
    close(known.output);
  }
  workers().clear();
}

bool has_ended(pid_t child) {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == child;
}

bool ends_soon(pid_t child) {
  constexpr int kTries = 1000;
  for (int i = 0; i < kTries && !has_ended(child); ++i) pause_1ms();
  return has_ended(child);
}

int kill_family(pid_t worker) {
  int status = 0;
  kill(-worker, SIGKILL);  // does not change the status of one that ended by itself
  while (waitpid(worker, &status, 0) < 0 && errno == EINTR) {
  }
  std::erase_if(workers(), [&](const KnownWorker& known) { return known.process == worker; });
  kill(-worker, SIGKILL);  // what it forked in the meantime
  kill_orphans();
  return status;
}

}  // namespace assay::programs
