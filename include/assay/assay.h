// SPDX-License-Identifier: Apache-2.0
#pragma once
// assay's public interface: register what you want measured, get the whole command line.
//
//   #include <assay/assay.h>
//
//   static void define(assay::Suite& suite) {
//     suite.entry("saxpy")
//         .axis("n", {4096, 1 << 20})
//         .in("x", assay::DType::kF32, {"n"})
//         .in("y", assay::DType::kF32, {"n"})
//         .out("z", assay::DType::kF32, {"n"})
//         .work([](const assay::Point& p) {
//           return assay::Work{.bytes_read = {8 * p["n"]}, .bytes_written = {4 * p["n"]}, .flops = {2 *
//           p["n"]}};
//         })
//         .reference([](assay::Call& c) {
//           for (std::int64_t i = 0; i < c["n"]; ++i)
//             c.data<float>("z")[i] = 2 * c.data<float>("x")[i] + c.data<float>("y")[i];
//         })
//         .variant("plain", [](assay::Call& c) {
//           return [x = c.data<float>("x"), y = c.data<float>("y"), z = c.data<float>("z")] {
//             saxpy(2, x, y, z);
//           };
//         });
//   }
//   ASSAY_SUITE("saxpy", define)
//
// Linked with assay::assay this is a program with assay's command line; built as a shared library with
// assay::plugin it is a plug-in: `assay bench ./libsaxpy.so`. Complete programs are in examples/.
#include <deque>
#include <string>
#include <utility>

#include "assay/entry.h"

namespace assay {

class Suite {
 public:
  explicit Suite(std::string suite_name) : name(std::move(suite_name)) {}
  Suite(std::string suite_name, void (*define)(Suite&)) : Suite(std::move(suite_name)) { define(*this); }

  // The entry stays where it is while others are added.
  Entry& entry(std::string entry_name) { return entries.emplace_back(std::move(entry_name)); }

  // `assay bench` for this suite, with every option of it: see `--help`. Returns the exit status: 0, 1
  // regression, 2 inconclusive, 3 something rejected, 4 harness error, 130 interrupted. Measures in worker
  // processes that are forked from this one: call it before any thread is started. Linked by assay::assay.
  int main(int argc, char** argv);

  std::string name;
  std::deque<Entry> entries;
};

// What must agree between a plug-in and the program that loads it: the version of these headers, the layout
// of their types, and the standard library's.
#define ASSAY_ABI_STRINGIFY_INNER(x) #x
#define ASSAY_ABI_STRINGIFY(x) ASSAY_ABI_STRINGIFY_INNER(x)
#if defined(_GLIBCXX_USE_CXX11_ABI)
#define ASSAY_ABI_LIBRARY "libstdc++ cxx11=" ASSAY_ABI_STRINGIFY(_GLIBCXX_USE_CXX11_ABI)
#else
#define ASSAY_ABI_LIBRARY "other"
#endif
#define ASSAY_ABI "assay 2, " ASSAY_ABI_LIBRARY

// Once in a plug-in, at file scope: exports `define`, a void(assay::Suite&). Does no harm in a program. What
// is missing in a plug-in when it is loaded, such as Suite::main, keeps it from being loaded.
#define ASSAY_PLUGIN(define)                                                                        \
  extern "C" __attribute__((visibility("default"), used)) const char* assay_plugin_abi() {          \
    return ASSAY_ABI;                                                                               \
  }                                                                                                 \
  extern "C" __attribute__((visibility("default"), used)) unsigned long assay_plugin_entry_size() { \
    return sizeof(assay::Entry);                                                                    \
  }                                                                                                 \
  extern "C" __attribute__((visibility("default"), used)) void assay_plugin(assay::Suite& suite) {  \
    define(suite);                                                                                  \
  }

// Once in a file of either: main() in a program, the functions of a plug-in in a plug-in (assay::plugin
// defines ASSAY_BUILDING_PLUGIN).
#if defined(ASSAY_BUILDING_PLUGIN)
#define ASSAY_SUITE(suite_name, define) ASSAY_PLUGIN(define)
#else
#define ASSAY_SUITE(suite_name, define) \
  int main(int argc, char** argv) { return assay::Suite(suite_name, define).main(argc, argv); }
#endif

}  // namespace assay
