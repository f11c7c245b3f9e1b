// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a worker asks of the operating system: sockets out of the way of the measured code, and the certainty
// that none of its processes is left. Linux only.
#include <sys/types.h>

#include "base/result.h"

namespace assay::programs {

// Errors: kUnavailable if this process has more than one thread.
[[nodiscard]] Result<void> refuse_threads();

// Both ends have high numbers, where a program that writes to files which it does not have will not find
// them.
struct SocketPair {
  int parent = -1;
  int child = -1;
};
[[nodiscard]] Result<SocketPair> make_sockets();

// From now on, processes whose parent died become children of this one.
void adopt_orphans();
// Which children are workers and not orphans, and which files serve to talk to them.
struct KnownWorker {
  pid_t process = -1;
  int socket = -1;  // -1: none
  int output = -1;
};
void remember_worker(const KnownWorker& worker);
inline void remember_child(pid_t process) { remember_worker({process, -1, -1}); }
// In a new worker: those of its parent are none of its business. Closes their files.
void forget_workers();

// True once the child has ended; it can still be waited for.
[[nodiscard]] bool has_ended(pid_t child);
// The same, for a child that is perhaps about to end: waits for at most a second.
[[nodiscard]] bool ends_soon(pid_t child);

// Ends the worker, its process group and what it left behind to be adopted, and waits for them. Returns the
// worker's status as of waitpid: its own, if it had ended by itself.
int kill_family(pid_t worker);

}  // namespace assay::programs
