#include "chunk/session/reply_buffer.hpp"

#include <algorithm>
#include <utility>

namespace chunk::session {

void reply_buffer::append(const id& id, std::span<const std::byte> payload) {
  const chunk_view reply{id, payload};
  const auto needed = size_ + encoded_size(reply, framing_);
  if (buffer_.empty()) buffer_ = pool_.take(needed);
  if (buffer_.size() < needed) buffer_.resize(std::max(needed, buffer_.size() * 2));
  size_ += encode(reply, std::span(buffer_).subspan(size_), framing_);
}

void reply_buffer::clear() noexcept {
  size_ = 0;
  pool_.put(std::exchange(buffer_, {}));
}

}  // namespace chunk::session
