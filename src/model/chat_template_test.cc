// SPDX-License-Identifier: Apache-2.0
#include "model/chat_template.h"

#include <gtest/gtest.h>

#include "base/testing/test_data.h"

namespace assay::model {
namespace {

TEST(ChatTemplate, RendersSmolLm2sConversationWithItsOwnSystemText) {
  ASSAY_NEED_MODEL(path, "SmolLM2-135M-Instruct.Q4_1.gguf");
  const auto chat = read_chat_template(values::GgufFile::open(path).value());
  ASSERT_TRUE(chat) << chat.error().message;
  EXPECT_EQ(
      chat->render({{"user", "Hi"}, {"assistant", "Hello"}, {"user", "Bye"}}),
      "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
      "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello<|im_end|>\n<|im_start|>user\nBye<|im_end|"
      ">\n"
      "<|im_start|>assistant\n");
}

TEST(ChatTemplate, TakesTheCallersSystemTextInstead) {
  const ChatTemplate chat{"own"};
  EXPECT_EQ(chat.render({{"system", "be brief"}}, false), "<|im_start|>system\nbe brief<|im_end|>\n");
  EXPECT_EQ(chat.render({{"user", "x"}}, false),
            "<|im_start|>system\nown<|im_end|>\n<|im_start|>user\nx<|im_end|>\n");
}

TEST(ChatTemplate, HasNoSystemTextWhereTheTemplateOnlyPutsOneTogether) {
  const char* jinja =
      "{%- if tools %}{{- '<|im_start|>system\\n' + text + '<|im_end|>\\n' }}{%- endif %}"
      "{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}";
  EXPECT_EQ(parse_chat_template(jinja, "x").value().default_system, "");
  EXPECT_EQ(parse_chat_template(kChatMlTemplate, "x").value().default_system, "");
}

TEST(ChatTemplate, FindsTheSystemTextBehindAnAssembledOne) {
  const char* jinja =
      "{{- '<|im_start|>system\\n' }}...{{- '<|im_end|>' }}{% else %}"
      "{{- '<|im_start|>system\\nYou are helpful.<|im_end|>\\n' }}";
  EXPECT_EQ(parse_chat_template(jinja, "x").value().default_system, "You are helpful.");
}

TEST(ChatTemplate, RefusesOtherTemplates) {
  const auto chat = parse_chat_template("[INST] {{ message }} [/INST]", "small.gguf");
  ASSERT_FALSE(chat);
  EXPECT_EQ(chat.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(chat.error().message.rfind("small.gguf: the chat template is not ChatML", 0), 0u)
      << chat.error().message;
}

TEST(ChatTemplate, SaysThatThereIsNone) {
  const auto bytes = values::GgufWriter().to_bytes().value();
  EXPECT_EQ(read_chat_template(values::GgufFile::parse(bytes, "x").value()).error().code,
            ErrorCode::kNotFound);
}

}  // namespace
}  // namespace assay::model
