// SPDX-License-Identifier: Apache-2.0
#include "model/synth.h"

#include <array>
#include <cmath>

#include "base/check.h"
#include "base/random.h"
#include "base/text.h"
#include "model/chat_template.h"
#include "model/llama_gguf.h"
#include "model/synth_vocabulary.h"
#include "values/blocks.h"

namespace assay::model {
namespace {

using values::DType;
using values::GgufWriter;
using values::Shape;
using values::Tensor;

constexpr std::array kShapes = {
    SynthShape{"smollm2-135m", 30, 576, 1536, 9, 3, 64, 49152, 8192, true, 100000.0f, 1e-5f},
    SynthShape{"tiny", 2, 256, 512, 8, 2, 32, 320, 256, true, 10000.0f, 1e-5f},
};

// Mean 0 and standard deviation about `deviation`: four 16-bit uniforms, summed as integers, times a
// constant. One multiplication is rounded the same way everywhere, which a logarithm and a cosine are not.
class WeightSource {
 public:
  WeightSource(std::uint64_t seed, std::uint64_t stream, double deviation)
      : random_(seed, stream), scale_(static_cast<float>(deviation / kSumDeviation)) {}

  float next() {
    const std::uint32_t a = random_.next_u32(), b = random_.next_u32();
    const auto sum = static_cast<std::int32_t>((a & 0xffff) + (a >> 16) + (b & 0xffff) + (b >> 16));
    return static_cast<float>(sum - 2 * 0xffff) * scale_;
  }

 private:
  static constexpr double kSumDeviation = 37837.227;  // sqrt(4 * 65536^2 / 12)
  Random random_;
  float scale_;
};

// Collects the tensors; each has a random stream of its own, so that it does not depend on the others.
class TensorMaker {
 public:
  TensorMaker(GgufWriter& writer, std::uint64_t seed) : writer_(writer), seed_(seed) {}

  void matrix(std::string name, DType dtype, std::int64_t rows, std::int64_t columns, double deviation) {
    Tensor tensor(dtype, Shape{rows, columns});
    WeightSource source(seed_, tensors_.size(), deviation);
    std::vector<float> row(static_cast<std::size_t>(columns));
    const auto stride = static_cast<std::size_t>(values::row_bytes(dtype, columns));
    for (std::int64_t r = 0; r < rows; ++r) {
      for (float& value : row) value = source.next();
      values::encode_row(dtype, row, tensor.bytes().subspan(static_cast<std::size_t>(r) * stride, stride));
    }
    add(std::move(name), std::move(tensor));
  }

  void norm(std::string name, std::int64_t size) {
    Tensor tensor(DType::kF32, Shape{size});
    WeightSource source(seed_, tensors_.size(),
                        0.025);  // the sum of uniforms ends at 3.5 deviations: within 0.1
    for (float& value : tensor.as<float>()) value = 1.0f + source.next();
    add(std::move(name), std::move(tensor));
  }

 private:
  void add(std::string name, Tensor tensor) {
    tensors_.push_back(std::make_unique<Tensor>(std::move(tensor)));
    writer_.add_tensor(std::move(name), tensors_.back()->view());
  }

  GgufWriter& writer_;
  std::uint64_t seed_;
  std::vector<std::unique_ptr<Tensor>> tensors_;  // alive until the file is written
};

Config config_of(const SynthShape& shape) {
  Config config;
  config.architecture = "llama";
  config.layers = shape.layers;
  config.hidden = shape.hidden;
  config.ffn = shape.ffn;
  config.heads = shape.heads;
  config.kv_heads = shape.kv_heads;
  config.head_dim = shape.head_dim;
  config.vocab = shape.vocab;
  config.context = shape.context;
  config.rope_dims = shape.head_dim;
  config.rope_theta = shape.rope_theta;
  config.norm_epsilon = shape.norm_epsilon;
  return config;
}

void add_tensors(TensorMaker& tensors, const SynthShape& shape, DType dtype, DType head_dtype) {
  const DType head = fitting_dtype(head_dtype, shape.hidden);
  const double head_deviation = 2.0 / std::sqrt(static_cast<double>(shape.hidden));
  const auto matrix = [&](std::string name, std::int64_t rows, std::int64_t columns) {
    tensors.matrix(std::move(name), fitting_dtype(dtype, columns), rows, columns,
                   1.0 / std::sqrt(static_cast<double>(columns)));
  };
  const std::int64_t q_width = shape.heads * shape.head_dim, kv_width = shape.kv_heads * shape.head_dim;
  tensors.matrix("token_embd.weight", head, shape.vocab, shape.hidden, head_deviation);
  for (std::int64_t i = 0; i < shape.layers; ++i) {
    const std::string prefix = fmt::format("blk.{}.", i);
    tensors.norm(prefix + "attn_norm.weight", shape.hidden);
    matrix(prefix + "attn_q.weight", q_width, shape.hidden);
    matrix(prefix + "attn_k.weight", kv_width, shape.hidden);
    matrix(prefix + "attn_v.weight", kv_width, shape.hidden);
    matrix(prefix + "attn_output.weight", shape.hidden, q_width);
    tensors.norm(prefix + "ffn_norm.weight", shape.hidden);
    matrix(prefix + "ffn_gate.weight", shape.ffn, shape.hidden);
    matrix(prefix + "ffn_up.weight", shape.ffn, shape.hidden);
    matrix(prefix + "ffn_down.weight", shape.hidden, shape.ffn);
  }
  tensors.norm("output_norm.weight", shape.hidden);
  if (!shape.tied) tensors.matrix("output.weight", head, shape.vocab, shape.hidden, head_deviation);
}

}  // namespace

std::span<const SynthShape> synth_shapes() { return kShapes; }

Result<SynthShape> shape_by_name(std::string_view name) {
  std::vector<std::string_view> names;
  for (const SynthShape& shape : kShapes) {
    if (shape.name == name) return shape;
    names.push_back(shape.name);
  }
  const std::string_view nearest = nearest_name(name, names);
  return fail(ErrorCode::kNotFound, "no shape is called '{}'{}; known: {}", printable(name),
              nearest.empty() ? "" : fmt::format(" (did you mean '{}'?)", nearest), fmt::join(names, ", "));
}

DType fitting_dtype(DType wanted, std::int64_t columns) {
  if (columns % values::info(wanted).block_elements == 0) return wanted;
  DType smaller = DType::kF16;
  if (wanted == DType::kQ4_K) smaller = DType::kQ5_0;
  if (wanted == DType::kQ5_K) smaller = DType::kQ5_1;
  if (wanted == DType::kQ6_K) smaller = DType::kQ8_0;
  return columns % values::info(smaller).block_elements == 0 ? smaller : DType::kF16;
}

Result<void> synthesise(const SynthShape& shape, DType dtype, std::uint64_t seed,
                        const std::filesystem::path& path, std::optional<DType> head_dtype) {
  for (const DType type : {dtype, head_dtype.value_or(dtype)}) {
    if (!values::is_weight_type(type)) {
      return fail(ErrorCode::kInvalidArgument,
                  "a model of type {} cannot be made; use f32, f16, bf16 or a quantised type",
                  values::info(type).name);
    }
  }
  ASSAY_TRY(const SynthVocabulary vocabulary, synthesise_vocabulary(shape.vocab, seed));
  Config config = config_of(shape);
  config.name = fmt::format("synthetic {} {} seed {}", shape.name, values::info(dtype).name, seed);
  GgufWriter writer;
  add_config(writer, config);
  writer.add_u32("general.quantization_version", 2);  // of the block layouts; llama.cpp asks for it
  writer.add_string("tokenizer.ggml.model", "gpt2");
  writer.add_string("tokenizer.ggml.pre", "smollm");
  add_vocabulary(writer, vocabulary.vocabulary);
  writer.add_strings("tokenizer.ggml.merges", vocabulary.merges);
  writer.add_string("tokenizer.chat_template", kChatMlTemplate);
  TensorMaker tensors(writer, seed);
  add_tensors(tensors, shape, dtype, head_dtype.value_or(dtype));
  return writer.write(path);
}

}  // namespace assay::model
