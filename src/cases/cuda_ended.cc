// SPDX-License-Identifier: Apache-2.0
// Programs that end in their tenth call, on a CUDA device. After an access to memory that is not there the
// process can do nothing more with the device; the next program must not notice.
#include <stdexcept>

#include "cases/cuda_cases.h"
#include "cases/cuda_kernel.h"

namespace assay::cases {
namespace {

constexpr double kEndless_s = 20;
constexpr int kSlowRounds = 1'000'000;  // some 2 ms

void add_ending(Suite& suite, const char* entry, void (*end)(const CudaWork&, CudaStream)) {
  add_variant(cuda_entry(suite, entry), "cuda.plain", [end](Call& call) -> std::function<void()> {
    return [end, work = work_of(call), stream = stream_of(call), calls = 0]() mutable {
      if (++calls == 10) end(work, stream);
      run_work(work, stream);
    };
  });
}

}  // namespace

void define_cuda_ended(Suite& suite) {
  add_ending(suite, "crashed/lie", [](const CudaWork&, CudaStream stream) { write_to_nowhere(stream); });
  add_ending(suite, "crashed/lie-traps", [](const CudaWork&, CudaStream stream) { trap(stream); });
  add_ending(suite, "crashed/lie-throws",
             [](const CudaWork&, CudaStream) { throw std::runtime_error("no more memory"); });
  add_ending(suite, "crashed/honest", ask_for_too_many_threads);  // an error that leaves the device usable
  add_ending(suite, "timed-out/lie",
             [](const CudaWork&, CudaStream stream) { spin_for(kEndless_s, stream); });
  add_variant(cuda_entry(suite, "timed-out/honest"), "cuda.slow", run_work, kSlowRounds);
}

}  // namespace assay::cases
