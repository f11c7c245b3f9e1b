// SPDX-License-Identifier: Apache-2.0
#pragma once
// Counters that the system keeps of this process, read around a single call. Linux only; a fact that it does
// not tell is absent.
#include <cstdint>
#include <optional>
#include <string_view>

namespace assay::measure {

// CPU time, of all threads or of the calling one.
[[nodiscard]] std::int64_t process_cpu_ns();
[[nodiscard]] std::int64_t thread_cpu_ns();

// Of the calling thread.
struct ThreadCounters {
  std::int64_t page_faults = 0;  // minor and major
  std::int64_t voluntary_switches = 0;
};
[[nodiscard]] std::optional<ThreadCounters> read_thread_counters();

// How many times this process forked (seen by a handler that the first call of this function installs), plus
// one if a child that was started otherwise and waited for used any memory since. Only differences count.
class ChildCounter {
 public:
  ChildCounter();
  // Children since the last call, or since construction.
  [[nodiscard]] std::int64_t take();

 private:
  std::int64_t forks_ = 0;
  std::int64_t faults_ = 0;  // of all children that were waited for
};

// Shared libraries loaded since the process began, those that are gone included.
[[nodiscard]] std::int64_t libraries_loaded();

// Reads and writes of this process, from a file that is kept open.
class IoCounter {
 public:
  IoCounter();
  ~IoCounter();
  IoCounter(const IoCounter&) = delete;
  IoCounter& operator=(const IoCounter&) = delete;
  // Since the process began; absent if the system does not tell. Each reading counts for `own_cost()` itself.
  [[nodiscard]] std::optional<std::int64_t> read() const;
  [[nodiscard]] std::int64_t own_cost() const { return own_cost_; }

 private:
  int file_;
  std::int64_t own_cost_ = 0;
};

// Text of /proc/self/io -> syscr + syscw; absent if one is missing.
[[nodiscard]] std::optional<std::int64_t> parse_io_calls(std::string_view text);

// Bytes in the files behind standard output and standard error, one file counted once; absent if neither is a
// regular file.
[[nodiscard]] std::optional<std::int64_t> printed_bytes();

}  // namespace assay::measure
