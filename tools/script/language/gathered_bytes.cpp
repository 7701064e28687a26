#include "script/language/gathered_bytes.hpp"

#include <chunk/error.hpp>

#include <sys/mman.h>

#include <algorithm>
#include <utility>

namespace tools::script {
namespace {

/// Chosen: larger writes are hardly faster.
constexpr std::size_t largest_write = 256 * 1024;

}  // namespace

void gathered_bytes::append(std::span<const std::byte> bytes) {
  if (!file_ && held_.size() + bytes.size() <= most_in_memory) {
    held_.insert(held_.end(), bytes.begin(), bytes.end());
    return;
  }
  if (!file_) file_ = std::make_unique<io::spool>(budget_);
  // Small pieces are written together.
  if (held_.size() + bytes.size() > largest_write && !held_.empty()) {
    file_->append(std::exchange(held_, {}));
  }
  if (bytes.size() >= largest_write) {
    file_->append(bytes);
  } else {
    held_.insert(held_.end(), bytes.begin(), bytes.end());
  }
}

void gathered_bytes::append(const chunk::image& from) {
  std::vector<std::byte> piece(
      static_cast<std::size_t>(std::min<std::uint64_t>(largest_write, from.size())));
  for (std::uint64_t at = 0; at < from.size();) {
    const auto got = from.read(at, piece);
    append(std::span<const std::byte>(piece).first(got));
    at += got;
  }
}

chunk::shared_bytes gathered_bytes::finish() {
  if (!file_) {
    const auto owner = std::make_shared<const std::vector<std::byte>>(std::move(held_));
    return {*owner, owner};
  }
  file_->append(std::exchange(held_, {}));
  const auto size = static_cast<std::size_t>(file_->size());
  void* const mapped = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file_->descriptor(), 0);
  if (mapped == MAP_FAILED) throw io::spool_failure(chunk::last_system_error("temporary file"));
  file_.reset();  // the mapping keeps the bytes
  const std::shared_ptr<const void> owner(
      mapped, [size](const void* from) { ::munmap(const_cast<void*>(from), size); });
  return {{static_cast<const std::byte*>(mapped), size}, owner};
}

}  // namespace tools::script
