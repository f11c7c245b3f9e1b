// SPDX-License-Identifier: Apache-2.0
#include "values/formats/gguf.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>

#include "base/testing/temporary_folder.h"
#include "base/testing/test_data.h"
#include "values/formats/testing/gguf_bytes.h"

namespace assay::values {
namespace {

using testing::GgufBytes;

constexpr std::uint32_t kU8 = 0, kI8 = 1, kU16 = 2, kI16 = 3, kU32 = 4, kI32 = 5, kF32 = 6, kBool = 7,
                        kString = 8, kArray = 9, kU64 = 10, kI64 = 11, kF64 = 12;

GgufBytes every_value_type() {
  GgufBytes file;
  file.header(0, 15);
  file.key("u8", kU8).put<std::uint8_t>(200).key("i8", kI8).put<std::int8_t>(-100);
  file.key("u16", kU16).put<std::uint16_t>(60000).key("i16", kI16).put<std::int16_t>(-30000);
  file.key("u32", kU32).put<std::uint32_t>(4000000000).key("i32", kI32).put<std::int32_t>(-2000000000);
  file.key("u64", kU64).put<std::uint64_t>(~0ull).key("i64", kI64).put<std::int64_t>(-1);
  file.key("f32", kF32).put<float>(0.5f).key("f64", kF64).put<double>(0.1);
  file.key("bool", kBool).put<std::uint8_t>(1).key("string", kString).text("h\xc3\xa9");
  file.key("u16s", kArray).put(kU16).put<std::uint64_t>(2).put<std::uint16_t>(1).put<std::uint16_t>(65535);
  file.key("strings", kArray).put(kString).put<std::uint64_t>(2).text("a").text("");
  file.key("f32s", kArray).put(kF32).put<std::uint64_t>(2).put<float>(-1).put<float>(2);
  return file;
}

Result<GgufFile> parse(const GgufBytes& file) { return GgufFile::parse(file.bytes, "test.gguf"); }

std::string message_of(const auto& result) { return result ? "no error" : result.error().message; }

TEST(GgufReader, ReadsEveryTypeOfValue) {
  const GgufBytes bytes = every_value_type();
  const auto file = parse(bytes);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->version(), 3u);
  EXPECT_EQ(file->metadata().size(), 15u);
  EXPECT_EQ(file->integer("u8").value(), 200);
  EXPECT_EQ(file->integer("i8").value(), -100);
  EXPECT_EQ(file->integer("u16").value(), 60000);
  EXPECT_EQ(file->integer("i16").value(), -30000);
  EXPECT_EQ(file->integer("u32").value(), 4000000000);
  EXPECT_EQ(file->integer("i32").value(), -2000000000);
  EXPECT_EQ(file->integer("i64").value(), -1);
  EXPECT_EQ(file->number("f32").value(), 0.5);
  EXPECT_EQ(file->number("f64").value(), 0.1);
  EXPECT_EQ(file->number("i8").value(), -100);
  EXPECT_EQ(file->boolean("bool").value(), true);
  EXPECT_EQ(file->string("string").value(), "h\xc3\xa9");
  EXPECT_EQ(file->integers("u16s").value(), (std::vector<std::int64_t>{1, 65535}));
  EXPECT_EQ(file->numbers("u16s").value(), (std::vector<double>{1, 65535}));
  EXPECT_EQ(file->numbers("f32s").value(), (std::vector<double>{-1, 2}));
  const auto strings = file->strings("strings").value();
  EXPECT_EQ(std::vector<std::string>(strings.begin(), strings.end()), (std::vector<std::string>{"a", ""}));
}

TEST(GgufReader, SaysWhichKeyIsMissingOrOfAnotherType) {
  const GgufBytes bytes = every_value_type();
  const auto file = parse(bytes);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->integer("llama.block_count").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(
      message_of(file->integer("llama.block_count")),
      "test.gguf: gguf: key 'llama.block_count' is missing, expected an integer; convert the model again");
  EXPECT_EQ(message_of(file->integer("u64")),
            "test.gguf: gguf: key 'u64' has another type or does not fit, expected an "
            "integer; convert the model again");
  for (const Error& error :
       {file->integer("f32").error(), file->number("string").error(), file->boolean("u8").error(),
        file->string("strings").error(), file->strings("string").error(), file->strings("u16s").error(),
        file->integers("f32s").error(), file->numbers("strings").error(), file->integers("i8").error()}) {
    EXPECT_EQ(error.code, ErrorCode::kCorrupt) << error.message;
  }
}

// Two tensors: a matrix of 2 rows of 3 floats, and one block of q8_0; written byte for byte.
GgufBytes golden_file() {
  GgufBytes file;
  file.header(2, 1).key("general.name", kString).text("g");
  file.tensor("m", {3, 2}, 0, 0).tensor("q", {32}, 8, 32).pad();
  for (int i = 0; i < 6; ++i) file.put(static_cast<float>(i));
  file.pad().put<std::uint16_t>(0x3c00);
  for (int i = 0; i < 32; ++i) file.put(static_cast<std::int8_t>(-i));
  return file.pad();
}

TEST(GgufReader, FindsTensorsAndTheirBytes) {
  const GgufBytes bytes = golden_file();
  const auto file = parse(bytes);
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->tensors().size(), 2u);
  const GgufTensor* matrix = file->find_tensor("m");
  ASSERT_NE(matrix, nullptr);
  EXPECT_EQ(matrix->shape, (Shape{2, 3}));
  const TensorView view = file->view(*matrix).value();
  float last = 0;
  std::memcpy(&last, view.row(1).data() + 8, 4);
  EXPECT_EQ(last, 5.0f);
  const TensorView blocks = file->view(*file->find_tensor("q")).value();
  EXPECT_EQ(blocks.dtype, DType::kQ8_0);
  EXPECT_EQ(blocks.bytes.size(), 34u);
  EXPECT_EQ(static_cast<std::int8_t>(blocks.bytes[33]), -31);
  EXPECT_EQ(file->find_tensor("x"), nullptr);
}

TEST(GgufReader, AcceptsTheEndWithAndWithoutPadding) {
  GgufBytes bytes = golden_file();
  EXPECT_TRUE(parse(bytes));
  bytes.bytes.resize(bytes.bytes.size() - 30);
  EXPECT_TRUE(parse(bytes));
  bytes.bytes.pop_back();
  EXPECT_FALSE(parse(bytes));
}

TEST(GgufReader, AcceptsVersion2AndAnyAlignmentAndScalars) {
  GgufBytes file;
  file.header(2, 1, 2).key("general.alignment", kU32).put<std::uint32_t>(8);
  file.tensor("a", {}, 0, 0).tensor("b", {1, 1, 1, 2}, 24, 8).pad(8).put(1.5f).pad(8).zeros(2);
  const auto parsed = parse(file);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->version(), 2u);
  EXPECT_EQ(parsed->find_tensor("a")->shape.rank(), 0);
  EXPECT_EQ(parsed->find_tensor("b")->shape, (Shape{2, 1, 1, 1}));
}

TEST(GgufReader, AcceptsAFileWithoutTensors) {
  GgufBytes file;
  file.header(0, 1).key("general.name", kString).text("vocabulary");
  const auto parsed = parse(file);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_TRUE(parsed->tensors().empty());
}

TEST(GgufReader, ListsATensorOfUnknownTypeButDoesNotGiveItsBytes) {
  GgufBytes file;
  file.header(1, 0).tensor("iq", {256}, 16, 0).pad().zeros(66);
  const auto parsed = parse(file);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->tensors()[0].type_number, 16u);
  EXPECT_EQ(parsed->tensors()[0].dtype, std::nullopt);
  EXPECT_EQ(parsed->view(parsed->tensors()[0]).error().code, ErrorCode::kUnsupported);
}

TEST(GgufReader, OpensAFileAndKeepsItMapped) {
  const assay::testing::TemporaryFolder folder;
  const auto path = folder.path() / "golden.gguf";
  ASSERT_TRUE(write_file_atomically(path, golden_file().bytes));
  auto opened = GgufFile::open(path);
  ASSERT_TRUE(opened) << opened.error().message;
  const GgufFile moved = std::move(*opened);
  EXPECT_EQ(moved.name(), path.string());
  EXPECT_EQ(static_cast<std::int8_t>(moved.view(moved.tensors()[1]).value().bytes[33]), -31);
}

// Each prefix stands in an allocation of exactly its size, so that AddressSanitizer sees a read past its end.
TEST(GgufReader, RejectsEveryTruncatedPrefix) {
  GgufBytes whole = golden_file();
  whole.bytes.resize(whole.bytes.size() - 30);  // without padding: no shorter file is complete
  ASSERT_TRUE(parse(whole));
  for (std::size_t size = 0; size < whole.bytes.size(); ++size) {
    const std::unique_ptr<std::byte, decltype(&std::free)> copy(static_cast<std::byte*>(std::malloc(size)),
                                                                std::free);
    std::copy_n(whole.bytes.data(), size, copy.get());
    const auto file = GgufFile::parse({copy.get(), size}, "cut.gguf");
    ASSERT_FALSE(file) << size;
    EXPECT_EQ(file.error().code, ErrorCode::kCorrupt) << file.error().message;
    EXPECT_EQ(file.error().message.find("cut.gguf: gguf: "), 0u) << file.error().message;
  }
}

TEST(GgufReader, ReadsARealModel) {
  ASSAY_NEED_MODEL(path, "SmolLM2-135M-Instruct.Q4_1.gguf");
  const auto file = GgufFile::open(path);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->string("general.architecture").value(), "llama");
  EXPECT_EQ(file->strings("tokenizer.ggml.tokens").value().size(), 49152u);
  ASSERT_NE(file->find_tensor("token_embd.weight"), nullptr);
  EXPECT_EQ(file->find_tensor("token_embd.weight")->shape, (Shape{49152, 576}));
}

}  // namespace
}  // namespace assay::values
