// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/testing/temporary_folder.h"
#include "values/formats/gguf.h"
#include "values/formats/testing/gguf_bytes.h"
#include "values/generate.h"

namespace assay::values {
namespace {

using testing::GgufBytes;

TEST(GgufWriter, WritesTheGoldenBytes) {
  Tensor matrix(DType::kF32, {2, 3}), scalar(DType::kI32, Shape());
  fill(matrix, Constant{1}, 0);
  fill(scalar, Constant{-7}, 0);
  GgufWriter writer;
  writer.add_string("general.name", "g");
  writer.add_u32("u", 7);
  writer.add_strings("s", std::vector<std::string>{"a", ""});
  writer.add_tensor("m", matrix.view());
  writer.add_tensor("x", scalar.view());
  GgufBytes expected;
  expected.header(2, 3).key("general.name", 8).text("g").key("u", 4).put<std::uint32_t>(7);
  expected.key("s", 9).put<std::uint32_t>(8).put<std::uint64_t>(2).text("a").text("");
  expected.tensor("m", {3, 2}, 0, 0).tensor("x", {}, 26, 32).pad();
  for (int i = 0; i < 6; ++i) expected.put(1.0f);
  expected.pad().put<std::int32_t>(-7).pad();
  EXPECT_EQ(writer.to_bytes().value(), expected.bytes);
}

TEST(GgufWriter, IsReadBackAsItWasWritten) {
  GgufWriter writer;
  writer.add_u32("u32", 4000000000);
  writer.add_i32("i32", -5);
  writer.add_u64("u64", 1ull << 40);
  writer.add_i64("i64", -(1ll << 40));
  writer.add_f32("f32", 0.25f);
  writer.add_f64("f64", 0.1);
  writer.add_bool("bool", true);
  writer.add_string("string", "h\xc3\xa9");
  writer.add_i32s("i32s", std::vector<std::int32_t>{1, -2});
  writer.add_f32s("f32s", std::vector<float>{0.5f});
  writer.add_strings("none", {});
  std::vector<Tensor> tensors;
  for (int i = 0; i < kDTypeCount; ++i) {
    const auto type = static_cast<DType>(i);
    if (!gguf_type_number(type)) continue;
    fill(tensors.emplace_back(type, Shape{3, 256}), Normal{}, 1);
  }
  for (const Tensor& tensor : tensors)
    writer.add_tensor(std::string(info(tensor.dtype()).name), tensor.view());
  const assay::testing::TemporaryFolder folder;
  ASSERT_TRUE(writer.write(folder.path() / "a.gguf"));
  const auto file = GgufFile::open(folder.path() / "a.gguf");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->metadata().size(), 11u);
  EXPECT_EQ(file->integer("u32").value(), 4000000000);
  EXPECT_EQ(file->integer("i32").value(), -5);
  EXPECT_EQ(file->integer("u64").value(), 1ll << 40);
  EXPECT_EQ(file->integer("i64").value(), -(1ll << 40));
  EXPECT_EQ(file->number("f32").value(), 0.25);
  EXPECT_EQ(file->number("f64").value(), 0.1);
  EXPECT_TRUE(file->boolean("bool").value());
  EXPECT_EQ(file->string("string").value(), "h\xc3\xa9");
  EXPECT_EQ(file->integers("i32s").value(), (std::vector<std::int64_t>{1, -2}));
  EXPECT_EQ(file->numbers("f32s").value(), std::vector<double>{0.5});
  EXPECT_TRUE(file->strings("none").value().empty());
  ASSERT_EQ(file->tensors().size(), 16u);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const TensorView view = file->view(file->tensors()[i]).value();
    EXPECT_EQ(view.dtype, tensors[i].dtype());
    EXPECT_EQ(view.shape, tensors[i].shape());
    EXPECT_TRUE(std::ranges::equal(view.bytes, std::as_const(tensors[i]).bytes()));
  }
}

std::string problem(const GgufWriter& writer) {
  const auto bytes = writer.to_bytes();
  if (bytes) return "no error";
  EXPECT_EQ(bytes.error().code, ErrorCode::kInvalidArgument);
  return bytes.error().message;
}

TEST(GgufWriter, RefusesWhatItsReaderWouldReject) {
  const Tensor good(DType::kF32, {1}), empty(DType::kF32, {2, 0}), foreign(DType::kU8, {1});
  GgufWriter twice, keyless, alignment, not_utf8, tensor_twice, no_elements, no_number;
  twice.add_u32("k", 1);
  twice.add_f32("k", 1);
  keyless.add_u32("", 1);
  alignment.add_u32("general.alignment", 64);
  not_utf8.add_string("k", "\xff");
  tensor_twice.add_tensor("w", good.view());
  tensor_twice.add_tensor("w", good.view());
  no_elements.add_tensor("w", empty.view());
  no_number.add_tensor("w", foreign.view());
  EXPECT_EQ(problem(twice), "gguf: key 'k' was added twice");
  EXPECT_EQ(problem(keyless), "gguf: an empty key cannot be written");
  EXPECT_EQ(problem(alignment), "gguf: general.alignment is always 32 and cannot be set");
  EXPECT_EQ(problem(not_utf8), "gguf: '\\xff' is not UTF-8 and cannot be written");
  EXPECT_EQ(problem(tensor_twice), "gguf: tensor 'w' was added twice");
  EXPECT_EQ(problem(no_elements), "gguf: tensor 'w' is empty and cannot be written");
  EXPECT_EQ(problem(no_number), "gguf: tensor 'w' is u8, a type that the format does not have");
}

}  // namespace
}  // namespace assay::values
