// SPDX-License-Identifier: Apache-2.0
#include "model/pretokenizer.h"

#include <array>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/check.h"
#include "model/utf8_runs.h"

namespace assay::model {
namespace {

// The expressions as the models publish them (tokenizer.json, or encoder.py for GPT-2).
constexpr std::string_view kDigit = R"(\p{N})";
constexpr std::string_view kGpt2 =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen2 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kLlama3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

struct NamedRule {
  std::string_view name;
  bool splits_digits;  // first, so that the expression sees each digit alone and never looks beyond it
  std::string_view expression;
};
constexpr std::array kRules = {
    NamedRule{"gpt-2", false, kGpt2},
    NamedRule{"smollm", true, kGpt2},
    NamedRule{"qwen2", false, kQwen2},
    NamedRule{"llama-bpe", false, kLlama3},
};

// PCRE2's \s also takes U+180E, which has not been white space since Unicode 6.3; the models' \s is
// White_Space.
std::string with_unicode_spaces(std::string_view expression) {
  std::string out;
  bool in_class = false;
  for (std::size_t i = 0; i < expression.size(); ++i) {
    const char c = expression[i];
    if (c != '\\') {
      if (c == '[') in_class = true;
      if (c == ']') in_class = false;
      out += c;
      continue;
    }
    const char escaped = expression[++i];
    constexpr std::string_view kSpaces = R"(\p{Z}\t-\r\x{85})";
    if (escaped == 's') {
      out += in_class ? std::string(kSpaces) : fmt::format("[{}]", kSpaces);
    } else if (escaped == 'S') {
      out += fmt::format("[^{}]", kSpaces);
    } else {
      out += {c, escaped};
    }
  }
  return out;
}

struct CodeDeleter {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct MatchDeleter {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};
using Code = std::unique_ptr<pcre2_code, CodeDeleter>;
using MatchData = std::unique_ptr<pcre2_match_data, MatchDeleter>;

Result<Code> compile(std::string_view expression) {
  const std::string pattern = with_unicode_spaces(expression);
  int error = 0;
  PCRE2_SIZE offset = 0;
  Code code(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), PCRE2_UTF | PCRE2_UCP,
                          &error, &offset, nullptr));
  if (!code) {
    std::array<PCRE2_UCHAR, 256> reason{};
    pcre2_get_error_message(error, reason.data(), reason.size());
    return fail(ErrorCode::kUnavailable, "tokenizer: this PCRE2 library cannot compile '{}' (at {}): {}",
                pattern, offset, reinterpret_cast<const char*>(reason.data()));
  }
  pcre2_jit_compile(code.get(),
                    PCRE2_JIT_COMPLETE);  // without JIT the interpreter gives the same answer, later
  return code;
}

// Appends the matches in `text` and the stretches between them. `text` is well-formed UTF-8.
void split_by(const pcre2_code* code, std::string_view text, pcre2_match_data* match,
              std::vector<std::string_view>& out) {
  std::size_t begin = 0;
  while (begin < text.size()) {
    const int found = pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), begin,
                                  PCRE2_NO_UTF_CHECK, match, nullptr);
    if (found < 0) break;
    const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(match);
    if (ends[1] <= begin) break;
    if (ends[0] > begin) out.push_back(text.substr(begin, ends[0] - begin));
    out.push_back(text.substr(ends[0], ends[1] - ends[0]));
    begin = ends[1];
  }
  if (begin < text.size()) out.push_back(text.substr(begin));
}

}  // namespace

struct PreTokenizer::Rule {
  std::string_view name;
  std::vector<Code> steps;  // each cuts the pieces of the one before
};

PreTokenizer::PreTokenizer(std::unique_ptr<const Rule> rule) : rule_(std::move(rule)) {}
PreTokenizer::PreTokenizer(PreTokenizer&&) noexcept = default;
PreTokenizer& PreTokenizer::operator=(PreTokenizer&&) noexcept = default;
PreTokenizer::~PreTokenizer() = default;

std::string_view PreTokenizer::name() const { return rule_->name; }

Result<PreTokenizer> PreTokenizer::named(std::string_view name) {
  for (const NamedRule& named : kRules) {
    if (named.name != name) continue;
    auto rule = std::make_unique<Rule>();
    rule->name = named.name;
    if (named.splits_digits) {
      ASSAY_TRY(Code digits, compile(kDigit));
      rule->steps.push_back(std::move(digits));
    }
    ASSAY_TRY(Code words, compile(named.expression));
    rule->steps.push_back(std::move(words));
    return PreTokenizer(std::move(rule));
  }
  return fail(ErrorCode::kUnsupported,
              "pre-tokenizer '{}' is not supported; supported: gpt-2, smollm, qwen2, llama-bpe", name);
}

Result<PreTokenizer> PreTokenizer::from_expression(std::string_view expression, bool splits_digits) {
  if (expression.empty()) expression = kGpt2;
  for (const NamedRule& rule : kRules) {
    if (rule.expression == expression && rule.splits_digits == splits_digits) return named(rule.name);
  }
  return fail(ErrorCode::kUnsupported, "pre-tokenizer expression '{}'{} is not one that assay knows",
              expression, splits_digits ? " after splitting digits" : "");
}

std::vector<std::string_view> PreTokenizer::split(std::string_view text) const {
  const MatchData match(pcre2_match_data_create(1, nullptr));
  ASSAY_CHECK(match != nullptr, "out of memory");
  std::vector<std::string_view> pieces, next;
  for_each_utf8_run(text, [&](std::string_view run, bool is_valid) {
    if (!is_valid) {
      pieces.push_back(run);
      return;
    }
    std::vector<std::string_view> parts{run};
    for (const Code& step : rule_->steps) {
      next.clear();
      for (const std::string_view part : parts) split_by(step.get(), part, match.get(), next);
      parts.swap(next);
    }
    pieces.insert(pieces.end(), parts.begin(), parts.end());
  });
  return pieces;
}

}  // namespace assay::model
