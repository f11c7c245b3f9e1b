// SPDX-License-Identifier: Apache-2.0
#include "model/chat_template.h"

namespace assay::model {
namespace {

constexpr std::string_view kStart = "<|im_start|>";
constexpr std::string_view kEnd = "<|im_end|>";

std::string turn(std::string_view role, std::string_view text) {
  return fmt::format("{}{}\n{}{}\n", kStart, role, text, kEnd);
}

// Jinja texts spell a line break as itself or as \n.
std::string with_line_breaks(std::string_view jinja) {
  std::string out;
  for (std::size_t i = 0; i < jinja.size(); ++i) {
    if (jinja[i] == '\\' && i + 1 < jinja.size() && jinja[i + 1] == 'n') {
      out += '\n';
      ++i;
    } else {
      out += jinja[i];
    }
  }
  return out;
}

}  // namespace

const std::string_view kChatMlTemplate =
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + "
    "'<|im_end|>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

std::string ChatTemplate::render(const std::vector<ChatMessage>& messages, bool add_generation_prompt) const {
  std::string text;
  const bool has_system = !messages.empty() && messages.front().role == "system";
  if (!has_system && !default_system.empty()) text = turn("system", default_system);
  for (const ChatMessage& message : messages) text += turn(message.role, message.text);
  if (add_generation_prompt) text += fmt::format("{}assistant\n", kStart);
  return text;
}

Result<ChatTemplate> parse_chat_template(std::string_view jinja, std::string_view name) {
  if (jinja.find(kStart) == std::string_view::npos || jinja.find(kEnd) == std::string_view::npos) {
    return fail(ErrorCode::kUnsupported,
                "{}: the chat template is not ChatML (no {} and {} in it), the only one supported; use "
                "--prompt without --chat",
                name, kStart, kEnd);
  }
  ChatTemplate result;
  const std::string text = with_line_breaks(jinja);
  const std::string opening = fmt::format("{}system\n", kStart);
  for (std::size_t at = 0; (at = text.find(opening, at)) != std::string::npos;) {
    at += opening.size();
    const std::size_t end = text.find(kEnd, at);
    if (end == std::string::npos) break;
    const std::string system = text.substr(at, end - at);
    // A quote or brace means that the program puts this turn together ('<|im_start|>system\n' + message ...).
    if (system.find_first_of("'\"{}") != std::string::npos) continue;
    result.default_system = system;
    break;
  }
  return result;
}

Result<ChatTemplate> read_chat_template(const values::GgufFile& file) {
  if (!file.contains("tokenizer.chat_template")) {
    return fail(ErrorCode::kNotFound, "{}: the model has no chat template; use --prompt without --chat",
                file.name());
  }
  ASSAY_TRY(const std::string jinja, file.string("tokenizer.chat_template"));
  return parse_chat_template(jinja, file.name());
}

}  // namespace assay::model
