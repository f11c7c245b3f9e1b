// SPDX-License-Identifier: Apache-2.0
#include "programs/worker_messages.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace assay::programs {
namespace {

constexpr std::string_view kMagic = "asy";  // what a stray write to the socket is unlikely to begin with
constexpr std::size_t kHeader = kMagic.size() + 1 + sizeof(std::uint64_t);

std::uint64_t length_of(std::string_view header) {
  std::uint64_t length = 0;
  std::memcpy(&length, header.data() + kMagic.size() + 1, sizeof(length));
  return length;
}

}  // namespace

bool send_message(int socket, const Message& message) {
  const std::uint64_t length = message.text.size();
  std::string bytes(kMagic);
  bytes += static_cast<char>(message.kind);
  bytes.append(reinterpret_cast<const char*>(&length), sizeof(length));
  bytes += message.text;
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t n = send(socket, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return true;
}

bool MessageReader::read_for(int socket, int timeout_ms) {
  if (!is_message()) return false;  // came together with the message before it
  pollfd watched{socket, POLLIN, 0};
  const int ready = poll(&watched, 1, timeout_ms);
  if (ready == 0 || (ready < 0 && errno == EINTR)) return true;
  if (ready < 0) return false;
  std::array<char, 1 << 16> chunk;
  while (true) {
    const ssize_t n = recv(socket, chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return (errno == EAGAIN || errno == EWOULDBLOCK) && is_message();
    if (n == 0) return false;
    buffer_.append(chunk.data(), static_cast<std::size_t>(n));
    if (!is_message()) return false;
  }
}

bool MessageReader::is_message() const {
  const std::size_t known = std::min(buffer_.size(), kMagic.size());
  if (std::string_view(buffer_).substr(0, known) != kMagic.substr(0, known)) return false;
  return buffer_.size() < kHeader || length_of(buffer_) <= kLongestMessage;
}

std::optional<Message> MessageReader::next() {
  if (!is_message() || buffer_.size() < kHeader) return std::nullopt;
  const std::size_t length = length_of(buffer_);
  if (buffer_.size() - kHeader < length) return std::nullopt;
  Message message{static_cast<MessageKind>(buffer_[kMagic.size()]), buffer_.substr(kHeader, length)};
  buffer_.erase(0, kHeader + length);
  return message;
}

std::optional<Message> MessageReader::wait(int socket) {
  while (true) {
    if (auto message = next()) return message;
    if (!read_for(socket, -1)) return std::nullopt;
  }
}

std::string pack_error(const Error& error) {
  return std::string(1, static_cast<char>('A' + static_cast<int>(error.code))) + error.message;
}

Error unpack_error(std::string_view text) {
  const int code = text.empty() ? 0 : text.front() - 'A';
  const bool known = code >= 0 && code <= static_cast<int>(ErrorCode::kCancelled);
  return {known ? static_cast<ErrorCode>(code) : ErrorCode::kCorrupt,
          std::string(text.substr(text.empty() ? 0 : 1))};
}

}  // namespace assay::programs
