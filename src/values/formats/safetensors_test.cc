// SPDX-License-Identifier: Apache-2.0
#include "values/formats/safetensors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "base/testing/temporary_folder.h"
#include "values/generate.h"

namespace assay::values {
namespace {

// A file with this header and so many bytes 0, 1, 2, ... of data.
std::vector<std::byte> safetensors(std::string_view header, std::size_t data = 0) {
  const std::uint64_t length = header.size();
  std::vector<std::byte> bytes(8 + header.size() + data);
  std::memcpy(bytes.data(), &length, 8);
  std::memcpy(bytes.data() + 8, header.data(), header.size());
  for (std::size_t i = 0; i < data; ++i) bytes[8 + header.size() + i] = static_cast<std::byte>(i);
  return bytes;
}

std::string problem(const std::vector<std::byte>& bytes) {
  const auto file = SafetensorsFile::parse(bytes, "t");
  if (file) return "no error";
  EXPECT_EQ(file.error().message.find("t: safetensors: "), 0u);
  return fmt::format("{}: {}", error_code_name(file.error().code), file.error().message.substr(16));
}

std::string header_problem(std::string_view header, std::size_t data = 0) {
  return problem(safetensors(header, data));
}

// As the reference implementation (Python package safetensors 0.5 and later) writes it.
constexpr std::string_view kGoldenHeader =
    R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
    R"("a":{"dtype":"I8","shape":[3,1],"data_offsets":[8,11]}})";

TEST(Safetensors, ReadsTensorsAndMetadata) {
  const auto bytes = safetensors(kGoldenHeader, 11);
  const auto file = SafetensorsFile::parse(bytes, "t");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->metadata().at("format"), "pt");
  ASSERT_EQ(file->tensors().size(), 2u);
  const SafetensorsTensor* a = file->find_tensor("a");
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(a->shape, (Shape{3, 1}));
  EXPECT_EQ(file->view(*a).dtype, DType::kI8);
  EXPECT_EQ(file->view(*a).row(2)[0], std::byte{10});
  EXPECT_EQ(file->find_tensor("c"), nullptr);
}

TEST(Safetensors, AcceptsTensorsListedInAnyOrderAndEmptyOnes) {
  EXPECT_EQ(
      header_problem(R"({"b":{"data_offsets":[1,2],"dtype":"U8","shape":[]},"a":{"dtype":"U8","shape":[1],)"
                     R"("data_offsets":[0,1]},"e":{"dtype":"F64","shape":[0,7],"data_offsets":[1,1]}}   )",
                     2),
      "no error");
  EXPECT_EQ(header_problem("{}"), "no error");
}

TEST(Safetensors, WritesTheGoldenBytes) {
  Tensor b(DType::kF32, {2}), a(DType::kI8, {3, 1});
  fill(a, Constant{7}, 0);
  const std::vector<NamedView> tensors{{"b", b.view()}, {"a", a.view()}};
  const auto bytes = safetensors_to_bytes(tensors, {{"format", "pt"}}).value();
  std::string header(kGoldenHeader);
  while (header.size() % 8 != 0) header += ' ';
  auto expected = safetensors(header, 11);
  std::fill(expected.end() - 11, expected.end(), std::byte{0});
  std::fill(expected.end() - 3, expected.end(), std::byte{7});
  EXPECT_EQ(bytes, expected);
}

TEST(Safetensors, ComesBackAsItWasWritten) {
  const assay::testing::TemporaryFolder folder;
  const auto path = folder.path() / "a.safetensors";
  std::vector<Tensor> tensors;
  std::vector<NamedView> views;
  for (int i = 0; i < kDTypeCount; ++i) {
    const auto type = static_cast<DType>(i);
    if (!info(type).is_quantised) fill(tensors.emplace_back(type, Shape{3, 5}), Uniform{-9, 9}, 1);
  }
  for (const Tensor& tensor : tensors)
    views.push_back({std::string(info(tensor.dtype()).name), tensor.view()});
  ASSERT_TRUE(write_safetensors(path, views));
  const auto file = SafetensorsFile::open(path);
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->tensors().size(), 13u);
  for (const NamedView& expected : views) {
    const TensorView view = file->view(*file->find_tensor(expected.name));
    EXPECT_EQ(view.dtype, expected.tensor.dtype);
    EXPECT_EQ(view.shape, expected.tensor.shape);
    EXPECT_TRUE(std::ranges::equal(view.bytes, expected.tensor.bytes));
  }
}

TEST(Safetensors, RefusesToWriteWhatTheFormatLacks) {
  const Tensor blocks(DType::kQ8_0, {32}), plain(DType::kF32, {1});
  const auto problem_of = [](std::vector<NamedView> tensors) {
    return safetensors_to_bytes(tensors).error().message;
  };
  EXPECT_EQ(problem_of({{"w", blocks.view()}}).find("safetensors: tensor 'w' is q8_0, expected one of F64"),
            0u);
  EXPECT_EQ(problem_of({{"w", plain.view()}, {"w", plain.view()}}),
            "safetensors: tensor 'w' was added twice");
  EXPECT_EQ(problem_of({{"\xff", plain.view()}}), "safetensors: a tensor cannot be called '\\xff'");
  EXPECT_EQ(problem_of({{"__metadata__", plain.view()}}),
            "safetensors: a tensor cannot be called '__metadata__'");
}

TEST(Safetensors, RejectsEveryTruncatedPrefix) {
  const auto whole = safetensors(kGoldenHeader, 11);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::unique_ptr<std::byte, decltype(&std::free)> copy(static_cast<std::byte*>(std::malloc(size)),
                                                                std::free);
    std::copy_n(whole.data(), size, copy.get());
    const auto file = SafetensorsFile::parse({copy.get(), size}, "cut");
    ASSERT_FALSE(file) << size;
    EXPECT_EQ(file.error().code, ErrorCode::kCorrupt) << file.error().message;
  }
}

TEST(Safetensors, RejectsAHeaderLengthThatTheFileCannotHold) {
  auto bytes = safetensors("{}");
  bytes[0] = std::byte{3};
  EXPECT_EQ(problem(bytes), "corrupt: the header ends at byte 11, file has 10; it is cut short or damaged");
  bytes[7] = std::byte{255};
  EXPECT_EQ(problem(bytes),
            "corrupt: the header has 18374686479671623683 bytes, expected at most 100000000; this is not a "
            "safetensors file");
}

TEST(Safetensors, RejectsAHeaderOfAnotherForm) {
  EXPECT_EQ(header_problem("{\"a\":"), "corrupt: the header is wrong: it is not JSON at byte 6");
  EXPECT_EQ(header_problem("{\"\xff\":1}"), "corrupt: the header is wrong: it is not JSON at byte 3");
  EXPECT_EQ(header_problem("{}{}"), "corrupt: the header is wrong: it is not JSON at byte 3");
  EXPECT_EQ(header_problem("7"), "corrupt: the header is wrong: it is a number, expected an object");
  EXPECT_EQ(header_problem("[[[["), "corrupt: the header is wrong: it is a list, expected an object");
  EXPECT_EQ(header_problem(R"({"a":null})"), "corrupt: the header is wrong: 'a' is null, expected an object");
  EXPECT_EQ(header_problem(R"({"a":{"shape":[[1]]}})"),
            "corrupt: the header is wrong: 'shape' of 'a' has a list in a place where it cannot be");
  EXPECT_EQ(
      header_problem(R"({"a":{"shape":[-1]}})"),
      "corrupt: the header is wrong: 'shape' of 'a' has a negative number in a place where it cannot be");
  EXPECT_EQ(header_problem(R"({"a":{"shape":[1e3]}})"),
            "corrupt: the header is wrong: 'shape' of 'a' has a number that is not whole in a place where it "
            "cannot be");
  EXPECT_EQ(header_problem(R"({"a":{"dtype":{}}})"),
            "corrupt: the header is wrong: 'dtype' of 'a' has an object in a place where it cannot be");
  EXPECT_EQ(header_problem(R"({"__metadata__":{"k":1}})"),
            "corrupt: the header is wrong: 'k' of '__metadata__' has a number in a place where it cannot be");
}

TEST(Safetensors, RejectsMissingForeignAndRepeatedFields) {
  EXPECT_EQ(header_problem(R"({"a":{"dtype":"U8","shape":[]}})"),
            "corrupt: the header is wrong: tensor 'a' lacks one of dtype, shape and data_offsets");
  EXPECT_EQ(header_problem(R"({"a":{"stride":[]}})"),
            "corrupt: the header is wrong: tensor 'a' has a field 'stride', expected dtype, shape and "
            "data_offsets");
  EXPECT_EQ(header_problem(R"({"a":{"shape":[],"shape":[]}})"),
            "corrupt: the header is wrong: 'shape' of 'a' stands twice");
  EXPECT_EQ(header_problem(R"({"__metadata__":{},"__metadata__":{}})"),
            "corrupt: the header is wrong: '__metadata__' stands twice");
  EXPECT_EQ(header_problem(R"({"a":{"data_offsets":[0,1,2]}})"),
            "corrupt: the header is wrong: data_offsets of 'a' are 3 numbers, expected 2");
}

std::string tensor_problem(std::string_view dtype, std::string_view shape, std::string_view offsets,
                           std::size_t data) {
  return header_problem(
      fmt::format(R"({{"a":{{"dtype":"{}","shape":[{}],"data_offsets":[{}]}}}})", dtype, shape, offsets),
      data);
}

TEST(Safetensors, RejectsTypesAndShapesThatItDoesNotKnow) {
  EXPECT_EQ(tensor_problem("F8_E4M3", "1", "0,1", 1),
            "unsupported: tensor 'a' has dtype 'F8_E4M3', expected one of F64, F32, F16, BF16, I8, I16, I32, "
            "I64, U8, U16, "
            "U32, U64, BOOL");
  EXPECT_EQ(tensor_problem("U8", "1,1,1,1,1", "0,1", 1),
            "unsupported: tensor 'a' has 5 dimensions, at most 4 are read");
  EXPECT_EQ(tensor_problem("F32", "4294967296,4294967296,0", "0,0", 0),
            "corrupt: the size of tensor 'a' overflows 64 bits");
  EXPECT_EQ(tensor_problem("U8", "18446744073709551615", "0,0", 0),
            "corrupt: the size of tensor 'a' overflows 64 bits");
}

TEST(Safetensors, RejectsBytesThatDoNotFitTheShape) {
  EXPECT_EQ(tensor_problem("F32", "2", "0,7", 7),
            "corrupt: tensor 'a' has bytes 0 to 7, expected 8 bytes for 2 f32");
  EXPECT_EQ(tensor_problem("U8", "1", "1,0", 1),
            "corrupt: tensor 'a' has bytes 1 to 0, expected 1 bytes for 1 u8");
  EXPECT_EQ(tensor_problem("F32", "2", "0,8", 7).find("corrupt: tensor 'a' ends at byte "), 0u);
  EXPECT_EQ(tensor_problem("U8", "1", "18446744073709551614,18446744073709551615", 1),
            "corrupt: tensor 'a' begins at byte 18446744073709551614 of the data, expected 0: tensors "
            "overlap or leave a hole");
}

TEST(Safetensors, RejectsHolesOverlapsAndBytesAfterTheEnd) {
  const auto two = [](std::string_view offsets, std::size_t data) {
    return header_problem(fmt::format(R"({{"a":{{"dtype":"U8","shape":[2],"data_offsets":[0,2]}},)"
                                      R"("b":{{"dtype":"U8","shape":[2],"data_offsets":[{}]}}}})",
                                      offsets),
                          data);
  };
  EXPECT_EQ(two("2,4", 4), "no error");
  EXPECT_EQ(two("1,3", 3),
            "corrupt: tensor 'b' begins at byte 1 of the data, expected 2: tensors overlap or leave a hole");
  EXPECT_EQ(two("3,5", 5),
            "corrupt: tensor 'b' begins at byte 3 of the data, expected 2: tensors overlap or leave a hole");
  EXPECT_EQ(two("2,4", 5), "corrupt: the content ends at byte 117, file has 118; it has something appended");
}

}  // namespace
}  // namespace assay::values
