// SPDX-License-Identifier: Apache-2.0
#include "model/info.h"

#include <gmock/gmock.h>

#include "base/mapped_file.h"
#include "base/testing/temporary_folder.h"
#include "model/synth.h"
#include "model/testing/llama_file.h"

namespace assay::model {
namespace {

using ::testing::HasSubstr;

TEST(Info, DescribesAModelThatRuns) {
  const assay::testing::TemporaryFolder folder;
  const auto path = folder.path() / "tiny.gguf";
  ASSERT_TRUE(synthesise(shape_by_name("tiny").value(), values::DType::kQ8_0, 1, path));
  const auto info = read_info(path);
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->problem, "");
  ASSERT_TRUE(info->config);
  EXPECT_EQ(info->config->layers, 2);
  EXPECT_EQ(info->tokenizer, "gpt2, smollm, 320 tokens");
  EXPECT_EQ(info->chat_template, "ChatML");
  ASSERT_EQ(info->types.size(), 2u);
  EXPECT_EQ(info->types[0].type, "q8_0");
  EXPECT_EQ(info->types[0].tensors, 15);
  EXPECT_EQ(info->types[1].bytes, 5 * 256 * 4);
  EXPECT_EQ(info->parameters, info->types[0].parameters + info->types[1].parameters);
  EXPECT_EQ(info->bytes_per_token, info->types[0].bytes);
  EXPECT_THAT(to_text(*info), HasSubstr("2 of width 256, feed-forward 512"));
  EXPECT_THAT(to_text(*info), HasSubstr("runs here       yes\n"));
}

TEST(Info, SaysWhyAModelDoesNotRun) {
  const assay::testing::TemporaryFolder folder;
  const auto path = folder.path() / "small.gguf";
  testing::LlamaFile file;
  file.keys["general.architecture"] = "mamba";
  ASSERT_TRUE(write_file_atomically(path, file.bytes()));
  const auto info = read_info(path);
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_FALSE(info->config);
  EXPECT_EQ(info->tokenizer, "none");
  EXPECT_THAT(to_text(*info), HasSubstr("no: "));
  EXPECT_THAT(info->problem, HasSubstr("architecture 'mamba' is not supported"));
  EXPECT_EQ(read_info(folder.path()).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace assay::model
