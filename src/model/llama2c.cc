// SPDX-License-Identifier: Apache-2.0
#include "model/llama2c.h"

#include <array>
#include <cstdlib>
#include <cstring>

#include "base/check.h"
#include "base/mapped_file.h"
#include "model/llama_gguf.h"

namespace assay::model {
namespace {

using values::DType;
using values::GgufWriter;
using values::Shape;

constexpr std::size_t kHeaderBytes = 7 * sizeof(std::int32_t);
constexpr std::int64_t kMaxLayers = 1 << 12;
constexpr std::int64_t kMaxWidth = 1 << 20;

struct Header {
  Config config;
  bool tied = true;
};

Result<Header> read_header(std::span<const std::byte> bytes, const std::filesystem::path& path) {
  if (bytes.size() < kHeaderBytes) {
    return fail(ErrorCode::kCorrupt, "{}: {} bytes are too few for the header of a llama2.c model",
                path.string(), bytes.size());
  }
  std::array<std::int32_t, 7> numbers{};
  std::memcpy(numbers.data(), bytes.data(), kHeaderBytes);
  constexpr std::array<std::string_view, 7> kNames = {"dim",      "hidden_dim", "layers", "heads",
                                                      "kv_heads", "vocab",      "seq_len"};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::int64_t value =
        i == 5 ? std::abs(std::int64_t{numbers[i]}) : numbers[i];  // vocab's sign is a flag
    const std::int64_t limit = i == 2 ? kMaxLayers : kMaxWidth;
    if (value < 1 || value > limit) {
      return fail(ErrorCode::kCorrupt,
                  "{}: {} is {}, expected 1 to {}; is this a llama2.c model (version 0)?", path.string(),
                  kNames[i], numbers[i], limit);
    }
  }
  Header header;
  header.tied = numbers[5] > 0;
  Config& c = header.config;
  c.architecture = "llama";
  c.name = path.stem().string();
  c.hidden = numbers[0];
  c.ffn = numbers[1];
  c.layers = numbers[2];
  c.heads = numbers[3];
  c.kv_heads = numbers[4];
  c.vocab = std::abs(std::int64_t{numbers[5]});
  c.context = numbers[6];
  if (c.hidden % c.heads != 0 || c.heads % c.kv_heads != 0 || (c.hidden / c.heads) % 2 != 0) {
    return fail(ErrorCode::kCorrupt, "{}: width {}, {} heads and {} key and value heads do not divide evenly",
                path.string(), c.hidden, c.heads, c.kv_heads);
  }
  c.head_dim = c.hidden / c.heads;
  c.rope_dims = c.head_dim;
  return header;
}

// Floats of everything behind the header, including two tables of rotations that nobody reads any more.
// Cannot overflow: the widest product is 2^12 layers of 2^20 x 2^20.
std::int64_t expected_floats(const Header& header) {
  const Config& c = header.config;
  const __int128 layer = __int128{2} * c.hidden + 2 * c.hidden * c.q_width() + 2 * c.hidden * c.kv_width() +
                         3 * c.hidden * c.ffn;
  const __int128 total = c.layers * layer + __int128{header.tied ? 1 : 2} * c.vocab * c.hidden + c.hidden +
                         c.context * c.head_dim;
  return static_cast<std::int64_t>(std::min<__int128>(total, INT64_MAX / 4));
}

// Hands out the file's floats front to back; the sizes were added up before.
class Matrices {
 public:
  explicit Matrices(std::span<const std::byte> bytes) : bytes_(bytes) {}

  values::TensorView next(const Shape& shape) {
    const auto size = static_cast<std::size_t>(shape.elements()) * sizeof(float);
    ASSAY_CHECK(size <= bytes_.size());
    const values::TensorView view{DType::kF32, shape, bytes_.first(size)};
    bytes_ = bytes_.subspan(size);
    return view;
  }

  // llama2.c stores one kind of matrix for all layers, then the next kind.
  void add_all_layers(GgufWriter& writer, const Config& config, std::string_view name, const Shape& shape) {
    for (std::int64_t i = 0; i < config.layers; ++i)
      writer.add_tensor(fmt::format("blk.{}.{}.weight", i, name), next(shape));
  }

 private:
  std::span<const std::byte> bytes_;
};

void add_tensors(GgufWriter& writer, const Header& header, std::span<const std::byte> floats) {
  const Config& c = header.config;
  Matrices matrices(floats);
  const Shape norm{c.hidden};
  writer.add_tensor("token_embd.weight", matrices.next(Shape{c.vocab, c.hidden}));
  matrices.add_all_layers(writer, c, "attn_norm", norm);
  matrices.add_all_layers(writer, c, "attn_q", Shape{c.q_width(), c.hidden});
  matrices.add_all_layers(writer, c, "attn_k", Shape{c.kv_width(), c.hidden});
  matrices.add_all_layers(writer, c, "attn_v", Shape{c.kv_width(), c.hidden});
  matrices.add_all_layers(writer, c, "attn_output", Shape{c.hidden, c.q_width()});
  matrices.add_all_layers(writer, c, "ffn_norm", norm);
  matrices.add_all_layers(writer, c, "ffn_gate", Shape{c.ffn, c.hidden});
  matrices.add_all_layers(writer, c, "ffn_down", Shape{c.hidden, c.ffn});
  matrices.add_all_layers(writer, c, "ffn_up", Shape{c.ffn, c.hidden});
  writer.add_tensor("output_norm.weight", matrices.next(norm));
  if (header.tied) return;
  (void)matrices.next(Shape{c.context, c.head_dim});  // the tables of rotations: cosines, then sines
  writer.add_tensor("output.weight", matrices.next(Shape{c.vocab, c.hidden}));
}

Result<std::filesystem::path> find_tokenizer(const std::filesystem::path& bin, std::int64_t vocab) {
  const std::string own_name = fmt::format("tok{}.bin", vocab);
  for (const std::string& name : {own_name, std::string("tokenizer.bin")}) {
    std::error_code ignored;
    if (std::filesystem::exists(bin.parent_path() / name, ignored)) return bin.parent_path() / name;
  }
  return fail(ErrorCode::kNotFound,
              "{}: no tokenizer beside it ({} or tokenizer.bin); name one with --tokenizer FILE",
              bin.string(), own_name);
}

}  // namespace

Result<void> convert_llama2c(const std::filesystem::path& bin, const std::filesystem::path& tokenizer,
                             const std::filesystem::path& gguf) {
  ASSAY_TRY(const MappedFile file, MappedFile::open(bin));
  ASSAY_TRY(const Header header, read_header(file.bytes(), bin));
  const std::span<const std::byte> floats = file.bytes().subspan(kHeaderBytes);
  const std::int64_t expected = expected_floats(header);
  if (floats.size() % sizeof(float) != 0 ||
      static_cast<std::int64_t>(floats.size() / sizeof(float)) != expected) {
    return fail(ErrorCode::kCorrupt, "{}: the header asks for {} bytes of weights, but {} follow it",
                bin.string(), expected * 4, floats.size());
  }
  std::filesystem::path tokenizer_path = tokenizer;
  if (tokenizer_path.empty()) {
    ASSAY_TRY(tokenizer_path, find_tokenizer(bin, header.config.vocab));
  }
  ASSAY_TRY(const ScoreVocabulary vocabulary, read_llama2c_vocabulary(tokenizer_path, header.config.vocab));

  GgufWriter writer;
  add_config(writer, header.config);
  writer.add_string("tokenizer.ggml.model", "llama");
  add_vocabulary(writer, vocabulary.vocabulary);
  writer.add_f32s("tokenizer.ggml.scores", vocabulary.scores);
  writer.add_bool("tokenizer.ggml.add_space_prefix", vocabulary.add_space_prefix);
  add_tensors(writer, header, floats);
  return writer.write(gguf);
}

}  // namespace assay::model
