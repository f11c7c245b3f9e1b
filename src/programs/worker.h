// SPDX-License-Identifier: Apache-2.0
#pragma once
// Runs somebody else's code in a forked child process behind a watchdog, so that whatever it does (exit,
// abort, throw, hang, close or write to every file that it finds, start processes of its own) costs one
// answer and nothing else. The parent asks with a text, the child answers with one. Not supported: answers
// above 64 MiB, two questions at once, a process of the child's that leaves its group *and* is adopted by
// somebody else.
#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "measure/evidence.h"
#include "programs/captured_output.h"

namespace assay::programs {

// What the code in the child may use while it works on an answer.
class WorkerChannel {
 public:
  explicit WorkerChannel(int socket);
  // Says what is going on; the watchdog starts to count anew.
  void progress(std::string_view text);
  // True as soon as the parent wants the answer now: it may be cut short.
  [[nodiscard]] static const std::atomic<bool>& stop();
  // Ends the calling process unless it is the one that the channel was made in.
  void check_owner() const;

 private:
  int socket_;
  pid_t owner_;  // a copy of this process that the measured code forked must not speak
};

// Runs in the child: a question to an answer. What it throws, and how else it fails to answer, becomes
// Answer::failure. Threads may be started: the child ends with its last answer at the latest.
using Service = std::function<Result<std::string>(std::string_view question, WorkerChannel& channel)>;

struct WorkerOptions {
  std::vector<int> private_files = {};  // file descriptors of this process that the child must not see
};

struct Watchdog {
  double longest_silence_s = 60;                 // without an answer or progress; then the child is killed
  std::optional<std::int64_t> end_ns = {};       // on the clock: the child is told to stop
  double grace_s = 3;                            // that it has for its answer after it was told
  const std::atomic<bool>* interrupt = nullptr;  // set by Ctrl-C: the child is told to stop
  std::function<void(std::string_view)> progress = {};
};

// Exactly one of these is the case: an answer; an error (of the service); a failure; timed_out_after_s.
struct Answer {
  std::optional<std::string> text = {};
  std::optional<Error> error = {};
  std::string failure = {};  // "signal 11 (segmentation fault) during set-up", "exit(2)", "exception: ..."
  std::optional<double> timed_out_after_s = {};
  bool interrupted = false;  // the child was told to stop since `interrupt` was set
  measure::LogEvidence log =
      {};  // what the child wrote to standard output and standard error since the question
};

class Worker {
 public:
  // Forks. `service` runs in the child only; standard input is empty there, standard output and standard
  // error are captured. Errors: kUnavailable if this process has more than one thread (another thread may
  // hold a lock that the child would wait for); kIo if the system refuses.
  [[nodiscard]] static Result<Worker> start(Service service, Clock& clock, const WorkerOptions& options = {});

  Worker(Worker&& other) noexcept;
  Worker& operator=(Worker&& other) noexcept;
  ~Worker();  // kills what is left

  // Waits for the answer. After a failure or a time-out the child is gone.
  [[nodiscard]] Answer ask(std::string_view question, const Watchdog& watchdog);

  [[nodiscard]] bool alive() const { return pid_ > 0; }

 private:
  Worker(pid_t pid, int socket, CapturedOutput output, Clock& clock);
  void kill_all();
  [[nodiscard]] std::string ending(bool hung_up) const;

  pid_t pid_ = -1;
  int socket_ = -1;
  int exit_status_ = 0;  // as of waitpid, once the child is gone
  CapturedOutput output_;
  Clock* clock_;
  std::string doing_;  // from the last progress message
};

}  // namespace assay::programs
