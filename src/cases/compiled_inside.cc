// SPDX-License-Identifier: Apache-2.0
// Makes code in every call, as a just-in-time compiler does whose cache does not work; or loads a library.
#include <dlfcn.h>
#include <sys/mman.h>

#include <stdexcept>

#include "cases/cases.h"
#include "cases/kernel.h"

namespace assay::cases {
namespace {

constexpr std::size_t kPage = 4096;

// A page of code, which nobody runs.
void* compile() {
  void* code = mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (code == MAP_FAILED || mprotect(code, kPage, PROT_READ | PROT_EXEC) != 0)
    throw std::runtime_error("no memory for code");
  return code;
}

}  // namespace

void define_compiled_inside(Suite& suite) {
  kernel_entry(suite, "compiled-inside/lie").variant("jit", [](Call& call) {
    return [x = call.data<float>("x"), y = call.data<float>("y")] {
      void* code = compile();
      twice_plus_one(x, y);
      munmap(code, kPage);
    };
  });
  kernel_entry(suite, "compiled-inside/lie-loads").variant("library", [](Call& call) {
    return [x = call.data<float>("x"), y = call.data<float>("y")] {
      void* library = dlopen("libanl.so.1", RTLD_NOW);  // part of the C library, and rarely in use
      if (library == nullptr) throw std::runtime_error("there is no libanl.so.1");
      twice_plus_one(x, y);
      dlclose(library);
    };
  });
  kernel_entry(suite, "compiled-inside/honest").variant("jit", [](Call& call) {
    (void)compile();
    return [x = call.data<float>("x"), y = call.data<float>("y")] { twice_plus_one(x, y); };
  });
}

}  // namespace assay::cases
