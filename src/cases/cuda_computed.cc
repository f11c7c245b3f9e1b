// SPDX-License-Identifier: Apache-2.0
// Lies about what a CUDA device computed.
#include "cases/cuda_cases.h"
#include "cases/cuda_kernel.h"

namespace assay::cases {
namespace {

constexpr std::int64_t kRows = 65'536;  // as many outputs as the check needs
constexpr std::int64_t kTerms = 16;

// Calls function(work, memory of `bytes` zeros, stream).
template <typename T, typename Function>
void add_variant_with_memory(Entry& entry, const char* name, Function function) {
  add_variant(entry, name, [function](Call& call) -> std::function<void()> {
    return [function, work = work_of(call), stream = stream_of(call), state = cuda_memory(sizeof(T))] {
      function(work, static_cast<T*>(state.get()), stream);
    };
  });
}

// Two arms of a comparison: sums of rows. The lie's second arm keeps its sum in f16, and does not say so.
void add_row_sums(Suite& suite, std::string name, bool second_in_f16) {
  Entry& entry =
      suite.entry(std::move(name))
          .in("x", DType::kF32, {kRows, kTerms}, Fill::kUniform)
          .out("y", DType::kF32, {kRows})
          .work([](const Point&) {
            return Work{
                .bytes_read = {4 * kRows * kTerms}, .bytes_written = {4 * kRows}, .flops = {kRows * kTerms}};
          })
          .tolerance({.absolute = 0.1})
          .reference([](const Call& call, bool omit_last_term) {
            Expected sums;
            const auto x = call.data<float>("x");
            for (std::int64_t row = 0; row < kRows; ++row) {
              double sum = 0;
              for (std::int64_t i = 0; i < kTerms - (omit_last_term ? 1 : 0); ++i)
                sum += static_cast<double>(x[static_cast<std::size_t>(row * kTerms + i)]);
              sums.values.push_back(sum);
            }
            return std::vector<Expected>{std::move(sums)};
          });
  const auto arm = [&](const char* variant, bool in_f16) {
    add_variant(entry, variant, [in_f16](Call& call) -> std::function<void()> {
      return [in_f16, work = work_of(call), stream = stream_of(call)] {
        sum_rows(work, kTerms, in_f16, stream);
      };
    });
  };
  arm("cuda.a", false);
  arm("cuda.b", second_in_f16);
}

Entry& with_inout(Suite& suite, std::string name) {
  return suite.entry(std::move(name))
      .inout("x", DType::kF32, {kCudaSize})
      .out("y", DType::kF32, {kCudaSize})
      .reference([](Call& call) {
        const auto x = call.data<float>("x");
        const auto y = call.data<float>("y");
        for (std::size_t i = 0; i < y.size(); ++i) {
          x[i] *= 2;
          y[i] = x[i] + 1;
        }
      });
}

void define_wrong_output_on_cuda(Suite& suite) {
  add_variant(cuda_entry(suite, "wrong-output/lie"), "cuda.skips-last-block", skip_last_block);
  add_variant(cuda_entry(suite, "wrong-output/lie-first-call"), "cuda.once",
              [](Call& call) -> std::function<void()> {
                return [work = work_of(call), stream = stream_of(call), calls = 0]() mutable {
                  if (calls++ == 0) run_work(work, stream);
                };
              });
  add_variant(cuda_entry(suite, "wrong-output/lie-when-unwatched"), "cuda.unless-right", run_unless_right);
  honest_cuda_kernel(suite, "wrong-output/honest");
}

}  // namespace

void define_cuda_computed(Suite& suite) {
  define_wrong_output_on_cuda(suite);

  add_variant(cuda_entry(suite, "nothing-ran/lie"), "cuda.2048-threads", ask_for_too_many_threads);
  honest_cuda_kernel(suite, "nothing-ran/honest");

  const auto says = [&suite](const char* entry, const char* what) {
    add_variant(cuda_entry(suite, entry), "cuda.tensor", [what](Call& call) -> std::function<void()> {
      return [&call, what, work = work_of(call), stream = stream_of(call)] {
        run_work(work, stream);
        call.ran(what);
      };
    });
  };
  says("fallback/lie", "cuda.portable");
  says("fallback/honest", "cuda.tensor");

  add_variant_with_memory<float>(cuda_entry(suite, "state-leaks/lie"), "cuda.accumulates", run_leaking);
  honest_cuda_kernel(suite, "state-leaks/honest");

  add_variant(cuda_entry(suite, "input-modified/lie"), "cuda.in-place", run_in_place);
  add_variant(with_inout(suite, "input-modified/honest"), "cuda.in-place", run_in_place, kLongRounds);
  // The same, but too short where one call has to be timed by itself.
  add_variant(with_inout(suite, "too-short/lie"), "cuda.in-place", run_in_place, 1);
  add_variant(with_inout(suite, "too-short/honest"), "cuda.in-place", run_in_place, kLongRounds);

  add_variant(cuda_entry(suite, "out-of-bounds/lie"), "cuda.one-more", run_past_the_end);
  honest_cuda_kernel(suite, "out-of-bounds/honest");

  add_row_sums(suite, "numerics-differ/lie", true);
  add_row_sums(suite, "numerics-differ/honest", false);
}

}  // namespace assay::cases
