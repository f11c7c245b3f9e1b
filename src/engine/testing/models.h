// SPDX-License-Identifier: Apache-2.0
#pragma once
// Models for the engine's tests: a small synthetic one that is always there, and ways to plant errors in any.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

#include "engine/backend.h"
#include "values/dtype.h"

namespace assay::engine::testing {

// The synthetic shape `tiny` with seed 1, written to a temporary folder once and opened. Aborts if that
// fails.
[[nodiscard]] model::Model tiny_model(values::DType dtype = values::DType::kQ4_1);
// stories260K from test data, converted; `bin` is its file.
[[nodiscard]] model::Model stories_model(const std::filesystem::path& bin);

// `count` ids, all below vocab and not all alike.
[[nodiscard]] std::vector<model::TokenId> some_tokens(std::size_t count, std::int64_t vocab);

// Makes a backend ready, or aborts with the error's message.
void make_ready(Backend& backend, const model::Model& model, std::int64_t max_batch,
                std::int64_t max_context);
[[nodiscard]] std::unique_ptr<Backend> ready_reference(const model::Model& model, std::int64_t max_batch = 64,
                                                       std::int64_t max_context = 128);
[[nodiscard]] std::unique_ptr<Backend> ready_cpu(const model::Model& model, CpuOptions options,
                                                 std::int64_t max_batch = 64, std::int64_t max_context = 128);

// Logits of all tokens, the first `batch` of them at once, the rest one by one. Aborts on errors.
[[nodiscard]] std::vector<float> logits_of(Backend& backend, const model::Model& model,
                                           std::span<const model::TokenId> tokens, std::size_t batch);
[[nodiscard]] std::vector<float> logits_of(Backend& backend, const model::Model& model, KvCache& cache,
                                           std::span<const model::TokenId> tokens, std::size_t batch);

// A model whose weights can be spoiled: it copies the tensors that it changes.
struct SpoiledModel {
  explicit SpoiledModel(const model::Model& good);
  model::Model model;

  void skip_layer(std::size_t layer);
  // Exchanges the rows of the first two heads of attn_k; requires two.
  void exchange_key_heads(std::size_t layer);
  // The last `rows` rows of a matrix become zero.
  void drop_last_rows(values::TensorView model::LayerWeights::*matrix, std::size_t layer, std::int64_t rows);

 private:
  std::span<std::byte> own(values::TensorView& view);
  std::vector<std::vector<std::byte>> storage_;
};

// Turns all keys in the cache by one position: as if queries were rotated one position too far.
void rotate_keys_by_one(KvCache& cache, const model::Config& config);

}  // namespace assay::engine::testing
