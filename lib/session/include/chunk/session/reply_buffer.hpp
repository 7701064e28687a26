// A buffer for the replies to one client. No I/O happens here.
#pragma once

#include <chunk/framing.hpp>
#include <chunk/id.hpp>
#include <chunk/session/chunk_reader.hpp>

#include <cstddef>
#include <span>

namespace chunk::session {

/// Collects the replies to one client, which are then written together.
class reply_buffer {
 public:
  explicit reply_buffer(buffer_pool& pool, const framing& how = {}) : pool_(pool), framing_(how) {}

  /// Adds a reply. The payload is copied, and so are the fields of a header that is given.
  void append(const chunk_view& reply);
  void append(const id& id, std::span<const std::byte> payload = {}) {
    append(chunk_view{id, payload});
  }

  /// Adds bytes as they are.
  void append_raw(std::span<const std::byte> bytes);

  std::span<const std::byte> bytes() const { return std::span(buffer_).first(size_); }

  /// Removes everything after the first `size` bytes.
  void truncate(std::size_t size) noexcept { size_ = size; }

  /// Removes everything and frees the memory.
  void clear() noexcept;

 private:
  std::span<std::byte> room(std::size_t size);

  buffer_pool& pool_;
  framing framing_;
  buffer_pool::buffer buffer_;
  std::size_t size_ = 0;
};

}  // namespace chunk::session
