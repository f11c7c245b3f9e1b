// SPDX-License-Identifier: Apache-2.0
// The types and numbers of cublasLt.h that are needed, declared again (source: cuBLAS documentation, "Using
// the cuBLASLt API"): its header is not in every toolkit, and the numbers are the library's binary interface.
//
// The library is column-major: D row-major is its transpose column-major, so that it is asked for
// D^T = op(B)^T op(A)^T with A and B in exchanged roles.
#include "device/cuda/cublaslt.h"

#include <cuda_fp16.h>
#include <cuda_runtime_api.h>
#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "device/cuda/cuda_device.h"
#include "device/cuda/stream.h"

namespace assay::device::cuda {
namespace {

struct LtAlgorithm {
  std::uint64_t data[8];
};
struct LtProposal {
  LtAlgorithm algorithm;
  std::size_t workspace_bytes;
  int state;
  float waves;
  int reserved[4];
};
using Handle = void*;

constexpr int kR32F = 0, kR16F = 2, kR16BF = 14;   // cudaDataType
constexpr int kCompute16F = 64, kCompute32F = 68;  // cublasComputeType_t
constexpr int kTransA = 3, kTransB = 4;            // cublasLtMatmulDescAttributes_t
constexpr int kMaxWorkspace = 1, kReductions = 3;  // cublasLtMatmulPreferenceAttributes_t
constexpr int kAlignmentA = 5;                     // and B, C, D after it
constexpr std::uint32_t kReduceInComputeType = 2;  // cublasLtReductionScheme_t; 0: none
constexpr int kReductionScheme = 3;                // cublasLtMatmulAlgoConfigAttributes_t
constexpr int kProposals = 8;

struct Library {
  int (*create)(Handle*) = nullptr;
  int (*desc_create)(Handle*, int compute, int scale) = nullptr;
  int (*desc_destroy)(Handle) = nullptr;
  int (*desc_set)(Handle, int attribute, const void*, std::size_t) = nullptr;
  int (*layout_create)(Handle*, int type, std::uint64_t rows, std::uint64_t cols, std::int64_t ld) = nullptr;
  int (*layout_destroy)(Handle) = nullptr;
  int (*preference_create)(Handle*) = nullptr;
  int (*preference_destroy)(Handle) = nullptr;
  int (*preference_set)(Handle, int attribute, const void*, std::size_t) = nullptr;
  int (*propose)(Handle, Handle desc, Handle a, Handle b, Handle c, Handle d, Handle preference, int wanted,
                 LtProposal*, int* found) = nullptr;
  int (*config)(const LtAlgorithm*, int attribute, void*, std::size_t, std::size_t* written) = nullptr;
  int (*multiply)(Handle, Handle desc, const void* alpha, const void* a, Handle layout_a, const void* b,
                  Handle layout_b, const void* beta, const void* c, Handle layout_c, void* d, Handle layout_d,
                  const LtAlgorithm*, void* workspace, std::size_t workspace_bytes, Stream) = nullptr;
  Handle handle = nullptr;
};

template <typename Function>
bool look_up(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

Result<Library> load() {
  void* file = nullptr;
  for (const char* name : {"libcublasLt.so.13", "/usr/local/cuda/lib64/libcublasLt.so.13",
                           "libcublasLt.so.12", "/usr/local/cuda/lib64/libcublasLt.so.12"}) {
    file = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (file != nullptr) break;
  }
  if (file == nullptr)
    return fail(ErrorCode::kUnavailable,
                "cublaslt: found neither libcublasLt.so.13 nor .12; install cuBLAS or put its folder into "
                "LD_LIBRARY_PATH");
  Library lt;
  const bool complete = look_up(file, "cublasLtCreate", lt.create) &&
                        look_up(file, "cublasLtMatmulDescCreate", lt.desc_create) &&
                        look_up(file, "cublasLtMatmulDescDestroy", lt.desc_destroy) &&
                        look_up(file, "cublasLtMatmulDescSetAttribute", lt.desc_set) &&
                        look_up(file, "cublasLtMatrixLayoutCreate", lt.layout_create) &&
                        look_up(file, "cublasLtMatrixLayoutDestroy", lt.layout_destroy) &&
                        look_up(file, "cublasLtMatmulPreferenceCreate", lt.preference_create) &&
                        look_up(file, "cublasLtMatmulPreferenceDestroy", lt.preference_destroy) &&
                        look_up(file, "cublasLtMatmulPreferenceSetAttribute", lt.preference_set) &&
                        look_up(file, "cublasLtMatmulAlgoGetHeuristic", lt.propose) &&
                        look_up(file, "cublasLtMatmulAlgoConfigGetAttribute", lt.config) &&
                        look_up(file, "cublasLtMatmul", lt.multiply);
  if (!complete)
    return fail(ErrorCode::kUnavailable, "cublaslt: the library lacks a function of cuBLAS 12; update it");
  if (const int status = lt.create(&lt.handle); status != 0)
    return fail(ErrorCode::kDevice, "cublaslt: cublasLtCreate failed with status {}", status);
  return lt;
}

const Result<Library>& library() {
  static const Result<Library> kLoaded = load();
  return kLoaded;
}

// What one product needs from the library, released with it.
class Problem {
 public:
  Problem(const Library& lt, const HalfProduct& product) : lt_(lt), product_(product) {}
  Problem(const Problem&) = delete;
  Problem& operator=(const Problem&) = delete;
  ~Problem() {
    for (const Handle layout : {layout_a_, layout_b_, layout_d_})
      if (layout != nullptr) lt_.layout_destroy(layout);
    if (desc_ != nullptr) lt_.desc_destroy(desc_);
  }

  bool set_up() {
    const HalfProduct& p = product_;
    const int type = p.is_bf16 ? kR16BF : kR16F;
    // 1 is CUBLAS_OP_T. The library's A is our B and the reverse.
    const std::int32_t first = p.b_transposed ? 1 : 0, second = p.a_transposed ? 1 : 0;
    const std::int64_t stored_b_rows = p.b_transposed ? p.n : p.k, stored_b_cols = p.b_transposed ? p.k : p.n;
    const std::int64_t stored_a_rows = p.a_transposed ? p.k : p.m, stored_a_cols = p.a_transposed ? p.m : p.k;
    const auto layout = [&](Handle& made, std::int64_t rows, std::int64_t cols) {
      return lt_.layout_create(&made, type, static_cast<std::uint64_t>(cols),
                               static_cast<std::uint64_t>(rows), cols) == 0;
    };
    alpha_f16_ = __float2half(p.alpha);
    beta_f16_ = __float2half(p.beta);
    return lt_.desc_create(&desc_, p.accumulate_f16 ? kCompute16F : kCompute32F,
                           p.accumulate_f16 ? kR16F : kR32F) == 0 &&
           lt_.desc_set(desc_, kTransA, &first, sizeof first) == 0 &&
           lt_.desc_set(desc_, kTransB, &second, sizeof second) == 0 &&
           layout(layout_b_, stored_b_rows, stored_b_cols) &&
           layout(layout_a_, stored_a_rows, stored_a_cols) && layout(layout_d_, p.m, p.n);
  }

  [[nodiscard]] std::vector<LtProposal> proposals() const {
    std::vector<LtProposal> found(kProposals);
    int count = 0;
    Handle preference = nullptr;
    if (lt_.preference_create(&preference) != 0) return {};
    const auto workspace = static_cast<std::uint64_t>(product_.workspace_bytes);
    bool set =
        lt_.preference_set(preference, kMaxWorkspace, &workspace, sizeof workspace) == 0 &&
        lt_.preference_set(preference, kReductions, &kReduceInComputeType, sizeof kReduceInComputeType) == 0;
    const std::array<const void*, 4> addresses = operands();
    for (int i = 0; i < 4; ++i) {
      const std::uint32_t bytes = alignment(addresses[static_cast<std::size_t>(i)]);
      set = set && lt_.preference_set(preference, kAlignmentA + i, &bytes, sizeof bytes) == 0;
    }
    if (!set || lt_.propose(lt_.handle, desc_, layout_b_, layout_a_, layout_d_, layout_d_, preference,
                            kProposals, found.data(), &count) != 0)
      count = 0;
    lt_.preference_destroy(preference);
    found.resize(static_cast<std::size_t>(count));
    std::erase_if(found, [](const LtProposal& one) { return one.state != 0; });
    return found;
  }

  // The library's own choice supposes the alignment that cudaMalloc gives, and may split k and add the parts
  // in the type of the output: that is another operation than sums in f32 (of bf16, 30 times its tolerance at
  // k = 4097).
  [[nodiscard]] bool allows_default() const {
    for (const void* address : operands())
      if (alignment(address) < kFullAlignment) return false;
    return product_.accumulate_f16 || default_adds_in_f32();
  }

  // Null: the library's default.
  [[nodiscard]] Status enqueue(const LtAlgorithm* algorithm, Stream stream) const {
    const HalfProduct& p = product_;
    const void* alpha = p.accumulate_f16 ? static_cast<const void*>(&alpha_f16_) : &p.alpha;
    const void* beta = p.accumulate_f16 ? static_cast<const void*>(&beta_f16_) : &p.beta;
    const int status =
        lt_.multiply(lt_.handle, desc_, alpha, p.b, layout_b_, p.a, layout_a_, beta, addend(), layout_d_, p.d,
                     layout_d_, algorithm, p.workspace, static_cast<std::size_t>(p.workspace_bytes), stream);
    if (status == 0) return cudaSuccess;
    const cudaError_t error = cudaGetLastError();
    return error != cudaSuccess ? error : cudaErrorNotSupported;
  }

 private:
  // Of the first proposal without wishes, which is what a call without an algorithm takes.
  [[nodiscard]] bool default_adds_in_f32() const {
    LtProposal first{};
    int count = 0;
    Handle preference = nullptr;
    if (lt_.preference_create(&preference) != 0) return false;
    const auto workspace = static_cast<std::uint64_t>(product_.workspace_bytes);
    const bool found = lt_.preference_set(preference, kMaxWorkspace, &workspace, sizeof workspace) == 0 &&
                       lt_.propose(lt_.handle, desc_, layout_b_, layout_a_, layout_d_, layout_d_, preference,
                                   1, &first, &count) == 0;
    lt_.preference_destroy(preference);
    std::uint32_t scheme = 0;
    std::size_t written = 0;
    return found && count == 1 &&
           lt_.config(&first.algorithm, kReductionScheme, &scheme, sizeof scheme, &written) == 0 &&
           (scheme == 0 || scheme == kReduceInComputeType);
  }

  static constexpr std::uint32_t kFullAlignment = 256;
  static std::uint32_t alignment(const void* address) {
    const auto bits = reinterpret_cast<std::uintptr_t>(address) | kFullAlignment;
    return static_cast<std::uint32_t>(bits & (~bits + 1));
  }
  // What stands as C: with beta 0 nothing of it is read, and the library wants an address all the same.
  [[nodiscard]] const void* addend() const { return product_.beta != 0 ? product_.c : product_.d; }
  // In the library's order.
  [[nodiscard]] std::array<const void*, 4> operands() const {
    return {product_.b, product_.a, addend(), product_.d};
  }

  const Library& lt_;
  HalfProduct product_;
  Handle desc_ = nullptr, layout_a_ = nullptr, layout_b_ = nullptr, layout_d_ = nullptr;
  __half alpha_f16_{}, beta_f16_{};
};

// Nanoseconds of one call, the best of a few replays of some calls recorded together; nothing if it fails.
std::optional<double> time_of(const Problem& problem, const LtAlgorithm* algorithm, double flops,
                              Stream stream) {
  constexpr int kReplays = 4, kMostCalls = 20;
  constexpr double kFlopsEnough = 2e11;  // of all calls in a replay: some 0.3 ms on an H200
  const int calls =
      static_cast<int>(std::clamp(kFlopsEnough / std::max(flops, 1.0), 1.0, double{kMostCalls}));
  const auto begin = Event::make(), end = Event::make();
  if (!begin || !end) return std::nullopt;
  const auto graph = Graph::record(stream, [&]() -> Result<void> {
    for (int i = 0; i < calls; ++i)
      ASSAY_TRY_VOID(check_status(problem.enqueue(algorithm, stream), "cublasLtMatmul"));
    return {};
  });
  if (!graph) return std::nullopt;
  std::optional<double> best;
  for (int replay = 0; replay < kReplays; ++replay) {
    if (!begin->record(stream) || !graph->launch(stream) || !end->record(stream) || !end->wait())
      return std::nullopt;
    const auto ns = end->nanoseconds_since(*begin);
    if (!ns) return std::nullopt;
    if (replay > 0) best = std::min(best.value_or(std::numeric_limits<double>::infinity()), *ns / calls);
  }
  return best;
}

}  // namespace

Result<void> open_cublaslt() {
  if (const auto& lt = library(); !lt) return tl::unexpected<Error>(lt.error());
  return {};
}

Result<std::function<Status(Stream)>> plan_cublaslt(const HalfProduct& product, Stream stream) {
  const auto& lt = library();
  if (!lt) return tl::unexpected<Error>(lt.error());
  const auto problem = std::make_shared<Problem>(*lt, product);
  if (!problem->set_up())
    return fail(ErrorCode::kUnsupported, "cublaslt: cannot describe a product of {} x {} x {}", product.m,
                product.n, product.k);
  const double flops =
      2.0 * static_cast<double>(product.m) * static_cast<double>(product.n) * static_cast<double>(product.k);
  std::optional<double> best;
  std::optional<LtAlgorithm> chosen;  // empty: the default
  if (problem->allows_default()) best = time_of(*problem, nullptr, flops, stream);
  for (const LtProposal& one : problem->proposals()) {
    const auto ns = time_of(*problem, &one.algorithm, flops, stream);
    if (ns && (!best || *ns < *best)) {
      best = ns;
      chosen = one.algorithm;
    }
  }
  static_cast<void>(take_last_status());
  if (!best)
    return fail(ErrorCode::kUnsupported, "cublaslt: nothing that runs for a product of {} x {} x {}",
                product.m, product.n, product.k);
  return [problem, chosen](Stream on) -> Status { return problem->enqueue(chosen ? &*chosen : nullptr, on); };
}

}  // namespace assay::device::cuda
