// SPDX-License-Identifier: Apache-2.0
#include "values/formats/npy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "base/testing/temporary_folder.h"
#include "values/generate.h"

namespace assay::values {
namespace {

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

// A file of version 1.0 with this header text and so many zero bytes of data.
std::vector<std::byte> npy(std::string_view header, std::size_t data = 0) {
  std::string text = "\x93NUMPY";
  text += {'\x01', '\x00', static_cast<char>(header.size()), '\x00'};
  return bytes_of(text + std::string(header) + std::string(data, '\0'));
}

std::string problem(const std::vector<std::byte>& bytes) {
  const auto file = NpyFile::parse(bytes, "t");
  if (file) return "no error";
  EXPECT_EQ(file.error().message.find("t: npy: "), 0u);
  return fmt::format("{}: {}", error_code_name(file.error().code), file.error().message.substr(8));
}

// numpy.save of numpy.arange(6, dtype='<i2').reshape(2, 3), by NumPy 2.4.
constexpr std::string_view kNumpyHeader =
    "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }                                             "
    "             \n";

TEST(Npy, ReadsWhatNumpyWrites) {
  std::vector<std::byte> bytes = npy(kNumpyHeader);
  EXPECT_EQ(bytes.size(), 128u);
  for (int i = 0; i < 6; ++i) bytes.insert(bytes.end(), {static_cast<std::byte>(i), std::byte{0}});
  const auto file = NpyFile::parse(bytes, "t");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->view().dtype, DType::kI16);
  EXPECT_EQ(file->view().shape, (Shape{2, 3}));
  EXPECT_EQ(file->view().row(1)[4], std::byte{5});
}

TEST(Npy, ReadsVersions2And3) {
  const std::string_view header = "{'shape': (), \"descr\": '|u1', 'fortran_order': True}";
  for (const char version : {'\x02', '\x03'}) {
    std::string text = "\x93NUMPY";
    text += {version, '\x00', static_cast<char>(header.size()), '\x00', '\x00', '\x00'};
    const auto bytes = bytes_of(text + std::string(header) + "*");
    const auto file = NpyFile::parse(bytes, "t");
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(file->view().shape.rank(), 0);
    EXPECT_EQ(file->view().bytes[0], std::byte{'*'});
  }
}

TEST(Npy, WritesAHeaderThatEndsAlignedInTheFormOfNumpy) {
  Tensor tensor(DType::kF32, {3});
  const auto bytes = npy_to_bytes(tensor.view()).value();
  EXPECT_EQ(bytes.size(), 128u + 12);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), 128);
  EXPECT_EQ(text.substr(0, 10), std::string_view("\x93NUMPY\x01\x00\x76\x00", 10));
  EXPECT_EQ(text.substr(10, 61), "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }    ");
  EXPECT_EQ(text.back(), '\n');
}

TEST(Npy, ComesBackAsItWasWritten) {
  const assay::testing::TemporaryFolder folder;
  const auto path = folder.path() / "a.npy";
  for (const Shape& shape : {Shape{}, Shape{5}, Shape{2, 3}, Shape{2, 0, 3}, Shape{1, 2, 3, 4}}) {
    for (int i = 0; i < kDTypeCount; ++i) {
      const auto type = static_cast<DType>(i);
      if (info(type).is_quantised || type == DType::kBF16) continue;
      Tensor tensor(type, shape);
      fill(tensor, Uniform{-100, 100}, 3);
      ASSERT_TRUE(write_npy(path, tensor.view()));
      const auto file = NpyFile::open(path);
      ASSERT_TRUE(file) << file.error().message;
      EXPECT_EQ(file->view().dtype, type);
      EXPECT_EQ(file->view().shape, shape);
      EXPECT_TRUE(std::ranges::equal(file->view().bytes, tensor.view().bytes));
    }
  }
}

TEST(Npy, RefusesToWriteTypesThatNumpyLacks) {
  EXPECT_EQ(npy_to_bytes(Tensor(DType::kBF16, {1}).view()).error().message, "npy: NumPy has no type bf16");
  EXPECT_EQ(npy_to_bytes(Tensor(DType::kQ8_0, {32}).view()).error().code, ErrorCode::kInvalidArgument);
}

TEST(Npy, RejectsEveryTruncatedPrefix) {
  Tensor tensor(DType::kF32, {2, 2});
  const auto whole = npy_to_bytes(tensor.view()).value();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::unique_ptr<std::byte, decltype(&std::free)> copy(static_cast<std::byte*>(std::malloc(size)),
                                                                std::free);
    std::copy_n(whole.data(), size, copy.get());
    const auto file = NpyFile::parse({copy.get(), size}, "cut.npy");
    ASSERT_FALSE(file) << size;
    EXPECT_EQ(file.error().code, ErrorCode::kCorrupt) << file.error().message;
  }
}

TEST(Npy, RejectsOtherFilesAndVersions) {
  EXPECT_EQ(problem({}), "corrupt: magic is '', expected '\\x93NUMPY'; this is not a .npy file");
  EXPECT_EQ(problem(bytes_of("PK\x03\x04zip")),
            "corrupt: magic is 'PK\\x03\\x04zi', expected '\\x93NUMPY'; this is not a .npy file");
  EXPECT_EQ(problem(bytes_of("\x93NUMPY\x04\x01"
                             "12345678")),
            "unsupported: version is 4.1, expected 1.0, 2.0 or 3.0");
}

TEST(Npy, RejectsAHeaderThatIsNotStrictlyRight) {
  const auto header = [](std::string_view text) { return problem(npy(text)); };
  EXPECT_EQ(header("hello"), "corrupt: the header has 'hello' at character 0, expected '{'");
  EXPECT_EQ(header("{}"), "corrupt: the header lacks one of descr, fortran_order and shape");
  EXPECT_EQ(header("{'descr': '<f4', 'descr': '<f4'}"),
            "corrupt: the header has 'descr', expected descr, fortran_order and shape, each once");
  EXPECT_EQ(header("{'x': 1}"),
            "corrupt: the header has 'x', expected descr, fortran_order and shape, each once");
  EXPECT_EQ(header("{'fortran_order': 0}"),
            "corrupt: the header has '0}' at character 18, expected True or False");
  EXPECT_EQ(header("{'shape': (3)}"), "corrupt: the header has ')}' at character 12, expected ','");
  EXPECT_EQ(header("{'shape': (-3,)}"),
            "corrupt: the header has '-3,)}' at character 11, expected a dimension");
  EXPECT_EQ(header("{'shape': (99999999999999999999,)}"),
            "corrupt: a dimension of the array overflows 64 bits");
  EXPECT_EQ(header("{'descr': '<f4"),
            "corrupt: the header has '\\x27<f4' at character 10, expected a quoted word that ends");
  EXPECT_EQ(header("{'descr': '<f4', 'fortran_order': False, 'shape': ()} x"),
            "corrupt: the header has 'x' at character 54, expected its end");
}

TEST(Npy, SaysWhatItDoesNotSupport) {
  const auto array = [](std::string_view descr, std::string_view order, std::string_view shape) {
    return problem(
        npy(fmt::format("{{'descr': {}, 'fortran_order': {}, 'shape': {}}}", descr, order, shape), 16));
  };
  EXPECT_EQ(array("'<f4'", "True", "(2, 2)"),
            "unsupported: the array is in Fortran order; save numpy.ascontiguousarray of it");
  EXPECT_EQ(array("'<f4'", "True", "(4,)"), "no error");
  EXPECT_EQ(array("'>f4'", "False", "(4,)"),
            "unsupported: the array is big-endian, save it as little-endian");
  EXPECT_EQ(array("'<c8'", "False", "(2,)"),
            "unsupported: the type is '<c8', expected plain numbers such as '<f4'");
  EXPECT_EQ(array("[('a', '<f4')]", "False", "(4,)"),
            "unsupported: the array has records, expected plain numbers");
  EXPECT_EQ(array("'<f4'", "False", "(1, 1, 1, 1, 4)"), "unsupported: the array has more than 4 dimensions");
}

TEST(Npy, RejectsDataOfAnotherSize) {
  const std::string_view header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2)}";
  EXPECT_EQ(problem(npy(header, 16)), "no error");
  EXPECT_EQ(problem(npy(header, 15)), "corrupt: 2x2 f32 are 16 bytes, file has 15 after its header");
  EXPECT_EQ(problem(npy(header, 17)), "corrupt: 2x2 f32 are 16 bytes, file has 17 after its header");
  EXPECT_EQ(problem(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 0)}")),
            "corrupt: the size of 4294967296x4294967296x0 overflows 64 bits");
}

}  // namespace
}  // namespace assay::values
