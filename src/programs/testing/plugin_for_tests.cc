// SPDX-License-Identifier: Apache-2.0
// A plug-in as a user writes it, and, by a definition of the build, ones that must be refused.
#include "assay/assay.h"

namespace {

[[maybe_unused]] void define(assay::Suite& suite) {
#ifdef PLUGIN_THROWS
  throw std::runtime_error("no table of sizes");
#endif
  suite.entry("double")
      .axis("n", {64, 1024})
      .in("x", assay::DType::kF32, {"n"})
      .out("y", assay::DType::kF32, {"n"})
      .reference([](assay::Call& c) {
        for (std::int64_t i = 0; i < c["n"]; ++i) c.data<float>("y")[i] = 2 * c.data<float>("x")[i];
      })
      .variant("plain", [](assay::Call& c) {
        return [x = c.data<float>("x"), y = c.data<float>("y")] {
          for (std::size_t i = 0; i < x.size(); ++i) y[i] = x[i] + x[i];
        };
      });
}

}  // namespace

#if defined(PLUGIN_OLD_ABI)
extern "C" const char* assay_plugin_abi() { return "assay 0, libstdc++ cxx11=1"; }
extern "C" unsigned long assay_plugin_entry_size() { return sizeof(assay::Entry); }
extern "C" void assay_plugin(assay::Suite& suite) { define(suite); }
#elif defined(PLUGIN_OTHER_LAYOUT)
extern "C" const char* assay_plugin_abi() { return ASSAY_ABI; }
extern "C" unsigned long assay_plugin_entry_size() { return 8; }
extern "C" void assay_plugin(assay::Suite& suite) { define(suite); }
#elif !defined(PLUGIN_NO_PLUGIN)
ASSAY_PLUGIN(define)
#endif
