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
#include "programs/worker_messages.h"

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
  double longest_silence_s = 60;             // without an answer or progress; then the child is killed
  std::optional<std::int64_t> stop_ns = {};  // on the clock: the child is told to stop, and may take its time
  std::optional<std::int64_t> kill_ns = {};  // on the clock: the child is killed
  const std::atomic<bool>* interrupt = nullptr;  // set by Ctrl-C: the child is told to stop
  double grace_s = 3;                            // that it then has for its answer
  std::function<void(std::string_view)> progress = {};
};

// Exactly one of the first five is the case.
struct Answer {
  std::optional<std::string> text = {};
  std::optional<Error> error = {};  // of the service
  std::string failure = {};  // "signal 11 (Segmentation fault) during set-up", "exit(2)", "exception: ..."
  std::optional<double> timed_out_after_s = {};  // killed for its silence
  bool out_of_time = false;                      // killed at kill_ns, or at the end of its grace
  bool interrupted = false;                      // besides: `interrupt` was set before there was an answer
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
  // On the clock, of one question.
  struct Times {
    std::int64_t begin_ns = 0;
    std::int64_t heard_ns = 0;            // of the child
    std::optional<std::int64_t> told_ns;  // to stop
  };
  bool take_messages(MessageReader& reader, const Watchdog& watchdog, Times& times, Answer& answer);
  bool gives_up(const Watchdog& watchdog, Times& times, Answer& answer);
  void end(Answer& answer);
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
