// SPDX-License-Identifier: Apache-2.0
// Is traced while it is measured, as under a debugger that somebody forgot.
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

#include "cases/cases.h"
#include "cases/kernel.h"

namespace assay::cases {
namespace {

// Lets the traced process go on after whatever stopped it, until it is gone.
[[noreturn]] void trace(pid_t traced, int report) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const char is_attached = ptrace(PTRACE_SEIZE, traced, nullptr, nullptr) == 0 ? 'y' : 'n';
  if (write(report, &is_attached, 1) != 1 || is_attached == 'n') _exit(1);
  for (int status = 0; waitpid(traced, &status, __WALL) == traced && WIFSTOPPED(status);) {
    const int signal = status >> 16 == 0 ? WSTOPSIG(status) : 0;
    ptrace(PTRACE_CONT, traced, nullptr, signal);
  }
  _exit(0);
}

void start_tracer() {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no pipe");
  const pid_t traced = getpid();
  prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);  // where else only ancestors may trace
  if (fork() == 0) trace(traced, ends[1]);
  char is_attached = 'n';
  const ssize_t count = read(ends[0], &is_attached, 1);
  close(ends[0]);
  close(ends[1]);
  if (count != 1 || is_attached != 'y') throw std::runtime_error("this system lets no process trace another");
}

}  // namespace

void define_harness_artefact(Suite& suite) {
  kernel_entry(suite, "harness-artefact/lie").variant("plain", [](Call& call) {
    start_tracer();
    return [x = call.data<float>("x"), y = call.data<float>("y")] { twice_plus_one(x, y); };
  });
  honest_kernel(suite, "harness-artefact/honest");
}

}  // namespace assay::cases
