// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <new>

#include "base/check.h"
#include "engine/cpu/forward_pass.h"
#include "engine/request.h"

namespace assay::engine {
namespace {

// Longer batches are cut: the rows' intermediate results should stay in the second-level cache (NOTES.md has
// timings).
constexpr std::int64_t kLongestPiece = 128;

class CpuBackend final : public Backend {
 public:
  CpuBackend(std::unique_ptr<device::ThreadPool> pool, device::Isa isa, bool pinned)
      : pool_(std::move(pool)), isa_(isa), pinned_(pinned) {}

  Result<void> upload(const model::Model& model) override {
    ASSAY_TRY(packed_, PackedModel::pack(model, isa_, *pool_));
    model_ = &model;
    kernels_ = CpuKernels::choose(isa_, model.config.head_dim);
    return {};
  }

  Result<void> prepare(std::int64_t max_batch, std::int64_t max_context) override {
    ASSAY_CHECK(model_ != nullptr, "prepare() before upload()");
    ASSAY_TRY_VOID(check_sizes(max_batch, max_context));
    max_batch = std::min(max_batch, kLongestPiece);
    try {
      workspace_ = Workspace::allocate(model_->config, max_batch, pool_->size());
    } catch (const std::bad_alloc&) {
      return fail(ErrorCode::kUnavailable, "prepare: no memory for batches of {}; ask for smaller ones",
                  max_batch);
    }
    max_batch_ = max_batch;
    max_context_ = max_context;
    return {};
  }

  Result<void> forward(std::span<const model::TokenId> tokens, KvCache& cache, LogitsFor wanted,
                       std::span<float> logits) override {
    ASSAY_CHECK(max_batch_ > 0, "forward() before prepare()");
    ASSAY_TRY_VOID(check_request(model_->config, max_context_, tokens, cache, wanted, logits));
    ran_single_ = ran_batch_ = false;
    ran_head_ = wanted != LogitsFor::kNone;
    while (!tokens.empty()) {
      const std::size_t count = std::min(tokens.size(), static_cast<std::size_t>(max_batch_));
      const bool is_last = count == tokens.size();
      run_piece(tokens.first(count), cache,
                wanted == LogitsFor::kLast && !is_last ? LogitsFor::kNone : wanted, logits.data());
      if (wanted == LogitsFor::kAll)
        logits = logits.subspan(count * static_cast<std::size_t>(model_->config.vocab));
      tokens = tokens.subspan(count);
    }
    return {};
  }

  std::string description() const override {
    return fmt::format("cpu.{} threads={}{}", device::isa_name(isa_), pool_->size(),
                       pinned_ ? " pinned" : "");
  }

  ActivationType activations() const override {
    return isa_ == device::Isa::kReference ? ActivationType::kFloat : ActivationType::kEightBits;
  }

  std::vector<std::string> variants_used() const override {
    std::set<std::string> names;
    if (ran_single_ || ran_batch_) {
      packed_.add_variants(ran_head_, names);
      names.emplace(kernels_.rmsnorm.name);
      names.emplace(kernels_.rope.name);
      names.emplace(kernels_.swiglu.name);
      names.emplace(kernels_.to_half.name);
    }
    if (ran_batch_) names.emplace(kernels_.attention_prefill.name);
    if (ran_single_) {
      names.emplace(kernels_.attention_decode.name);
      names.emplace(kernels_.attention_merge.name);
    }
    return {names.begin(), names.end()};
  }

 private:
  void run_piece(std::span<const model::TokenId> tokens, KvCache& cache, LogitsFor wanted, float* logits) {
    workspace_.inputs.set_rows(static_cast<std::int64_t>(tokens.size()));
    const PassData data{.config = model_->config,
                        .model = packed_,
                        .kernels = kernels_,
                        .isa = isa_,
                        .pool = *pool_,
                        .workspace = workspace_,
                        .cache = cache,
                        .tokens = tokens,
                        .wanted = wanted,
                        .logits = logits};
    // One captured reference fits into std::function without an allocation.
    pool_->run([&data](int index) { run_forward_pass(data, index); });
    cache.length += static_cast<std::int64_t>(tokens.size());
    (tokens.size() == 1 ? ran_single_ : ran_batch_) = true;
  }

  std::unique_ptr<device::ThreadPool> pool_;
  device::Isa isa_;
  bool pinned_;
  const model::Model* model_ = nullptr;
  PackedModel packed_;
  CpuKernels kernels_{};
  Workspace workspace_;
  std::int64_t max_batch_ = 0;
  std::int64_t max_context_ = 0;
  bool ran_single_ = false, ran_batch_ = false, ran_head_ = false;  // by the last forward()
};

}  // namespace

Result<std::unique_ptr<Backend>> make_cpu_backend(const CpuOptions& options) {
  if (!device::is_available(options.isa))
    return fail(ErrorCode::kUnavailable, "cpu: this machine has no {}; the best it has is {}",
                device::isa_name(options.isa), device::isa_name(device::best_isa()));
  ASSAY_TRY(auto pool, device::ThreadPool::create({.threads = options.threads, .pin = options.pin}));
  return std::make_unique<CpuBackend>(std::move(pool), options.isa, options.pin);
}

}  // namespace assay::engine
