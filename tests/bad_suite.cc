// SPDX-License-Identifier: Apache-2.0
// A plug-in whose entries misbehave, one for each way, between two that do not: suite_test.py expects each
// to be named with its code in its own verdict, and the others to be measured.
#include <assay/assay.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <limits>
#include <stdexcept>
#include <vector>

namespace {

using Floats = std::span<float>;
using Misbehaviour = void (*)(Floats x, Floats y);

void add_one(Floats x, Floats y) {
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = x[i] + 1;
}

// y = x + 1, and then whatever `also` does.
void add(assay::Suite& suite, const char* name, Misbehaviour also) {
  suite.entry(name)
      .axis("n", {20000})
      .in("x", assay::DType::kF32, {"n"})
      .out("y", assay::DType::kF32, {"n"})
      .work([](const assay::Point& p) {
        assay::Work work;
        work.bytes_read = {4 * p["n"]};
        work.bytes_written = {4 * p["n"]};
        work.flops = {p["n"]};
        return work;
      })
      .reference([](assay::Call& c) { add_one(c.data<float>("x"), c.data<float>("y")); })
      .variant("plain", [also](assay::Call& c) {
        return [also, x = c.data<float>("x"), y = c.data<float>("y")] {
          add_one(x, y);
          also(x, y);
        };
      });
}

void after_ten_calls(void (*end)()) {
  static int calls = 0;
  if (++calls == 10) end();
}

void define(assay::Suite& suite) {
  add(suite, "good_first", [](Floats, Floats) {});
  add(suite, "throws",
      [](Floats, Floats) { after_ten_calls([] { throw std::runtime_error("out of tea"); }); });
  add(suite, "hangs", [](Floats, Floats) {
    after_ten_calls([] {
      while (true) pause();
    });
  });
  add(suite, "exits", [](Floats, Floats) { after_ten_calls([] { exit(0); }); });
  add(suite, "exits_at_once", [](Floats, Floats) { after_ten_calls([] { _exit(3); }); });
  add(suite, "aborts", [](Floats, Floats) { after_ten_calls([] { abort(); }); });
  add(suite, "faults", [](Floats, Floats) {
    after_ten_calls([] {
      volatile int* nowhere = nullptr;
      *nowhere = 1;
    });
  });
  add(suite, "returns_nan", [](Floats, Floats y) { y[7] = std::numeric_limits<float>::quiet_NaN(); });
  add(suite, "writes_past_the_end", [](Floats, Floats y) { y.data()[y.size()] = 1; });
  add(suite, "modifies_an_input", [](Floats x, Floats) { x[3] += 1; });
  add(suite, "allocates", [](Floats, Floats) {
    volatile float* block = new float[1000];
    block[0] = 1;
    delete[] block;
  });
  add(suite, "sleeps", [](Floats, Floats) { usleep(200); });
  add(suite, "prints", [](Floats, Floats) {
    puts("Warning: a slow path was taken");
    fflush(stdout);
  });
  add(suite, "forks", [](Floats, Floats) {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, nullptr, 0);
  });
  add(suite, "closes_files", [](Floats, Floats) {
    after_ten_calls([] {
      for (int file = 3; file < 2048; ++file) close(file);
    });
  });
  add(suite, "good_last", [](Floats, Floats) {});
}

}  // namespace

ASSAY_PLUGIN(define)
