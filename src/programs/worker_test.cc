// SPDX-License-Identifier: Apache-2.0
#include "programs/worker.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>
#include <thread>

#include "programs/worker_messages.h"

namespace assay::programs {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

SteadyClock g_clock;

Answer answer_of(Service service, const Watchdog& watchdog = {}) {
  auto worker = Worker::start(std::move(service), g_clock);
  if (!worker) return {.error = worker.error()};
  return worker->ask("question", watchdog);
}

// A piece of work that does not answer.
template <typename Function>
Answer answer_after(Function misbehave, const Watchdog& watchdog = {}) {
  return answer_of(
      [misbehave](std::string_view, WorkerChannel& channel) -> Result<std::string> {
        channel.progress("sampling");
        misbehave();
        return "survived";
      },
      watchdog);
}

TEST(Worker, AnswersOneQuestionAfterAnother) {
  int count = 0;
  auto worker = Worker::start(
      [&](std::string_view question, WorkerChannel&) -> Result<std::string> {
        return std::string(question) + std::to_string(++count);
      },
      g_clock);
  ASSERT_TRUE(worker) << worker.error().message;
  EXPECT_EQ(worker->ask("a", {}).text, "a1");
  EXPECT_EQ(worker->ask("b", {}).text, "b2");
  EXPECT_EQ(count, 0) << "the work must not run in this process";
}

TEST(Worker, CarriesLongAnswersAndProgress) {
  std::vector<std::string> heard;
  const Answer answer = answer_of(
      [](std::string_view, WorkerChannel& channel) -> Result<std::string> {
        channel.progress("one");
        channel.progress("two");
        return std::string(5'000'000, 'x');
      },
      {.progress = [&](std::string_view text) { heard.emplace_back(text); }});
  EXPECT_EQ(answer.text, std::string(5'000'000, 'x'));
  EXPECT_EQ(heard, (std::vector<std::string>{"one", "two"}));
}

TEST(Worker, HandsOnAnErrorWithItsCode) {
  const Answer answer = answer_of([](std::string_view, WorkerChannel&) -> Result<std::string> {
    return fail(ErrorCode::kCorrupt, "x: byte 3");
  });
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->code, ErrorCode::kCorrupt);
  EXPECT_EQ(answer.error->message, "x: byte 3");
}

TEST(Worker, NamesHowTheWorkEnded) {
  EXPECT_EQ(answer_after([] { exit(0); }).failure, "exit(0) during sampling");
  EXPECT_EQ(answer_after([] { _exit(3); }).failure, "exit(3) during sampling");
  EXPECT_THAT(answer_after([] { abort(); }).failure, StartsWith("signal 6 (Aborted) during sampling"));
  EXPECT_EQ(answer_after([] { throw std::runtime_error("no memory for x"); }).failure,
            "exception: no memory for x during sampling");
  EXPECT_EQ(answer_after([] { throw 3; }).failure, "exception that is no std::exception during sampling");
  EXPECT_THAT(answer_after([] {
                signal(SIGSEGV, SIG_DFL);
                raise(SIGSEGV);
              }).failure,
              HasSubstr("signal 11 (Segmentation fault) during sampling"));
}

TEST(Worker, QuotesTheLastLineOfAWorkThatDied) {
  const Answer answer = answer_after([] {
    fputs("first\nout of tea\n", stderr);
    _exit(1);
  });
  EXPECT_EQ(answer.failure, "exit(1) during sampling; its last output: \"out of tea\"");
}

TEST(Worker, KillsAWorkThatHangs) {
  const Answer answer = answer_after([] { pause(); }, {.longest_silence_s = 0.05});
  ASSERT_TRUE(answer.timed_out_after_s);
  EXPECT_GE(*answer.timed_out_after_s, 0.05);
  EXPECT_TRUE(answer_after([] { raise(SIGSTOP); }, {.longest_silence_s = 0.05}).timed_out_after_s);
}

TEST(Worker, KillsAWorkWhenItsTimeIsOver) {
  const auto deaf = [] {
    signal(SIGTERM, SIG_IGN);
    while (true) pause();
  };
  const Answer late = answer_after(deaf, {.stop_ns = 0, .kill_ns = g_clock.now_ns() + 1'000'000});
  EXPECT_TRUE(late.out_of_time);
  EXPECT_FALSE(late.interrupted);
  EXPECT_EQ(late.failure, "");
  const std::atomic<bool> interrupt{true};
  const Answer interrupted = answer_after(deaf, {.interrupt = &interrupt, .grace_s = 0.05});
  EXPECT_TRUE(interrupted.out_of_time);
  EXPECT_TRUE(interrupted.interrupted);
}

TEST(Worker, SurvivesAWorkThatClosesOrWritesToEveryFile) {
  EXPECT_EQ(answer_after([] {
              for (int file = 0; file < 4096; ++file) close(file);
              while (true) pause();
            }).failure,
            "closed or damaged its connection to assay during sampling");
  EXPECT_EQ(answer_after([] {
              for (int file = 3; file < 4096; ++file) close(file);
            }).failure,
            "closed or damaged its connection to assay during sampling");
  EXPECT_THAT(answer_after([] {
                for (int file = 0; file < 4096; ++file) {
                  static_cast<void>(write(file, "rubbish", 7) == 7);
                }
                while (true) pause();
              }).failure,
              StartsWith("closed or damaged its connection to assay during sampling"));
  EXPECT_EQ(answer_after([] {
              for (int file = 0; file < 64; ++file) static_cast<void>(write(file, "rubbish", 7) == 7);
            }).text,
            "survived");
}

TEST(MessageReader, SeesRubbishThatCameTogetherWithAMessage) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  ASSERT_TRUE(send_message(ends[0], {MessageKind::kProgress, "sampling"}));
  ASSERT_EQ(write(ends[0], "rubbish", 7), 7);
  MessageReader reader;
  EXPECT_TRUE(reader.read_for(ends[1], 0));
  EXPECT_TRUE(reader.next());
  EXPECT_FALSE(reader.next());
  EXPECT_FALSE(reader.read_for(ends[1], 0));
  for (const int end : ends) close(end);
}

TEST(Worker, KeepsPrivateFilesFromTheChild) {
  const int file = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 50);
  auto worker = Worker::start(
      [file](std::string_view, WorkerChannel&) -> Result<std::string> {
        return fcntl(file, F_GETFD) < 0 ? "closed" : "open";
      },
      g_clock, {.private_files = {file}});
  ASSERT_TRUE(worker);
  EXPECT_EQ(worker->ask("", {}).text, "closed");
  EXPECT_GE(fcntl(file, F_GETFD), 0);
  close(file);
}

TEST(Worker, LetsACopyOfTheChildNotSpeak) {
  EXPECT_EQ(answer_after([] { static_cast<void>(fork()); }).text, "survived");
}

// One that stays in the process group, and one that leaves it.
TEST(Worker, LeavesNoProcessBehind) {
  for (const bool leaves_group : {false, true}) {
    pid_t left = 0;
    {
      auto worker = Worker::start(
          [=](std::string_view, WorkerChannel& channel) -> Result<std::string> {
            const pid_t child = fork();
            if (child == 0) {
              if (leaves_group) setsid();
              while (true) pause();
            }
            channel.progress(std::to_string(child));
            return "done";
          },
          g_clock);
      ASSERT_TRUE(worker);
      const Answer answer =
          worker->ask("", {.progress = [&](std::string_view text) { left = std::stoi(std::string(text)); }});
      EXPECT_EQ(answer.text, "done");
      ASSERT_GT(left, 0);
      EXPECT_EQ(kill(left, 0), 0);
    }
    EXPECT_EQ(kill(left, 0), -1) << "process " << left << " is still there";
  }
}

TEST(Worker, CapturesWhatTheWorkPrints) {
  const Answer answer = answer_after([] {
    puts("ready");
    fputs("WARNING: slow path\n", stderr);
    puts("no warnings here");
    fputs("error: again", stderr);
  });
  EXPECT_EQ(answer.text, "survived");
  EXPECT_EQ(answer.log.warnings, 2);
  EXPECT_EQ(answer.log.first_warning, "WARNING: slow path");
  EXPECT_EQ(answer.log.bytes, 6 + 19 + 17 + 12);
}

TEST(Worker, CountsOutputByTheQuestion) {
  auto worker = Worker::start(
      [](std::string_view question, WorkerChannel&) -> Result<std::string> {
        puts(std::string(question).c_str());
        return "";
      },
      g_clock);
  ASSERT_TRUE(worker);
  EXPECT_EQ(worker->ask("four", {}).log.bytes, 5);
  EXPECT_EQ(worker->ask("sixsix", {}).log.bytes, 7);
}

TEST(Worker, TellsTheWorkToStop) {
  const Service until_told = [](std::string_view, WorkerChannel& channel) -> Result<std::string> {
    while (!channel.stop().load()) std::this_thread::yield();
    return "cut short";
  };
  const Answer late = answer_of(until_told, {.stop_ns = 0});
  EXPECT_EQ(late.text, "cut short");
  EXPECT_FALSE(late.interrupted);
  const std::atomic<bool> interrupt{true};
  const Answer interrupted = answer_of(until_told, {.interrupt = &interrupt});
  EXPECT_EQ(interrupted.text, "cut short");
  EXPECT_TRUE(interrupted.interrupted);
}

TEST(Worker, StopsOnlyTheQuestionThatIsBeingAnswered) {
  const Service service = [](std::string_view question, WorkerChannel& channel) -> Result<std::string> {
    while (question == "long" && !channel.stop().load()) std::this_thread::yield();
    return channel.stop().load() ? "cut short" : "whole";
  };
  auto worker = Worker::start(service, g_clock);
  ASSERT_TRUE(worker);
  EXPECT_EQ(worker->ask("long", {.stop_ns = 0}).text, "cut short");
  EXPECT_EQ(worker->ask("short", {}).text, "whole");
}

TEST(Worker, RefusesToForkBesideAThread) {
  std::atomic<bool> done{false};
  std::thread other([&] { done.wait(false); });
  const auto worker =
      Worker::start([](std::string_view, WorkerChannel&) -> Result<std::string> { return ""; }, g_clock);
  done = true;
  done.notify_all();
  other.join();
  ASSERT_FALSE(worker);
  EXPECT_EQ(worker.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(worker.error().message, HasSubstr("this process has 2 threads"));
}

TEST(IsWarning, LooksForWords) {
  for (const char* line :
       {"Warning: x", "[WARN] x", "x: error: y", "this is deprecated", "Falling back to CPU"}) {
    EXPECT_TRUE(is_warning(line)) << line;
  }
  for (const char* line : {"0 warnings", "forewarned", "errors", "terror", "all is well"}) {
    EXPECT_FALSE(is_warning(line)) << line;
  }
}

}  // namespace
}  // namespace assay::programs
