// SPDX-License-Identifier: Apache-2.0
#include "model/tokenizer_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/mapped_file.h"
#include "base/text.h"
#include "model/byte_bpe.h"
#include "model/inflate.h"

namespace assay::model {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLimitBytes = 64u << 20;  // Qwen's, among the largest, has 11 MB

class Parser {
 public:
  Parser(const Json& root, std::string_view name, std::size_t text_bytes)
      : root_(root), name_(name), text_bytes_(text_bytes) {}

  [[nodiscard]] Result<std::unique_ptr<Tokenizer>> parse() {
    if (!root_.is_object()) return corrupt("the file is not a JSON object");
    const Json& model = field(root_, "model");
    ASSAY_TRY_VOID(check_model(model));
    ASSAY_TRY(const bool nfc, read_normalizer(field(root_, "normalizer")));
    ASSAY_TRY(PreTokenizer pre_tokenizer, read_pre_tokenizer(field(root_, "pre_tokenizer")));
    ByteBpe data{{}, {}, std::move(pre_tokenizer), flag(model, "ignore_merges"), nfc};
    ASSAY_TRY_VOID(read_tokens(field(model, "vocab"), data.vocabulary));
    ASSAY_TRY_VOID(read_added_tokens(field(root_, "added_tokens"), data.vocabulary));
    ASSAY_TRY_VOID(read_merges(field(model, "merges"), data));
    read_post_processor(field(root_, "post_processor"), data.vocabulary);
    data.vocabulary.ends = tokens_that_end_a_turn(data.vocabulary);
    return make_byte_bpe(std::move(data), name_);
  }

 private:
  template <typename... Args>
  [[nodiscard]] tl::unexpected<Error> corrupt(fmt::format_string<Args...> format, Args&&... args) const {
    return fail(ErrorCode::kCorrupt, "{}: {}", name_, fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename... Args>
  [[nodiscard]] tl::unexpected<Error> unsupported(fmt::format_string<Args...> format, Args&&... args) const {
    return fail(ErrorCode::kUnsupported, "{}: {}", name_, fmt::format(format, std::forward<Args>(args)...));
  }

  // Missing fields read as null, missing flags as false, missing texts as "".
  static const Json& field(const Json& object, const char* key) {
    static const Json kNull;
    if (!object.is_object()) return kNull;
    const auto found = object.find(key);
    return found == object.end() ? kNull : *found;
  }
  static bool flag(const Json& object, const char* key) {
    const Json& value = field(object, key);
    return value.is_boolean() && value.get<bool>();
  }
  static std::string_view text(const Json& object, const char* key) {
    const Json& value = field(object, key);
    return value.is_string() ? std::string_view(value.get_ref<const std::string&>()) : std::string_view();
  }

  Result<void> check_model(const Json& model) const {
    const std::string_view type = text(model, "type");
    if (type != "BPE")
      return unsupported("model type '{}' is not supported; supported: BPE", printable(type));
    if (flag(model, "byte_fallback"))
      return unsupported("BPE over characters with byte fallback is not supported");
    for (const char* affix : {"continuing_subword_prefix", "end_of_word_suffix"}) {
      if (!text(model, affix).empty()) return unsupported("{} is not supported", affix);
    }
    if (const Json& dropout = field(model, "dropout"); dropout.is_number() && dropout.get<double>() != 0.0) {
      return unsupported("BPE dropout is not supported");
    }
    return {};
  }

  // Returns whether text is composed (NFC).
  Result<bool> read_normalizer(const Json& normalizer) const {
    if (normalizer.is_null()) return false;
    const std::string_view type = text(normalizer, "type");
    if (type == "NFC") return true;
    if (type == "Sequence") {
      bool nfc = false;
      for (const Json& part : field(normalizer, "normalizers")) {
        if (text(part, "type") != "NFC")
          return unsupported("normalizer '{}' is not supported", printable(text(part, "type")));
        nfc = true;
      }
      return nfc;
    }
    return unsupported("normalizer '{}' is not supported; supported: NFC", printable(type));
  }

  Result<PreTokenizer> read_pre_tokenizer(const Json& pre_tokenizer) const {
    std::vector<const Json*> steps;  // never copied: a copy of deeply nested JSON would recurse
    if (text(pre_tokenizer, "type") == "Sequence") {
      for (const Json& step : field(pre_tokenizer, "pretokenizers")) steps.push_back(&step);
    } else {
      steps.push_back(&pre_tokenizer);
    }
    std::string_view expression;
    bool splits_digits = false, has_expression = false, has_byte_level = false;
    for (const Json* entry : steps) {
      const Json& step = *entry;
      const std::string_view type = text(step, "type");
      if (has_byte_level) return unsupported("a pre-tokenizer after ByteLevel is not supported");
      if (type == "Digits" && flag(step, "individual_digits") && !has_expression) {
        splits_digits = true;
      } else if (type == "Split" && text(step, "behavior") == "Isolated" && !flag(step, "invert") &&
                 !has_expression) {
        expression = text(field(step, "pattern"), "Regex");
        if (expression.empty())
          return unsupported("a Split pre-tokenizer without an expression is not supported");
        has_expression = true;
      } else if (type == "ByteLevel" && !flag(step, "add_prefix_space")) {
        const Json& use_regex = field(step, "use_regex");  // true where it is missing
        const bool splits = !use_regex.is_boolean() || use_regex.get<bool>();
        if (splits == has_expression) return unsupported("exactly one splitting expression is supported");
        has_byte_level = true;
      } else {
        return unsupported("pre-tokenizer '{}' with these settings is not supported", printable(type));
      }
    }
    if (!has_byte_level) return unsupported("only byte-level pre-tokenizers are supported");
    auto rule = PreTokenizer::from_expression(expression, splits_digits);
    if (!rule) return tl::unexpected(rule.error().with_context(name_));
    return rule;
  }

  // Makes room for token `id` of the file. Holes between ids are allowed, but no more of them than the file
  // has bytes.
  Result<std::size_t> slot(const Json& id, Vocabulary& vocabulary) const {
    if (!id.is_number_unsigned())
      return corrupt("a token id is a {}, expected a natural number", id.type_name());
    const auto index = id.get<std::size_t>();
    if (index >= text_bytes_)
      return corrupt("token id {} is too large for a file of {} bytes", index, text_bytes_);
    if (index >= vocabulary.tokens.size()) {
      vocabulary.tokens.resize(index + 1);
      vocabulary.kinds.resize(index + 1, TokenKind::kUnused);
    }
    return index;
  }

  Result<void> read_tokens(const Json& vocab, Vocabulary& vocabulary) const {
    if (!vocab.is_object()) return corrupt("model.vocab is not an object of token ids");
    for (const auto& [token, id] : vocab.items()) {
      ASSAY_TRY(const std::size_t index, slot(id, vocabulary));
      if (vocabulary.kinds[index] != TokenKind::kUnused) {
        return corrupt("tokens '{}' and '{}' have the same id {}", printable(vocabulary.tokens[index]),
                       printable(token), index);
      }
      vocabulary.tokens[index] = token;
      vocabulary.kinds[index] = TokenKind::kNormal;
    }
    return {};
  }

  Result<void> read_added_tokens(const Json& added, Vocabulary& vocabulary) const {
    if (added.is_null()) return {};
    if (!added.is_array()) return corrupt("added_tokens is not a list");
    for (const Json& token : added) {
      const std::string_view content = text(token, "content");
      if (content.empty()) return corrupt("added_tokens has an entry without content");
      for (const char* option : {"lstrip", "rstrip", "single_word"}) {
        if (flag(token, option))
          return unsupported("added token '{}' with {} is not supported", printable(content), option);
      }
      ASSAY_TRY(const std::size_t index, slot(field(token, "id"), vocabulary));
      vocabulary.tokens[index] = content;
      vocabulary.kinds[index] = flag(token, "special") ? TokenKind::kControl : TokenKind::kUserDefined;
    }
    return {};
  }

  Result<void> read_merges(const Json& merges, ByteBpe& data) const {
    if (!merges.is_array()) return corrupt("model.merges is not a list");
    data.merges.reserve(merges.size());
    for (const Json& merge : merges) {
      if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
        data.merges.emplace_back(merge[0].get<std::string>(), merge[1].get<std::string>());
        continue;
      }
      const std::string_view pair =
          merge.is_string() ? std::string_view(merge.get_ref<const std::string&>()) : "";
      const std::size_t space = pair.find(' ');
      if (space == std::string_view::npos)
        return corrupt("model.merges has '{}', expected two tokens", printable(pair));
      data.merges.emplace_back(pair.substr(0, space), pair.substr(space + 1));
    }
    return {};
  }

  // A template such as [BOS, text, EOS] says what add_special adds; other processors change offsets only.
  void read_post_processor(const Json& processor, Vocabulary& vocabulary) const {
    if (text(processor, "type") == "Sequence") {
      for (const Json& part : field(processor, "processors")) read_template(part, vocabulary);
    } else {
      read_template(processor, vocabulary);
    }
  }

  void read_template(const Json& processor, Vocabulary& vocabulary) const {
    if (text(processor, "type") != "TemplateProcessing") return;
    bool behind_text = false;
    for (const Json& item : field(processor, "single")) {
      if (!field(item, "Sequence").is_null()) behind_text = true;
      const std::string_view token = text(field(item, "SpecialToken"), "id");
      const auto found = std::find(vocabulary.tokens.begin(), vocabulary.tokens.end(), token);
      if (token.empty() || found == vocabulary.tokens.end()) continue;
      (behind_text ? vocabulary.eos : vocabulary.bos) =
          static_cast<TokenId>(found - vocabulary.tokens.begin());
      (behind_text ? vocabulary.add_eos : vocabulary.add_bos) = true;
    }
  }

  const Json& root_;
  std::string_view name_;
  std::size_t text_bytes_;
};

}  // namespace

Result<std::unique_ptr<Tokenizer>> parse_tokenizer_json(std::string_view text, std::string_view name) {
  const Json root = Json::parse(text, nullptr, false);
  if (root.is_discarded()) return fail(ErrorCode::kCorrupt, "{}: this is not valid JSON", name);
  return Parser(root, name, text.size()).parse();
}

Result<std::unique_ptr<Tokenizer>> read_tokenizer_json(const std::filesystem::path& path) {
  ASSAY_TRY(const MappedFile file, MappedFile::open(path));
  const std::span<const std::byte> bytes = file.bytes();
  if (is_gzip(bytes)) {
    ASSAY_TRY(const std::string text, gunzip(bytes, kLimitBytes, path.string()));
    return parse_tokenizer_json(text, path.string());
  }
  if (bytes.size() > kLimitBytes) {
    return fail(ErrorCode::kUnsupported, "{}: {} bytes, at most {} are read", path.string(), bytes.size(),
                kLimitBytes);
  }
  return parse_tokenizer_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string());
}

}  // namespace assay::model
