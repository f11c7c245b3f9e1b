// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a worker process and its parent say to each other over a stream socket: a kind, a length, a text.
// Either end may be damaged by the code that is measured; whatever cannot be a message ends the conversation.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace assay::programs {

enum class MessageKind : std::uint8_t {
  kQuestion = 'q',
  kProgress = 'p',
  kAnswer = 'a',
  kError = 'e',
  kFailure = 'f'
};

struct Message {
  MessageKind kind = MessageKind::kQuestion;
  std::string text;
};

inline constexpr std::size_t kLongestMessage = 64u << 20;

// False if the other end is gone.
bool send_message(int socket, const Message& message);

// Puts messages together from what arrives.
class MessageReader {
 public:
  // Reads what is there, waiting at most `timeout_ms` for it. False if the other end is gone, or sent what is
  // no message: nothing more will come.
  [[nodiscard]] bool read_for(int socket, int timeout_ms);
  // The next message that is there as a whole.
  [[nodiscard]] std::optional<Message> next();
  // The next message, however long it takes; nothing if none will come.
  [[nodiscard]] std::optional<Message> wait(int socket);

 private:
  [[nodiscard]] bool is_message() const;

  std::string buffer_;
};

// An error as a message's text, and back.
[[nodiscard]] std::string pack_error(const Error& error);
[[nodiscard]] Error unpack_error(std::string_view text);

}  // namespace assay::programs
