// SPDX-License-Identifier: Apache-2.0
// The forward pass of a Llama-family model to read aloud, and the judge of every other backend: float
// arithmetic on weights that are decoded row by row (a decoded copy of the model would not fit in the memory
// that a benchmark may use), one thread, no SIMD. Sources: Touvron et al. 2023 (arXiv 2302.13971) for the
// block, Su et al. 2021 (arXiv 2104.09864) for RoPE, Ainslie et al. 2023 (arXiv 2305.13245) for grouped
// queries, Shazeer 2020 (arXiv 2002.05202) for SwiGLU.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/check.h"
#include "engine/request.h"
#include "values/blocks.h"

namespace assay::engine {
namespace {

using values::TensorView;

// Sixteen independent sums: the compiler may use vectors of any width without changing the order of the
// additions.
float dot(const float* a, const float* b, std::int64_t count) {
  constexpr int kSums = 16;
  float sums[kSums] = {};
  std::int64_t i = 0;
  for (; i + kSums <= count; i += kSums)
    for (int j = 0; j < kSums; ++j) sums[j] += a[i + j] * b[i + j];
  for (int j = 0; i < count; ++i, ++j) sums[j] += a[i] * b[i];
  return std::accumulate(sums, sums + kSums, 0.0f);
}

// y = x / rms(x) * weight
void rmsnorm(const float* x, const float* weight, std::int64_t width, float epsilon, float* y) {
  const float scale = 1.0f / std::sqrt(dot(x, x, width) / static_cast<float>(width) + epsilon);
  for (std::int64_t i = 0; i < width; ++i) y[i] = x[i] * scale * weight[i];
}

// Rotates the first rope_dims elements of a head by the angles of its position.
void rope(float* head, std::int64_t position, const model::Config& config) {
  const std::int64_t half = config.rope_dims / 2;
  for (std::int64_t i = 0; i < half; ++i) {
    const double exponent = -2.0 * static_cast<double>(i) / static_cast<double>(config.rope_dims);
    const double angle =
        static_cast<double>(position) * std::pow(static_cast<double>(config.rope_theta), exponent);
    const auto cosine = static_cast<float>(std::cos(angle));
    const auto sine = static_cast<float>(std::sin(angle));
    const bool interleaved = config.rope_layout == model::RopeLayout::kInterleaved;
    float& first = head[interleaved ? 2 * i : i];
    float& second = head[interleaved ? 2 * i + 1 : i + half];
    const float rotated = first * cosine - second * sine;
    second = first * sine + second * cosine;
    first = rotated;
  }
}

void softmax(std::span<float> scores) {
  const float largest = *std::max_element(scores.begin(), scores.end());
  float sum = 0.0f;
  for (float& score : scores) sum += score = std::exp(score - largest);
  for (float& score : scores) score /= sum;
}

const float* floats(const TensorView& view) { return reinterpret_cast<const float*>(view.bytes.data()); }

class ReferenceBackend final : public Backend {
 public:
  explicit ReferenceBackend(ActivationType activations) : activations_(activations) {}

  Result<void> upload(const model::Model& model) override {
    model_ = &model;
    return {};
  }

  Result<void> prepare(std::int64_t max_batch, std::int64_t max_context) override {
    ASSAY_CHECK(model_ != nullptr, "prepare() before upload()");
    ASSAY_TRY_VOID(check_sizes(max_batch, max_context));
    const model::Config& c = model_->config;
    max_batch_ = max_batch;
    max_context_ = max_context;
    const auto resize = [](std::vector<float>& v, std::int64_t n) { v.resize(static_cast<std::size_t>(n)); };
    resize(x_, max_batch * c.hidden);
    resize(normed_, max_batch * c.hidden);
    resize(q_, max_batch * c.q_width());
    resize(k_, max_batch * c.kv_width());
    resize(v_, max_batch * c.kv_width());
    resize(attended_, max_batch * c.q_width());
    resize(gate_, max_batch * c.ffn);
    resize(up_, max_batch * c.ffn);
    resize(added_, max_batch * c.hidden);
    resize(weight_row_, std::max({c.hidden, c.q_width(), c.ffn}));
    resize(rounded_, max_batch * std::max({c.hidden, c.q_width(), c.ffn}));
    resize(half_row_, c.head_dim);
    resize(scores_, max_context);
    return {};
  }

  Result<void> forward(std::span<const model::TokenId> tokens, KvCache& cache, LogitsFor wanted,
                       std::span<float> logits) override {
    ASSAY_CHECK(max_batch_ > 0, "forward() before prepare()");
    ASSAY_TRY_VOID(check_request(model_->config, max_context_, tokens, cache, wanted, logits));
    while (!tokens.empty()) {
      const std::size_t count = std::min(tokens.size(), static_cast<std::size_t>(max_batch_));
      run_piece(tokens.first(count), cache);
      tokens = tokens.subspan(count);
      const std::size_t rows = wanted == LogitsFor::kAll                      ? count
                               : wanted == LogitsFor::kLast && tokens.empty() ? 1
                                                                              : 0;
      write_logits(count - rows, rows, logits.data());
      logits = logits.subspan(rows * static_cast<std::size_t>(model_->config.vocab));
    }
    return {};
  }

  std::string description() const override { return "reference threads=1"; }
  ActivationType activations() const override { return activations_; }
  std::vector<std::string> variants_used() const override { return {"engine/reference"}; }

 private:
  // y[t, n] = sum_k x[t, k] * W[n, k] for t < rows
  void multiply(const float* x, const TensorView& weights, std::int64_t rows, float* y) {
    const std::int64_t outputs = weights.rows();
    const std::int64_t inputs = weights.row_elements();
    if (activations_ == ActivationType::kEightBits && values::info(weights.dtype).is_quantised)
      x = rounded_to_eight_bits(x, rows, inputs);
    for (std::int64_t n = 0; n < outputs; ++n) {
      values::decode_row(weights.dtype, weights.row(n),
                         {weight_row_.data(), static_cast<std::size_t>(inputs)});
      for (std::int64_t t = 0; t < rows; ++t)
        y[t * outputs + n] = dot(x + t * inputs, weight_row_.data(), inputs);
    }
  }

  // What is left of x in blocks of 32 that share a scale, the largest magnitude / 127.
  const float* rounded_to_eight_bits(const float* x, std::int64_t rows, std::int64_t width) {
    for (std::int64_t first = 0; first < rows * width; first += 32) {  // quantised rows are whole blocks
      float largest = 0.0f;
      for (std::int64_t i = first; i < first + 32; ++i) largest = std::max(largest, std::abs(x[i]));
      const float to_integer = largest > 0.0f ? 127.0f / largest : 0.0f;
      for (std::int64_t i = first; i < first + 32; ++i)
        rounded_[static_cast<std::size_t>(i)] = std::nearbyint(x[i] * to_integer) * (largest / 127.0f);
    }
    return rounded_.data();
  }

  void norm_rows(std::int64_t first, std::int64_t rows, const TensorView& weight) {
    const model::Config& c = model_->config;
    for (std::int64_t t = 0; t < rows; ++t)
      rmsnorm(&x_[static_cast<std::size_t>((first + t) * c.hidden)], floats(weight), c.hidden, c.norm_epsilon,
              &normed_[static_cast<std::size_t>(t * c.hidden)]);
  }

  void add_to_x(std::int64_t rows) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(rows * model_->config.hidden); ++i)
      x_[i] += added_[i];
  }

  // Rotates a position's new keys, and puts its keys and values into the cache.
  void append_to_cache(KvCache& cache, std::int64_t layer, std::int64_t token, std::int64_t position) {
    const model::Config& c = model_->config;
    for (std::int64_t head = 0; head < c.kv_heads; ++head) {
      float* key = &k_[static_cast<std::size_t>(token * c.kv_width() + head * c.head_dim)];
      const float* value = &v_[static_cast<std::size_t>(token * c.kv_width() + head * c.head_dim)];
      rope(key, position, c);
      std::transform(key, key + c.head_dim, cache.key_row(layer, head, position), values::f32_to_f16);
      std::transform(value, value + c.head_dim, cache.value_row(layer, head, position), values::f32_to_f16);
    }
  }

  // One query head of one position looks at all positions up to its own. Query heads share key and value
  // heads.
  void attend(const KvCache& cache, std::int64_t layer, std::int64_t token, std::int64_t head,
              std::int64_t position) {
    const model::Config& c = model_->config;
    const std::int64_t kv_head = head / (c.heads / c.kv_heads);
    float* q = &q_[static_cast<std::size_t>(token * c.q_width() + head * c.head_dim)];
    float* out = &attended_[static_cast<std::size_t>(token * c.q_width() + head * c.head_dim)];
    rope(q, position, c);
    const std::span<float> scores(scores_.data(), static_cast<std::size_t>(position + 1));
    for (std::int64_t p = 0; p <= position; ++p) {
      const std::uint16_t* key = cache.key_row(layer, kv_head, p);
      std::transform(key, key + c.head_dim, half_row_.data(), values::f16_to_f32);
      scores[static_cast<std::size_t>(p)] =
          dot(q, half_row_.data(), c.head_dim) / std::sqrt(static_cast<float>(c.head_dim));
    }
    softmax(scores);
    std::fill(out, out + c.head_dim, 0.0f);
    for (std::int64_t p = 0; p <= position; ++p) {
      const std::uint16_t* value = cache.value_row(layer, kv_head, p);
      for (std::int64_t i = 0; i < c.head_dim; ++i)
        out[i] += scores[static_cast<std::size_t>(p)] * values::f16_to_f32(value[i]);
    }
  }

  void run_layer(std::int64_t index, std::int64_t rows, KvCache& cache) {
    const model::Config& c = model_->config;
    const model::LayerWeights& w = model_->weights.layers[static_cast<std::size_t>(index)];

    norm_rows(0, rows, w.attn_norm);
    multiply(normed_.data(), w.attn_q, rows, q_.data());
    multiply(normed_.data(), w.attn_k, rows, k_.data());
    multiply(normed_.data(), w.attn_v, rows, v_.data());
    for (std::int64_t t = 0; t < rows; ++t) append_to_cache(cache, index, t, cache.length + t);
    for (std::int64_t t = 0; t < rows; ++t)
      for (std::int64_t head = 0; head < c.heads; ++head) attend(cache, index, t, head, cache.length + t);
    multiply(attended_.data(), w.attn_output, rows, added_.data());
    add_to_x(rows);

    norm_rows(0, rows, w.ffn_norm);
    multiply(normed_.data(), w.ffn_gate, rows, gate_.data());
    multiply(normed_.data(), w.ffn_up, rows, up_.data());
    for (std::size_t i = 0; i < static_cast<std::size_t>(rows * c.ffn); ++i)
      gate_[i] = gate_[i] / (1.0f + std::exp(-gate_[i])) * up_[i];  // SwiGLU
    multiply(gate_.data(), w.ffn_down, rows, added_.data());
    add_to_x(rows);
  }

  void run_piece(std::span<const model::TokenId> tokens, KvCache& cache) {
    const model::Config& c = model_->config;
    const TensorView& embedding = model_->weights.token_embd;
    float* x = x_.data();
    for (const model::TokenId token : tokens) {
      values::decode_row(embedding.dtype, embedding.row(token), {x, static_cast<std::size_t>(c.hidden)});
      x += c.hidden;
    }
    const auto rows = static_cast<std::int64_t>(tokens.size());
    for (std::int64_t layer = 0; layer < c.layers; ++layer) run_layer(layer, rows, cache);
    cache.length += rows;
  }

  void write_logits(std::size_t first, std::size_t rows, float* logits) {
    if (rows == 0) return;
    norm_rows(static_cast<std::int64_t>(first), static_cast<std::int64_t>(rows), model_->weights.output_norm);
    multiply(normed_.data(), model_->weights.output, static_cast<std::int64_t>(rows), logits);
  }

  const ActivationType activations_;
  const model::Model* model_ = nullptr;
  std::int64_t max_batch_ = 0;
  std::int64_t max_context_ = 0;
  std::vector<float> x_;  // the residual stream, (rows, hidden)
  std::vector<float> normed_, q_, k_, v_, attended_, gate_, up_, added_;
  std::vector<float> weight_row_, rounded_, half_row_, scores_;
};

}  // namespace

std::unique_ptr<Backend> make_reference_backend(ActivationType activations) {
  return std::make_unique<ReferenceBackend>(activations);
}

}  // namespace assay::engine
