// SPDX-License-Identifier: Apache-2.0
#include "measure/process_counters.h"

#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <mutex>

#include "base/text.h"

namespace assay::measure {
namespace {

std::atomic<std::int64_t> forks{0};

std::int64_t time_of(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

std::int64_t faults_of_children() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  return usage.ru_minflt + usage.ru_majflt;
}

}  // namespace

std::int64_t process_cpu_ns() { return time_of(CLOCK_PROCESS_CPUTIME_ID); }
std::int64_t thread_cpu_ns() { return time_of(CLOCK_THREAD_CPUTIME_ID); }

std::optional<ThreadCounters> read_thread_counters() {
  rusage usage{};
  if (getrusage(RUSAGE_THREAD, &usage) != 0) return std::nullopt;
  return ThreadCounters{usage.ru_minflt + usage.ru_majflt, usage.ru_nvcsw};
}

ChildCounter::ChildCounter() {
  static std::once_flag installed;
  std::call_once(installed, [] { pthread_atfork([] { forks.fetch_add(1); }, nullptr, nullptr); });
  (void)take();
}

std::int64_t ChildCounter::take() {
  const std::int64_t forks_now = forks.load();
  const std::int64_t faults_now = faults_of_children();
  std::int64_t started = forks_now - forks_;
  // posix_spawn() and system() run no fork handlers.
  if (started == 0 && faults_now != faults_) started = 1;
  forks_ = forks_now;
  faults_ = faults_now;
  return started;
}

std::int64_t libraries_loaded() {
  std::int64_t count = 0;
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* result) {
        *static_cast<std::int64_t*>(result) = static_cast<std::int64_t>(info->dlpi_adds);
        return 1;  // every entry tells the same
      },
      &count);
  return count;
}

IoCounter::IoCounter() : file_(open("/proc/self/io", O_RDONLY | O_CLOEXEC)) {
  const auto first = read();
  const auto second = read();
  if (first && second) own_cost_ = *second - *first;
}

IoCounter::~IoCounter() {
  if (file_ >= 0) close(file_);
}

std::optional<std::int64_t> IoCounter::read() const {
  char text[512];
  const ssize_t size = file_ >= 0 ? pread(file_, text, sizeof text, 0) : -1;
  if (size <= 0) return std::nullopt;
  return parse_io_calls({text, static_cast<std::size_t>(size)});
}

std::optional<std::int64_t> parse_io_calls(std::string_view text) {
  std::int64_t sum = 0;
  int found = 0;
  for (const std::string_view line : split(text, '\n')) {
    if (!line.starts_with("syscr: ") && !line.starts_with("syscw: ")) continue;
    const std::string_view number = line.substr(7);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (error != std::errc() || end != number.data() + number.size()) return std::nullopt;
    sum += value;
    found += 1;
  }
  if (found != 2) return std::nullopt;
  return sum;
}

std::optional<std::int64_t> printed_bytes() {
  struct stat out {};
  struct stat error {};
  const bool has_out = fstat(STDOUT_FILENO, &out) == 0 && S_ISREG(out.st_mode);
  const bool has_error = fstat(STDERR_FILENO, &error) == 0 && S_ISREG(error.st_mode);
  if (!has_out && !has_error) return std::nullopt;
  if (!has_error) return out.st_size;
  if (!has_out) return error.st_size;
  const bool same = out.st_dev == error.st_dev && out.st_ino == error.st_ino;
  return same ? out.st_size : out.st_size + error.st_size;
}

}  // namespace assay::measure
