// SPDX-License-Identifier: Apache-2.0
#include "values/formats/safetensors.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "values/formats/safetensors_header.h"

namespace assay::values {
namespace {

constexpr std::uint64_t kLongestHeader = 100'000'000;  // as in the reference implementation

// From the header's words to a tensor, offsets still from the start of the data.
Result<SafetensorsTensor> to_tensor(const SafetensorsEntry& entry) {
  const std::string name = printable(entry.name);
  SafetensorsTensor tensor;
  tensor.name = entry.name;
  const auto dtype = dtype_from_safetensors(entry.dtype);
  if (!dtype) {
    return fail(ErrorCode::kUnsupported, "safetensors: tensor '{}' has dtype '{}', expected {}", name,
                printable(entry.dtype), kSafetensorsTypes);
  }
  tensor.dtype = *dtype;
  if (entry.shape.size() > kMaxRank) {
    return fail(ErrorCode::kUnsupported, "safetensors: tensor '{}' has {} dimensions, at most {} are read",
                name, entry.shape.size(), kMaxRank);
  }
  std::vector<std::int64_t> dims;
  std::uint64_t size = static_cast<std::uint64_t>(info(*dtype).block_bytes);
  for (const std::uint64_t dim : entry.shape) {
    // Zero times something large must not hide that the something is too large.
    if (dim > INT64_MAX || __builtin_mul_overflow(size, std::max<std::uint64_t>(dim, 1), &size) ||
        size > INT64_MAX) {
      return fail(ErrorCode::kCorrupt, "safetensors: the size of tensor '{}' overflows 64 bits", name);
    }
    dims.push_back(static_cast<std::int64_t>(dim));
  }
  tensor.shape = Shape(dims);
  tensor.size_bytes = tensor.shape.elements() == 0 ? 0 : size;
  if (entry.begin > entry.end || entry.end - entry.begin != tensor.size_bytes) {
    return fail(ErrorCode::kCorrupt,
                "safetensors: tensor '{}' has bytes {} to {}, expected {} bytes for {} {}", name, entry.begin,
                entry.end, tensor.size_bytes, tensor.shape.to_string(), info(*dtype).name);
  }
  tensor.offset = entry.begin;
  return tensor;
}

// Sorts by place and makes offsets count from the start of the file.
Result<void> place(std::vector<SafetensorsTensor>& tensors, std::uint64_t data_start,
                   std::uint64_t file_size) {
  std::stable_sort(tensors.begin(), tensors.end(), [](const auto& a, const auto& b) {
    return std::pair(a.offset, a.size_bytes) < std::pair(b.offset, b.size_bytes);
  });
  std::uint64_t end = data_start;
  for (SafetensorsTensor& tensor : tensors) {
    // Compared without adding data_start first, as an offset may be near 2^64.
    if (tensor.offset != end - data_start) {
      return fail(ErrorCode::kCorrupt,
                  "safetensors: tensor '{}' begins at byte {} of the data, expected {}: tensors "
                  "overlap or leave a hole",
                  printable(tensor.name), tensor.offset, end - data_start);
    }
    if (tensor.size_bytes > file_size - end) {
      return fail(ErrorCode::kCorrupt,
                  "safetensors: tensor '{}' ends at byte {}, file has {}; it is cut short or damaged",
                  printable(tensor.name), end + tensor.size_bytes, file_size);
    }
    tensor.offset = end;
    end += tensor.size_bytes;
  }
  if (end != file_size) {
    return fail(ErrorCode::kCorrupt,
                "safetensors: the content ends at byte {}, file has {}; it has something appended", end,
                file_size);
  }
  return {};
}

Result<std::uint64_t> header_length(std::span<const std::byte> bytes) {
  if (bytes.size() < 8) {
    return fail(ErrorCode::kCorrupt, "safetensors: the file has {} bytes, expected at least 8", bytes.size());
  }
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  if (length > kLongestHeader) {
    return fail(ErrorCode::kCorrupt,
                "safetensors: the header has {} bytes, expected at most {}; this is not a safetensors file",
                length, kLongestHeader);
  }
  if (length > bytes.size() - 8) {
    return fail(ErrorCode::kCorrupt,
                "safetensors: the header ends at byte {}, file has {}; it is cut short or damaged",
                length + 8, bytes.size());
  }
  return length;
}

}  // namespace

Result<SafetensorsFile> SafetensorsFile::open(const std::filesystem::path& path) {
  ASSAY_TRY(MappedFile mapped, MappedFile::open(path));
  ASSAY_TRY(SafetensorsFile file, parse(mapped.bytes(), path.string()));
  file.file_ = std::move(mapped);
  return file;
}

Result<SafetensorsFile> SafetensorsFile::parse(std::span<const std::byte> bytes, std::string_view name) {
  const auto run = [&]() -> Result<SafetensorsFile> {
    SafetensorsFile file;
    file.bytes_ = bytes;
    ASSAY_TRY(const auto length, header_length(bytes));
    ASSAY_TRY(SafetensorsHeader header, parse_safetensors_header(bytes.subspan(8, length)));
    file.metadata_ = std::move(header.metadata);
    file.tensors_.reserve(header.entries.size());
    for (const SafetensorsEntry& entry : header.entries) {
      ASSAY_TRY(SafetensorsTensor tensor, to_tensor(entry));
      file.tensors_.push_back(std::move(tensor));
    }
    ASSAY_TRY_VOID(place(file.tensors_, 8 + length, bytes.size()));
    return file;
  };
  auto file = run();
  if (!file) return tl::unexpected<Error>(file.error().with_context(name));
  return file;
}

const SafetensorsTensor* SafetensorsFile::find_tensor(std::string_view name) const {
  const auto found =
      std::find_if(tensors_.begin(), tensors_.end(), [&](const auto& t) { return t.name == name; });
  return found == tensors_.end() ? nullptr : &*found;
}

TensorView SafetensorsFile::view(const SafetensorsTensor& tensor) const {
  ASSAY_CHECK(tensor.offset <= bytes_.size() && tensor.size_bytes <= bytes_.size() - tensor.offset,
              "tensor '{}' is not of this file", tensor.name);
  return {tensor.dtype, tensor.shape, bytes_.subspan(tensor.offset, tensor.size_bytes)};
}

Result<std::vector<std::byte>> safetensors_to_bytes(std::span<const NamedView> tensors,
                                                    const std::map<std::string, std::string>& metadata) {
  ASSAY_TRY(std::string header, format_safetensors_header(tensors, metadata));
  header.resize((header.size() + 7) / 8 * 8, ' ');  // so that the data begin aligned
  const std::uint64_t length = header.size();
  std::vector<std::byte> out;
  const auto append = [&](std::span<const std::byte> bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
  };
  append(std::as_bytes(std::span(&length, 1)));
  append(std::as_bytes(std::span(header)));
  for (const NamedView& tensor : tensors) append(tensor.tensor.bytes);
  return out;
}

Result<void> write_safetensors(const std::filesystem::path& path, std::span<const NamedView> tensors,
                               const std::map<std::string, std::string>& metadata) {
  ASSAY_TRY(const auto bytes, safetensors_to_bytes(tensors, metadata));
  return write_file_atomically(path, bytes);
}

}  // namespace assay::values
