// SPDX-License-Identifier: Apache-2.0
// Reads the head of a GGUF file: header, metadata, tensor list, then proves that the tensors lie in the file.
#include <algorithm>
#include <bit>
#include <cstring>

#include "base/text.h"
#include "values/formats/gguf_cursor.h"
#include "values/formats/gguf_layout.h"

namespace assay::values {
namespace {

constexpr std::uint64_t kSmallestEntry = 8 + 1 + 4 + 1;       // key length, key, type, value
constexpr std::uint64_t kSmallestTensor = 8 + 1 + 4 + 4 + 8;  // name length, name, rank, type, offset
constexpr std::uint64_t kGreatestAlignment = 1u << 20;

// Dimensions come innermost first; every one is at least 1 and the product fits.
Result<Shape> read_shape(GgufCursor& cursor) {
  ASSAY_TRY(const auto rank, cursor.number<std::uint32_t>());
  if (rank > kMaxRank) {
    return fail(ErrorCode::kUnsupported, "gguf: {} has {} dimensions, at most {} are read", cursor.subject,
                rank, kMaxRank);
  }
  std::vector<std::int64_t> dims(rank);
  std::int64_t product = 1;
  for (std::uint32_t i = 0; i < rank; ++i) {
    ASSAY_TRY(const auto dim, cursor.number<std::int64_t>());
    if (dim < 1)
      return fail(ErrorCode::kCorrupt, "gguf: {} has a dimension of {}, expected at least 1", cursor.subject,
                  dim);
    if (__builtin_mul_overflow(product, dim, &product)) {
      return fail(ErrorCode::kCorrupt, "gguf: the dimensions of {} overflow 64 bits", cursor.subject);
    }
    dims[rank - 1 - i] = dim;
  }
  return Shape(dims);
}

Result<std::uint64_t> size_of(const GgufTensor& tensor, const std::string& subject) {
  const TensorView description{*tensor.dtype, tensor.shape, {}};
  const DTypeInfo& type = info(*tensor.dtype);
  if (description.row_elements() % type.block_elements != 0) {
    return fail(ErrorCode::kCorrupt, "gguf: {} has rows of {} elements, expected a multiple of {} for {}",
                subject, description.row_elements(), type.block_elements, type.name);
  }
  const auto row = checked_row_bytes(*tensor.dtype, description.row_elements());
  std::int64_t size = 0;
  if (!row || __builtin_mul_overflow(*row, description.rows(), &size)) {
    return fail(ErrorCode::kCorrupt, "gguf: the size of {} overflows 64 bits", subject);
  }
  return static_cast<std::uint64_t>(size);
}

}  // namespace

class GgufParser {
 public:
  explicit GgufParser(std::span<const std::byte> bytes) : cursor_(bytes) { file_.bytes_ = bytes; }

  [[nodiscard]] Result<GgufFile> run() {
    ASSAY_TRY_VOID(read_magic_and_version());
    ASSAY_TRY(const auto tensors, cursor_.number<std::uint64_t>());
    ASSAY_TRY(const auto entries, cursor_.number<std::uint64_t>());
    ASSAY_TRY_VOID(check_count("metadata entries", entries, kSmallestEntry));
    ASSAY_TRY_VOID(check_count("tensors", tensors, kSmallestTensor));
    for (std::uint64_t i = 0; i < entries; ++i) ASSAY_TRY_VOID(read_entry(i));
    // Again, now that the metadata no longer count as bytes left.
    ASSAY_TRY_VOID(check_count("tensors", tensors, kSmallestTensor));
    file_.tensors_.reserve(tensors);
    for (std::uint64_t i = 0; i < tensors; ++i) ASSAY_TRY_VOID(read_tensor(i));
    ASSAY_TRY_VOID(place_tensors());
    return std::move(file_);
  }

 private:
  [[nodiscard]] Result<void> read_magic_and_version() {
    ASSAY_TRY(const auto magic, cursor_.take(4));
    if (std::memcmp(magic.data(), gguf::kMagic, 4) != 0) {
      const std::string_view got(reinterpret_cast<const char*>(magic.data()), 4);
      return fail(ErrorCode::kCorrupt, "gguf: magic is '{}', expected 'GGUF'; this is not a GGUF file",
                  printable(got));
    }
    ASSAY_TRY(file_.version_, cursor_.number<std::uint32_t>());
    if (file_.version_ == 2 || file_.version_ == 3) return {};
    if (file_.version_ != 0 && (file_.version_ & 0xffff) == 0) {
      return fail(ErrorCode::kUnsupported,
                  "gguf: the file is big-endian, expected little-endian; convert it again");
    }
    return fail(ErrorCode::kUnsupported, "gguf: version is {}, expected 2 or 3; convert the model again",
                file_.version_);
  }

  [[nodiscard]] Result<void> check_count(std::string_view what, std::uint64_t count,
                                         std::uint64_t smallest) const {
    if (count <= cursor_.left() / smallest) return {};
    return fail(ErrorCode::kCorrupt, "gguf: the header counts {} {} of at least {} bytes, {} bytes are left",
                count, what, smallest, cursor_.left());
  }

  [[nodiscard]] Result<void> read_entry(std::uint64_t index) {
    cursor_.subject = fmt::format("metadata entry {}", index);
    ASSAY_TRY(std::string key, cursor_.name());
    cursor_.subject = fmt::format("key '{}'", printable(key));
    ASSAY_TRY(GgufValue value, read_gguf_value(cursor_));
    if (!file_.metadata_.emplace(std::move(key), std::move(value)).second) {
      return fail(ErrorCode::kCorrupt, "gguf: {} stands twice", cursor_.subject);
    }
    return {};
  }

  // Leaves the offset as it is in the file, from the start of the tensor data.
  [[nodiscard]] Result<void> read_tensor(std::uint64_t index) {
    cursor_.subject = fmt::format("tensor {}", index);
    GgufTensor tensor;
    ASSAY_TRY(tensor.name, cursor_.name());
    cursor_.subject = fmt::format("tensor '{}'", printable(tensor.name));
    ASSAY_TRY(tensor.shape, read_shape(cursor_));
    ASSAY_TRY(tensor.type_number, cursor_.number<std::uint32_t>());
    ASSAY_TRY(tensor.offset, cursor_.number<std::uint64_t>());
    tensor.dtype = dtype_from_gguf(tensor.type_number);
    if (tensor.dtype) {
      ASSAY_TRY(tensor.size_bytes, size_of(tensor, cursor_.subject));
    }
    if (!file_.tensor_index_.emplace(tensor.name, file_.tensors_.size()).second) {
      return fail(ErrorCode::kCorrupt, "gguf: {} stands twice", cursor_.subject);
    }
    file_.tensors_.push_back(std::move(tensor));
    return {};
  }

  [[nodiscard]] Result<std::uint64_t> alignment() const {
    const auto found = file_.metadata_.find(gguf::kAlignmentKey);
    if (found == file_.metadata_.end()) return gguf::kDefaultAlignment;
    const auto* value = std::get_if<std::uint64_t>(&found->second);
    if (value == nullptr)
      return fail(ErrorCode::kCorrupt, "gguf: {} is not an unsigned integer", gguf::kAlignmentKey);
    if (!std::has_single_bit(*value) || *value < 8 || *value > kGreatestAlignment) {
      return fail(ErrorCode::kCorrupt, "gguf: {} is {}, expected a power of two from 8 to {}",
                  gguf::kAlignmentKey, *value, kGreatestAlignment);
    }
    return *value;
  }

  [[nodiscard]] Result<void> place_tensors() {
    ASSAY_TRY(const std::uint64_t alignment, this->alignment());
    const std::uint64_t data_start = gguf::align_up(cursor_.position(), alignment);
    const std::uint64_t file_size = file_.bytes_.size();
    for (GgufTensor& tensor : file_.tensors_) {
      if (tensor.offset % alignment != 0) {
        return fail(ErrorCode::kCorrupt, "gguf: tensor '{}' has offset {}, expected a multiple of {}",
                    printable(tensor.name), tensor.offset, alignment);
      }
      // A tensor of unknown type counts as one byte, the least that it can have.
      std::uint64_t end = std::max<std::uint64_t>(tensor.size_bytes, 1);
      const bool overflows = __builtin_add_overflow(tensor.offset, data_start, &tensor.offset) ||
                             __builtin_add_overflow(tensor.offset, end, &end);
      if (overflows) {
        return fail(ErrorCode::kCorrupt, "gguf: the end of tensor '{}' overflows 64 bits",
                    printable(tensor.name));
      }
      if (end > file_size) {
        return fail(ErrorCode::kCorrupt,
                    "gguf: tensor '{}' ends at byte {}, file has {}; it is cut short or damaged",
                    printable(tensor.name), end, file_size);
      }
    }
    return check_neighbours(alignment);
  }

  [[nodiscard]] Result<void> check_neighbours(std::uint64_t alignment) const {
    std::vector<const GgufTensor*> in_order;
    in_order.reserve(file_.tensors_.size());
    bool all_sizes_known = true;
    for (const GgufTensor& tensor : file_.tensors_) {
      in_order.push_back(&tensor);
      all_sizes_known = all_sizes_known && tensor.dtype.has_value();
    }
    std::sort(in_order.begin(), in_order.end(),
              [](const auto* a, const auto* b) { return a->offset < b->offset; });
    std::uint64_t end = cursor_.position();
    for (std::size_t i = 0; i < in_order.size(); ++i) {
      if (i > 0 && in_order[i]->offset < end) {
        return fail(ErrorCode::kCorrupt,
                    "gguf: tensor '{}' begins at byte {}, inside tensor '{}', which ends at byte {}",
                    printable(in_order[i]->name), in_order[i]->offset, printable(in_order[i - 1]->name), end);
      }
      end = in_order[i]->offset + std::max<std::uint64_t>(in_order[i]->size_bytes, 1);
    }
    const std::uint64_t file_size = file_.bytes_.size();
    if (all_sizes_known && file_size != end && file_size != gguf::align_up(end, alignment)) {
      return fail(ErrorCode::kCorrupt,
                  "gguf: the content ends at byte {} ({} with padding), file has {}; it is cut short or "
                  "has something appended",
                  end, gguf::align_up(end, alignment), file_size);
    }
    return {};
  }

  GgufCursor cursor_;
  GgufFile file_;
};

Result<GgufFile> GgufFile::parse(std::span<const std::byte> bytes, std::string_view name) {
  if (bytes.empty()) return fail(ErrorCode::kCorrupt, "{}: gguf: the file is empty", name);
  auto file = GgufParser(bytes).run();
  if (!file) return tl::unexpected<Error>(file.error().with_context(name));
  file->name_ = name;
  return file;
}

}  // namespace assay::values
