// SPDX-License-Identifier: Apache-2.0
#pragma once
// Another program as a child in a process group of its own: with pipes, to talk to it, or without any
// streams, to time it as a whole. Linux only. Not supported: a shell, a terminal.
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace assay::programs {

class ChildProcess {
 public:
  enum class Streams { kPipes, kNothing };  // standard input and output; standard error is ours, or nothing
  using Variables = std::vector<std::pair<std::string, std::string>>;

  // Finds the program as a shell would. Errors: kNotFound, kInvalidArgument for an empty command, kIo.
  [[nodiscard]] static Result<ChildProcess> start(const std::vector<std::string>& command,
                                                  const Variables& added_environment, Streams streams);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ~ChildProcess();  // kills what is left of its group

  // To its standard input. False if nobody reads there any more.
  bool send(std::string_view text);
  [[nodiscard]] int output() const { return output_; }  // to read from

  // Waits until it ends by itself; the time on `clock` when it did. Errors: kUnavailable if it does not in
  // `timeout_s` (it is killed), or ends with another status than 0.
  [[nodiscard]] Result<std::int64_t> wait(Clock& clock, double timeout_s);
  // How it ended, if it has or does so within a second: "exit(2)", "signal 9 (Killed)". Else it is killed.
  std::string end_of_itself();
  // Ends it now, if it has not ended, and says how it ended.
  std::string end();

 private:
  ChildProcess() = default;
  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  std::string how_it_ended_;
};

}  // namespace assay::programs
