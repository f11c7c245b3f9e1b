// SPDX-License-Identifier: Apache-2.0
// Copies its input into fresh pages in every call, which the kernel hands out and clears one by one.
#include <sys/mman.h>

#include <algorithm>
#include <stdexcept>

#include "cases/cases.h"
#include "cases/kernel.h"

namespace assay::cases {
namespace {

std::span<float> map_floats(std::size_t count) {
  void* memory =
      mmap(nullptr, count * sizeof(float), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("no memory for the copy");
  return {static_cast<float*>(memory), count};
}

void through_copy(std::span<const float> x, std::span<float> copy, std::span<float> y) {
  std::copy(x.begin(), x.end(), copy.begin());
  twice_plus_one(copy, y);
}

}  // namespace

void define_copies_inside(Suite& suite) {
  kernel_entry(suite, "copies-inside/lie").variant("mapped", [](Call& call) {
    return [x = call.data<float>("x"), y = call.data<float>("y")] {
      const std::span<float> copy = map_floats(x.size());
      through_copy(x, copy, y);
      munmap(copy.data(), copy.size_bytes());
    };
  });
  kernel_entry(suite, "copies-inside/honest").variant("mapped", [](Call& call) {
    const auto x = call.data<float>("x");
    return [x, y = call.data<float>("y"), copy = map_floats(x.size())] { through_copy(x, copy, y); };
  });
}

}  // namespace assay::cases
