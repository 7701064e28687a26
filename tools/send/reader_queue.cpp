#include "send/reader_queue.hpp"

namespace tools::send {

void reader_queue::add(const chunk::fragment& given, std::span<const std::byte> raw) {
  if (given.begins) {
    joined_ = true;
    // A long chunk is skipped as well, since it could not be dropped once it has begun.
    const bool fits = given.ends && front().size() + raw.size() <= limit;
    skipping_ = behind_ && !fits;
  }
  if (!joined_) return;
  if (skipping_) {
    if (given.ends) ++dropped_;
    return;
  }
  inside_ = !given.ends;
  if (given.ends) ++chunks_;
  if (empty()) {
    bytes_.clear();
    done_ = 0;
  }
  bytes_.insert(bytes_.end(), raw.begin(), raw.end());
}

void reader_queue::start(std::span<const std::byte> bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

void reader_queue::pop(std::size_t count) {
  done_ += count;
  if (empty()) behind_ = false;
  // Moving the rest to the front is expensive, so that it is done rarely.
  if (done_ < limit) return;
  bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(done_));
  done_ = 0;
}

}  // namespace tools::send
