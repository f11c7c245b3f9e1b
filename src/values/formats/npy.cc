// SPDX-License-Identifier: Apache-2.0
#include "values/formats/npy.h"

#include <array>
#include <charconv>
#include <cstring>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace assay::values {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kAlignment = 64;  // of the data in files that NumPy writes

constexpr std::array<std::pair<std::string_view, DType>, 12> kTypeNames{{
    {"<f8", DType::kF64},
    {"<f4", DType::kF32},
    {"<f2", DType::kF16},
    {"|i1", DType::kI8},
    {"<i2", DType::kI16},
    {"<i4", DType::kI32},
    {"<i8", DType::kI64},
    {"|u1", DType::kU8},
    {"<u2", DType::kU16},
    {"<u4", DType::kU32},
    {"<u8", DType::kU64},
    {"|b1", DType::kBool},
}};

struct Header {
  std::optional<std::string_view> descr;
  std::optional<bool> fortran_order;
  std::optional<Shape> shape;
};

// Parses the one form of Python literal that a header can be:
// {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : text_(text), rest_(text) {}

  Result<Header> run() {
    Header header;
    if (!take("{")) return unexpected("'{'");
    while (!take("}")) {
      ASSAY_TRY(const auto key, quoted());
      if (!take(":")) return unexpected("':'");
      ASSAY_TRY_VOID(read_value(key, header));
      if (!take(",") && next() != '}') return unexpected("',' or '}'");
    }
    if (next() != '\0') return unexpected("its end");
    if (!header.descr || !header.fortran_order || !header.shape) {
      return fail(ErrorCode::kCorrupt, "npy: the header lacks one of descr, fortran_order and shape");
    }
    return header;
  }

 private:
  Result<void> read_value(std::string_view key, Header& header) {
    if (key == "descr" && !header.descr) {
      if (next() == '[')
        return fail(ErrorCode::kUnsupported, "npy: the array has records, expected plain numbers");
      ASSAY_TRY(header.descr, quoted());
      return {};
    }
    if (key == "fortran_order" && !header.fortran_order) {
      if (take("True")) header.fortran_order = true;
      if (!header.fortran_order && take("False")) header.fortran_order = false;
      if (!header.fortran_order) return unexpected("True or False");
      return {};
    }
    if (key == "shape" && !header.shape) {
      ASSAY_TRY(header.shape, shape());
      return {};
    }
    return fail(ErrorCode::kCorrupt,
                "npy: the header has '{}', expected descr, fortran_order and shape, each once",
                printable(key));
  }

  // "()", "(3,)", "(2, 3)", "(2, 3,)"
  Result<Shape> shape() {
    std::vector<std::int64_t> dims;
    if (!take("(")) return unexpected("'('");
    while (!take(")")) {
      if (dims.size() == kMaxRank) {
        return fail(ErrorCode::kUnsupported, "npy: the array has more than {} dimensions", kMaxRank);
      }
      next();
      std::int64_t dim = -1;
      const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), dim);
      if (error == std::errc::result_out_of_range) {
        return fail(ErrorCode::kCorrupt, "npy: a dimension of the array overflows 64 bits");
      }
      if (error != std::errc() || dim < 0) return unexpected("a dimension");
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
      dims.push_back(dim);
      const bool comma = take(",");
      if (!comma && (next() != ')' || dims.size() == 1)) return unexpected("','");
    }
    return Shape(dims);
  }

  // A string without escapes, as no header needs one.
  Result<std::string_view> quoted() {
    const char quote = next();
    if (quote != '\'' && quote != '"') return unexpected("a quoted word");
    const std::size_t end = rest_.find(quote, 1);
    if (end == std::string_view::npos) return unexpected("a quoted word that ends");
    const std::string_view word = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return word;
  }

  // The next character that is no space, or 0 at the end.
  char next() {
    const std::size_t start = rest_.find_first_not_of(" \n");
    rest_.remove_prefix(start == std::string_view::npos ? rest_.size() : start);
    return rest_.empty() ? '\0' : rest_.front();
  }

  bool take(std::string_view word) {
    next();
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  [[nodiscard]] tl::unexpected<Error> unexpected(std::string_view expected) const {
    return fail(ErrorCode::kCorrupt, "npy: the header has '{}' at character {}, expected {}",
                printable(rest_, 16), text_.size() - rest_.size(), expected);
  }

  std::string_view text_, rest_;
};

// The header's text and how many bytes stand before the data.
Result<std::pair<std::string_view, std::size_t>> header_text(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with(kMagic)) {
    return fail(ErrorCode::kCorrupt, "npy: magic is '{}', expected '\\x93NUMPY'; this is not a .npy file",
                printable(text.substr(0, kMagic.size())));
  }
  if (text.size() < 8)
    return fail(ErrorCode::kCorrupt, "npy: the file has {} bytes, expected at least 10", text.size());
  const int major = static_cast<int>(bytes[6]), minor = static_cast<int>(bytes[7]);
  if (major < 1 || major > 3 || minor != 0) {
    return fail(ErrorCode::kUnsupported, "npy: version is {}.{}, expected 1.0, 2.0 or 3.0", major, minor);
  }
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  const std::size_t start = 8 + length_bytes;
  if (text.size() < start) {
    return fail(ErrorCode::kCorrupt, "npy: the file has {} bytes, expected at least {}", text.size(), start);
  }
  std::uint32_t length = 0;
  std::memcpy(&length, bytes.data() + 8, length_bytes);
  if (length > text.size() - start) {
    return fail(ErrorCode::kCorrupt,
                "npy: the header ends at byte {}, file has {}; it is cut short or damaged", start + length,
                text.size());
  }
  return std::pair(text.substr(start, length), start + length);
}

Result<DType> dtype_from_descr(std::string_view descr) {
  for (const auto& [name, type] : kTypeNames) {
    if (name == descr) return type;
  }
  if (descr.starts_with('>'))
    return fail(ErrorCode::kUnsupported, "npy: the array is big-endian, save it as little-endian");
  return fail(ErrorCode::kUnsupported, "npy: the type is '{}', expected plain numbers such as '<f4'",
              printable(descr));
}

}  // namespace

Result<NpyFile> NpyFile::open(const std::filesystem::path& path) {
  ASSAY_TRY(MappedFile mapped, MappedFile::open(path));
  ASSAY_TRY(NpyFile file, parse(mapped.bytes(), path.string()));
  file.file_ = std::move(mapped);
  return file;
}

Result<NpyFile> NpyFile::parse(std::span<const std::byte> bytes, std::string_view name) {
  const auto run = [&]() -> Result<NpyFile> {
    NpyFile file;
    ASSAY_TRY(const auto text_and_start, header_text(bytes));
    const auto [text, start] = text_and_start;
    ASSAY_TRY(const Header header, HeaderParser(text).run());
    ASSAY_TRY(file.view_.dtype, dtype_from_descr(*header.descr));
    file.view_.shape = *header.shape;
    if (*header.fortran_order && header.shape->rank() > 1) {
      return fail(ErrorCode::kUnsupported,
                  "npy: the array is in Fortran order; save numpy.ascontiguousarray of it");
    }
    std::int64_t size = info(file.view_.dtype).block_bytes, ignored = size;
    for (const std::int64_t dim : header.shape->dims()) {
      // Zero times something large must not hide that the something is too large.
      if (__builtin_mul_overflow(ignored, dim == 0 ? 1 : dim, &ignored)) {
        return fail(ErrorCode::kCorrupt, "npy: the size of {} overflows 64 bits", header.shape->to_string());
      }
      size *= dim;
    }
    if (static_cast<std::uint64_t>(size) != bytes.size() - start) {
      return fail(ErrorCode::kCorrupt, "npy: {} {} are {} bytes, file has {} after its header",
                  header.shape->to_string(), info(file.view_.dtype).name, size, bytes.size() - start);
    }
    file.view_.bytes = bytes.subspan(start);
    return file;
  };
  auto file = run();
  if (!file) return tl::unexpected<Error>(file.error().with_context(name));
  return file;
}

Result<std::vector<std::byte>> npy_to_bytes(const TensorView& tensor) {
  ASSAY_CHECK(static_cast<std::int64_t>(tensor.bytes.size()) ==
                  tensor.rows() * row_bytes(tensor.dtype, tensor.row_elements()),
              "a tensor of {} has {} bytes", tensor.shape.to_string(), tensor.bytes.size());
  std::string_view descr;
  for (const auto& [name, type] : kTypeNames) {
    if (type == tensor.dtype) descr = name;
  }
  if (descr.empty()) {
    return fail(ErrorCode::kInvalidArgument, "npy: NumPy has no type {}", info(tensor.dtype).name);
  }
  std::string shape;
  for (const std::int64_t dim : tensor.shape.dims()) shape += fmt::format("{}, ", dim);
  if (tensor.shape.rank() == 1) shape.pop_back();               // "(3,)"
  if (tensor.shape.rank() > 1) shape.resize(shape.size() - 2);  // "(2, 3)"
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", descr, shape);
  const std::size_t before = kMagic.size() + 4;
  header.resize((before + header.size() + 1 + kAlignment - 1) / kAlignment * kAlignment - before - 1, ' ');
  header += '\n';
  std::string head(kMagic);
  head += {'\x01', '\x00', static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  head += header;
  const auto head_bytes = std::as_bytes(std::span(head));
  std::vector<std::byte> out(head_bytes.begin(), head_bytes.end());
  out.insert(out.end(), tensor.bytes.begin(), tensor.bytes.end());
  return out;
}

Result<void> write_npy(const std::filesystem::path& path, const TensorView& tensor) {
  ASSAY_TRY(const auto bytes, npy_to_bytes(tensor));
  return write_file_atomically(path, bytes);
}

}  // namespace assay::values
