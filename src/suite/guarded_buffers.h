// SPDX-License-Identifier: Apache-2.0
#pragma once
// The buffers of one running case, each between two guard bands of known bytes, so that a write beside a
// buffer is seen. Buffers begin at multiples of 64 bytes, and at different places of a page, so that loads
// and stores to different buffers do not share their low address bits by the allocator's habit.
// Not supported: noticing a write that jumps over a guard band (256 bytes), or, outside of AddressSanitizer,
// a read beside a buffer.
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "assay/buffer.h"
#include "suite/fill.h"

namespace assay::suite {

class GuardedBuffers {
 public:
  // Buffers of these shapes with these contents, each `shift` elements off its border of 64 bytes. `before`
  // must outlive the object; it stands for what every buffer held at first. Throws std::bad_alloc.
  GuardedBuffers(const std::vector<BufferSpec>& specs, const Contents& before, std::size_t shift = 0);
  ~GuardedBuffers();
  GuardedBuffers(const GuardedBuffers&) = delete;
  GuardedBuffers& operator=(const GuardedBuffers&) = delete;

  [[nodiscard]] Buffers buffers() const { return buffers_; }
  [[nodiscard]] const std::vector<std::byte>& before(std::size_t i) const { return before_[i]; }

  void put_back(std::size_t i);  // what the buffer held at first
  void poison(std::size_t i);    // with poison_byte() of its type
  [[nodiscard]] bool is_as_before(std::size_t i) const;
  [[nodiscard]] bool is_poisoned(std::size_t i) const;  // every byte of it

  // While guards are closed, AddressSanitizer also sees reads that leave a buffer.
  void close_guards();
  void open_guards();
  // Whether something was written beside buffer i. Guards must be open.
  [[nodiscard]] bool is_guard_broken(std::size_t i) const;

 private:
  struct Storage {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size = 0;
  };
  template <typename Action>
  void for_each_guard(Action action);

  std::vector<Storage> storage_;
  std::vector<Buffer> buffers_;
  const Contents& before_;
};

}  // namespace assay::suite
