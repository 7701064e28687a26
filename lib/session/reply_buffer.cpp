#include "chunk/session/reply_buffer.hpp"

#include <algorithm>
#include <utility>

namespace chunk::session {

/// Gives room for `size` more bytes.
std::span<std::byte> reply_buffer::room(std::size_t size) {
  const auto needed = size_ + size;
  if (buffer_.empty()) buffer_ = pool_.take(needed);
  if (buffer_.size() < needed) {
    buffer_pool::buffer larger(std::max(needed, buffer_.size() * 2));
    std::copy_n(buffer_.begin(), size_, larger.begin());
    buffer_ = std::move(larger);
  }
  return std::span(buffer_).subspan(size_);
}

void reply_buffer::append(const chunk_view& reply) {
  size_ += encode(reply, room(encoded_size(reply, framing_)), framing_);
}

void reply_buffer::append_raw(std::span<const std::byte> bytes) {
  std::copy(bytes.begin(), bytes.end(), room(bytes.size()).begin());
  size_ += bytes.size();
}

void reply_buffer::clear() noexcept {
  size_ = 0;
  pool_.put(std::exchange(buffer_, {}));
}

}  // namespace chunk::session
