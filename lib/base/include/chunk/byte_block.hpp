// Memory to read into. No I/O happens here.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

namespace chunk {

/// Bytes that have no value until somebody writes them. Unlike the bytes of a vector, which are set
/// to zero, those that nobody writes take no memory of the system. Moved from, it is empty.
class byte_block {
 public:
  byte_block() = default;

  /// Throws: std::bad_alloc.
  explicit byte_block(std::size_t size)
      : bytes_(std::make_unique_for_overwrite<std::byte[]>(size)), size_(size) {}

  byte_block(byte_block&& other) noexcept
      : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
  byte_block& operator=(byte_block&& other) noexcept {
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }
  std::byte* data() noexcept { return bytes_.get(); }
  const std::byte* data() const noexcept { return bytes_.get(); }
  std::byte* begin() noexcept { return data(); }
  const std::byte* begin() const noexcept { return data(); }
  std::byte* end() noexcept { return data() + size_; }
  const std::byte* end() const noexcept { return data() + size_; }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0;
};

}  // namespace chunk
