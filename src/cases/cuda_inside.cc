// SPDX-License-Identifier: Apache-2.0
// Lies about what the time of a call on a CUDA device holds besides the work.
#include <stdexcept>

#include "cases/cuda_cases.h"
#include "cases/cuda_kernel.h"

namespace assay::cases {
namespace {

void define_allocates_inside_on_cuda(Suite& suite) {
  add_variant(cuda_entry(suite, "allocates-inside/lie"), "cuda.scratch", run_with_fresh_scratch);
  add_variant(cuda_entry(suite, "allocates-inside/lie-from-pool"), "cuda.scratch", run_with_pooled_scratch);
  // It looks at the status: where the call is recorded as a graph, the allocation fails, and it throws.
  add_variant(cuda_entry(suite, "allocates-inside/lie-throws"), "cuda.scratch",
              [](Call& call) -> std::function<void()> {
                return [work = work_of(call), stream = stream_of(call)] {
                  const CudaMemory scratch = cuda_memory(4 * work.count);
                  if (!scratch) throw std::runtime_error("no memory left");
                  run_through(work, static_cast<float*>(scratch.get()), stream);
                };
              });
  add_variant(cuda_entry(suite, "allocates-inside/honest"), "cuda.scratch",
              [](Call& call) -> std::function<void()> {
                const CudaWork work = work_of(call);
                return [work, stream = stream_of(call), scratch = cuda_memory(4 * work.count)] {
                  run_through(work, static_cast<float*>(scratch.get()), stream);
                };
              });
}

void define_copies_inside_on_cuda(Suite& suite) {
  const auto with = [&suite](const char* entry, bool copy_once) {
    add_variant(cuda_entry(suite, entry), "cuda.from-host", [copy_once](Call& call) -> std::function<void()> {
      return [input = std::make_shared<HostInput>(work_of(call), copy_once), stream = stream_of(call)] {
        input->run(stream);
      };
    });
  };
  with("copies-inside/lie", false);
  with("copies-inside/honest", true);
}

void define_compiled_inside_on_cuda(Suite& suite) {
  const auto with = [&suite](const char* entry, bool make_ready_once) {
    add_variant(cuda_entry(suite, entry), "cuda.graph", [=](Call& call) -> std::function<void()> {
      const CudaStream stream = stream_of(call);
      return [graph = std::make_shared<WorkGraph>(work_of(call), make_ready_once, stream), stream] {
        graph->run(stream);
      };
    });
  };
  with("compiled-inside/lie", false);
  add_variant(cuda_entry(suite, "compiled-inside/lie-loads"), "cuda.module", run_by_fresh_module);
  with("compiled-inside/honest", true);
}

}  // namespace

void define_cuda_inside(Suite& suite) {
  define_allocates_inside_on_cuda(suite);
  define_copies_inside_on_cuda(suite);
  define_compiled_inside_on_cuda(suite);
  add_variant(cuda_entry(suite, "blocks-inside/lie"), "cuda.waits", run_and_wait);
  honest_cuda_kernel(suite, "blocks-inside/honest");
}

}  // namespace assay::cases
