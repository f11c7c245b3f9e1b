// SPDX-License-Identifier: Apache-2.0
#include "engine/testing/models.h"

#include <algorithm>

#include "base/check.h"
#include "base/testing/temporary_folder.h"
#include "kernels/rope/rope.h"
#include "model/llama2c.h"
#include "model/synth.h"
#include "values/blocks.h"

namespace assay::engine::testing {
namespace {

void must(const Result<void>& result) { ASSAY_CHECK(result.has_value(), "{}", result.error().message); }

model::Model opened(const std::filesystem::path& path) {
  Result<model::Model> model = model::Model::open(path);
  ASSAY_CHECK(model.has_value(), "{}", model.error().message);
  return std::move(*model);
}

}  // namespace

// The file may be deleted while it is mapped.
model::Model tiny_model(values::DType dtype) {
  const assay::testing::TemporaryFolder folder;
  const auto shape = model::shape_by_name("tiny");
  ASSAY_CHECK(shape.has_value());
  must(model::synthesise(*shape, dtype, 1, folder.path() / "tiny.gguf"));
  return opened(folder.path() / "tiny.gguf");
}

model::Model stories_model(const std::filesystem::path& bin) {
  const assay::testing::TemporaryFolder folder;
  must(model::convert_llama2c(bin, {}, folder.path() / "stories.gguf"));
  return opened(folder.path() / "stories.gguf");
}

std::vector<model::TokenId> some_tokens(std::size_t count, std::int64_t vocab) {
  std::vector<model::TokenId> tokens(count);
  for (std::size_t i = 0; i < count; ++i)
    tokens[i] = static_cast<model::TokenId>((17 + 131 * i * i + 7 * i) % static_cast<std::size_t>(vocab));
  return tokens;
}

void make_ready(Backend& backend, const model::Model& model, std::int64_t max_batch,
                std::int64_t max_context) {
  must(backend.upload(model));
  must(backend.prepare(max_batch, max_context));
}

std::unique_ptr<Backend> ready_reference(const model::Model& model, std::int64_t max_batch,
                                         std::int64_t max_context) {
  auto backend = make_reference_backend();
  make_ready(*backend, model, max_batch, max_context);
  return backend;
}

std::unique_ptr<Backend> ready_cpu(const model::Model& model, CpuOptions options, std::int64_t max_batch,
                                   std::int64_t max_context) {
  auto backend = make_cpu_backend(options);
  ASSAY_CHECK(backend.has_value(), "{}", backend.error().message);
  make_ready(**backend, model, max_batch, max_context);
  return std::move(*backend);
}

std::vector<float> logits_of(Backend& backend, const model::Model& model,
                             std::span<const model::TokenId> tokens, std::size_t batch) {
  KvCache cache = KvCache::create(model.config, static_cast<std::int64_t>(tokens.size())).value();
  return logits_of(backend, model, cache, tokens, batch);
}

std::vector<float> logits_of(Backend& backend, const model::Model& model, KvCache& cache,
                             std::span<const model::TokenId> tokens, std::size_t batch) {
  const auto vocab = static_cast<std::size_t>(model.config.vocab);
  std::vector<float> logits(tokens.size() * vocab);
  std::span<float> left(logits);
  while (!tokens.empty()) {
    const std::size_t count = std::max<std::size_t>(1, std::min(batch, tokens.size()));
    must(backend.forward(tokens.first(count), cache, LogitsFor::kAll, left.first(count * vocab)));
    tokens = tokens.subspan(count);
    left = left.subspan(count * vocab);
    batch = 1;
  }
  return logits;
}

SpoiledModel::SpoiledModel(const model::Model& good) {
  model.config = good.config;
  model.weights = good.weights;
}

std::span<std::byte> SpoiledModel::own(values::TensorView& view) {
  storage_.emplace_back(view.bytes.begin(), view.bytes.end());
  view.bytes = storage_.back();
  return storage_.back();
}

void SpoiledModel::skip_layer(std::size_t layer) {
  model::LayerWeights& weights = model.weights.layers[layer];
  for (values::TensorView* view : {&weights.attn_output, &weights.ffn_down})
    std::ranges::fill(own(*view), std::byte{0});
}

void SpoiledModel::exchange_key_heads(std::size_t layer) {
  values::TensorView& view = model.weights.layers[layer].attn_k;
  const auto head = static_cast<std::ptrdiff_t>(view.row(0).size()) * model.config.head_dim;
  const std::span<std::byte> bytes = own(view);
  std::swap_ranges(bytes.begin(), bytes.begin() + head, bytes.begin() + head);
}

void SpoiledModel::drop_last_rows(values::TensorView model::LayerWeights::*matrix, std::size_t layer,
                                  std::int64_t rows) {
  values::TensorView& view = model.weights.layers[layer].*matrix;
  const std::size_t size = view.row(0).size() * static_cast<std::size_t>(rows);
  std::ranges::fill(own(view).last(size), std::byte{0});
}

void rotate_keys_by_one(KvCache& cache, const model::Config& config) {
  const auto frequencies = kernels::rope_frequencies(config.rope_dims, config.rope_theta);
  std::vector<float> cosines(frequencies.size()), sines(frequencies.size());
  kernels::rope_angles(-1, frequencies, cosines.data(), sines.data());
  std::vector<float> key(static_cast<std::size_t>(config.head_dim));
  for (std::int64_t layer = 0; layer < cache.layers; ++layer)
    for (std::int64_t head = 0; head < cache.kv_heads; ++head)
      for (std::int64_t position = 0; position < cache.length; ++position) {
        std::uint16_t* row = cache.key_row(layer, head, position);
        std::transform(row, row + cache.head_dim, key.begin(), values::f16_to_f32);
        kernels::rope_variants().front().run({.x = key.data(),
                                              .heads = 1,
                                              .head_dim = config.head_dim,
                                              .dims = config.rope_dims,
                                              .cosines = cosines.data(),
                                              .sines = sines.data()});
        std::transform(key.begin(), key.end(), row, values::f32_to_f16);
      }
}

}  // namespace assay::engine::testing
