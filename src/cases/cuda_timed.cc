// SPDX-License-Identifier: Apache-2.0
// Lies about how long a CUDA device took, and about what that time stands for.
#include "cases/cuda_cases.h"
#include "cases/cuda_kernel.h"

namespace assay::cases {
namespace {

constexpr int kShortRounds = 5'000;  // the host enqueues a thousand of them
constexpr int kPieces = 8;
constexpr int kGrowth = 200;
constexpr int kRoundsAtRandom = 32'000;

void define_impossible_on_cuda(Suite& suite) {
  honest_cuda_kernel(suite, "impossible/lie").work([](const Point&) {
    return Work{.bytes_read = {std::int64_t{64} << 30}};
  });
  honest_cuda_kernel(suite, "impossible/lie-flops").work([](const Point&) {
    return Work{.flops = {std::int64_t{1'000'000'000'000}}};
  });
  honest_cuda_kernel(suite, "impossible/honest");
}

void define_unsynchronised_on_cuda(Suite& suite) {
  const auto with = [&suite](const char* entry, int rounds, bool join) {
    add_variant(cuda_entry(suite, entry), "cuda.other-stream", [=](Call& call) -> std::function<void()> {
      return [join, other = std::make_shared<OtherStream>(), work = work_of(call, rounds),
              stream = stream_of(call)] { other->run(work, join, stream); };
    });
  };
  with("unsynchronised/lie", kShortRounds, false);
  with("unsynchronised/honest", kRounds, true);
}

void define_launch_bound_on_cuda(Suite& suite) {
  const auto with = [&suite](const char* entry, const char* name, int rounds, int pieces) {
    add_variant(cuda_entry(suite, entry), name, [=](Call& call) -> std::function<void()> {
      return [pieces, work = work_of(call, rounds), stream = stream_of(call)] {
        run_in_pieces(work, pieces, stream);
      };
    });
  };
  with("launch-bound/lie", "cuda.pieces", 1, kPieces);
  with("launch-bound/honest", "cuda.whole", kRounds, 1);
}

void define_changing_times_on_cuda(Suite& suite) {
  add_variant(cuda_entry(suite, "drifting/lie"), "cuda.growing", [](Call& call) -> std::function<void()> {
    return [work = work_of(call), stream = stream_of(call), calls = cuda_memory(sizeof(int))] {
      run_growing(work, kGrowth, static_cast<int*>(calls.get()), stream);
    };
  });
  honest_cuda_kernel(suite, "drifting/honest");
  add_variant(cuda_entry(suite, "imprecise/lie"), "cuda.at-random", [](Call& call) -> std::function<void()> {
    return
        [work = work_of(call, kRoundsAtRandom), stream = stream_of(call), calls = cuda_memory(sizeof(int))] {
          run_at_random(work, static_cast<int*>(calls.get()), stream);
        };
  });
  honest_cuda_kernel(suite, "imprecise/honest");
}

}  // namespace

void define_cuda_timed(Suite& suite) {
  define_impossible_on_cuda(suite);
  define_unsynchronised_on_cuda(suite);
  define_launch_bound_on_cuda(suite);
  define_changing_times_on_cuda(suite);

  add_variant(cuda_entry(suite, "constant-data/lie", Fill::kZeros), "cuda.skips-zeros", run_unless_zero);
  add_variant(cuda_entry(suite, "constant-data/honest", Fill::kZeros), "cuda.plain", run_work);

  honest_cuda_kernel(suite, "cache-mixed/lie").caches({"warm", "cold"});
  add_variant(honest_cuda_kernel(suite, "cache-mixed/honest"), "cuda.again", run_work);
  honest_cuda_kernel(suite, "cache-unverified/honest", kLongRounds).caches({"cold"});
}

}  // namespace assay::cases
