// SPDX-License-Identifier: Apache-2.0
#pragma once
// Turns a conversation into the text that a chat model was trained on. ChatML only: the metadata key
// tokenizer.chat_template holds a Jinja program, which is recognised by its marks, not run.
// Not supported: other templates (Llama, Gemma, Mistral), tools, images.
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "values/formats/gguf.h"

namespace assay::model {

struct ChatMessage {
  std::string role;  // "system", "user" or "assistant"; ChatML takes any
  std::string text;
};

struct ChatTemplate {
  // What the model's template says for itself if the conversation does not begin with a system message; may
  // be empty.
  std::string default_system;

  // The conversation, then the head of the assistant's turn if `add_generation_prompt`. Encode it with
  // parse_special. A text that contains "<|im_end|>" ends its own turn, as with every template: check texts
  // that you do not trust.
  [[nodiscard]] std::string render(const std::vector<ChatMessage>& messages,
                                   bool add_generation_prompt = true) const;
};

// Errors: kNotFound if the file has no template, kUnsupported if it is not ChatML.
[[nodiscard]] Result<ChatTemplate> read_chat_template(const values::GgufFile& file);

// The same from the Jinja text. Errors: kUnsupported.
[[nodiscard]] Result<ChatTemplate> parse_chat_template(std::string_view jinja, std::string_view name);

// A ChatML program for files that assay writes itself.
extern const std::string_view kChatMlTemplate;

}  // namespace assay::model
