// SPDX-License-Identifier: Apache-2.0
#include "programs/worker.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "programs/worker_messages.h"
#include "programs/worker_process.h"

namespace assay::programs {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr int kConnectionLost = 113;  // exit status of a child that could not answer
constexpr int kLook_ms = 50;          // how often the parent looks at the output, the flag and the clock

std::atomic<bool> g_told_to_stop{false};
void on_told_to_stop(int) { g_told_to_stop.store(true); }

void handle_signals_in_child() {
  struct sigaction told {};
  told.sa_handler = on_told_to_stop;
  told.sa_flags = SA_RESTART;
  sigaction(SIGTERM, &told, nullptr);
  for (const int ignored : {SIGINT, SIGPIPE}) signal(ignored, SIG_IGN);
}

// Standard input is empty, the other two streams go to `output`.
void redirect_streams(int output) {
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  if (nothing > STDERR_FILENO) close(nothing);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
}

// Answers questions until the parent hangs up. Ends with _exit: destructors and exit handlers belong to the
// parent.
[[noreturn]] void serve(const Service& service, int socket) {
  WorkerChannel channel(socket);
  MessageReader reader;
  while (true) {
    const auto question = reader.wait(socket);
    if (!question) _exit(0);
    g_told_to_stop.store(false);  // that was said of the question before
    Message answer{MessageKind::kFailure, {}};
    try {
      auto result = service(question->text, channel);
      answer = result ? Message{MessageKind::kAnswer, std::move(*result)}
                      : Message{MessageKind::kError, pack_error(result.error())};
    } catch (const std::exception& thrown) {
      answer.text = std::string("exception: ") + thrown.what();
    } catch (...) {
      answer.text = "exception that is no std::exception";
    }
    channel.check_owner();
    fflush(nullptr);
    if (!send_message(socket, answer)) _exit(kConnectionLost);
    if (answer.kind == MessageKind::kFailure) _exit(1);
  }
}

}  // namespace

WorkerChannel::WorkerChannel(int socket) : socket_(socket), owner_(getpid()) {}

void WorkerChannel::check_owner() const {
  if (getpid() != owner_) _exit(0);
}

void WorkerChannel::progress(std::string_view text) {
  check_owner();
  send_message(socket_, {MessageKind::kProgress, std::string(text)});
}

const std::atomic<bool>& WorkerChannel::stop() { return g_told_to_stop; }

Result<Worker> Worker::start(Service service, Clock& clock, const WorkerOptions& options) {
  ASSAY_TRY_VOID(refuse_threads());
  ASSAY_TRY(CapturedOutput output, CapturedOutput::create());
  ASSAY_TRY(const SocketPair sockets, make_sockets());
  adopt_orphans();
  fflush(nullptr);  // else the child would write out what waits in our buffers
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) {
    const int code = errno;
    close(sockets.parent);
    close(sockets.child);
    return fail(ErrorCode::kIo, "cannot start a worker process: {}", std::strerror(code));
  }
  if (child == 0) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    handle_signals_in_child();
    redirect_streams(output.file());
    close(output.file());
    close(sockets.parent);
    forget_workers();
    for (const int file : options.private_files) close(file);
    serve(service, sockets.child);
  }
  setpgid(child, child);  // both do it: neither knows who is first
  close(sockets.child);
  remember_worker({child, sockets.parent, output.file()});
  return Worker(child, sockets.parent, std::move(output), clock);
}

Worker::Worker(pid_t pid, int socket, CapturedOutput output, Clock& clock)
    : pid_(pid), socket_(socket), output_(std::move(output)), clock_(&clock) {}

Worker::Worker(Worker&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      socket_(std::exchange(other.socket_, -1)),
      exit_status_(other.exit_status_),
      output_(std::move(other.output_)),
      clock_(other.clock_),
      doing_(std::move(other.doing_)) {}

Worker& Worker::operator=(Worker&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(socket_, other.socket_);
  std::swap(exit_status_, other.exit_status_);
  std::swap(output_, other.output_);
  std::swap(clock_, other.clock_);
  std::swap(doing_, other.doing_);
  return *this;
}

Worker::~Worker() { kill_all(); }

void Worker::kill_all() {
  if (pid_ > 0) exit_status_ = kill_family(std::exchange(pid_, -1));
  if (socket_ >= 0) close(std::exchange(socket_, -1));
}

Answer Worker::ask(std::string_view question, const Watchdog& watchdog) {
  ASSAY_CHECK(alive(), "a question to a worker that is gone");
  Answer answer;
  doing_.clear();
  MessageReader reader;
  const std::int64_t now_ns = clock_->now_ns();
  Times times{.begin_ns = now_ns, .heard_ns = now_ns, .told_ns = {}};
  bool open = send_message(socket_, {MessageKind::kQuestion, std::string(question)});
  while (open) {
    open = reader.read_for(socket_, kLook_ms);
    output_.look();
    if (take_messages(reader, watchdog, times, answer) || gives_up(watchdog, times, answer)) break;
    // A process of the child's may hold the socket open after the child is gone.
    if (has_ended(pid_) && !reader.read_for(socket_, 0)) open = false;
  }
  if (!answer.text && !answer.error) end(answer);
  answer.log = output_.take();
  return answer;
}

// True if the last one was among them.
bool Worker::take_messages(MessageReader& reader, const Watchdog& watchdog, Times& times, Answer& answer) {
  while (auto message = reader.next()) {
    times.heard_ns = clock_->now_ns();
    switch (message->kind) {
      case MessageKind::kAnswer:
        answer.text = std::move(message->text);
        return true;
      case MessageKind::kError:
        answer.error = unpack_error(message->text);
        return true;
      case MessageKind::kFailure:
        answer.failure = std::move(message->text);
        if (!doing_.empty()) answer.failure += " during " + doing_;
        return true;
      case MessageKind::kProgress:
      case MessageKind::kQuestion:
        doing_ = message->text.substr(0, message->text.find('\n'));
        if (watchdog.progress) watchdog.progress(message->text);
    }
  }
  return false;
}

// Tells the child to stop when it is time. True if it is to be killed.
bool Worker::gives_up(const Watchdog& watchdog, Times& times, Answer& answer) {
  const std::int64_t now_ns = clock_->now_ns();
  const auto seconds_since = [&](std::int64_t ns) { return static_cast<double>(now_ns - ns) * 1e-9; };
  answer.interrupted = watchdog.interrupt != nullptr && watchdog.interrupt->load();
  if (!times.told_ns && (answer.interrupted || now_ns >= watchdog.stop_ns.value_or(kNever))) {
    times.told_ns = now_ns;
    kill(pid_, SIGTERM);
  }
  const bool no_grace = answer.interrupted && seconds_since(*times.told_ns) > watchdog.grace_s;
  answer.out_of_time = no_grace || now_ns >= watchdog.kill_ns.value_or(kNever);
  if (!answer.out_of_time && seconds_since(times.heard_ns) > watchdog.longest_silence_s) {
    answer.timed_out_after_s = seconds_since(times.begin_ns);
  }
  return answer.out_of_time || answer.timed_out_after_s;
}

void Worker::end(Answer& answer) {
  const bool was_killed = answer.out_of_time || answer.timed_out_after_s;
  const bool ended_itself = !was_killed && answer.failure.empty();
  const bool hung_up = ended_itself && !ends_soon(pid_);
  kill_all();
  output_.look();
  if (ended_itself) answer.failure = ending(hung_up);
}

std::string Worker::ending(bool hung_up) const {
  std::string text;
  const bool lost = WIFEXITED(exit_status_) && WEXITSTATUS(exit_status_) == kConnectionLost;
  if (hung_up || lost) {
    text = "closed or damaged its connection to assay";
  } else if (WIFEXITED(exit_status_)) {
    text = fmt::format("exit({})", WEXITSTATUS(exit_status_));
  } else {
    const int number = WTERMSIG(exit_status_);
    const char* name = sigdescr_np(number);
    text = fmt::format("signal {} ({})", number, name == nullptr ? "unknown" : name);
  }
  if (!doing_.empty()) text += " during " + doing_;
  if (!output_.last_line().empty()) text += fmt::format("; its last output: \"{}\"", output_.last_line());
  return text;
}

}  // namespace assay::programs
