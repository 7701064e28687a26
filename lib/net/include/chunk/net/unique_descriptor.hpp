// A descriptor with an owner.
#pragma once

#include <unistd.h>

#include <utility>

namespace chunk::net {

/// Owns a descriptor until it is handed over. Negative: there is none.
class unique_descriptor {
 public:
  explicit unique_descriptor(int value) : value_(value) {}
  ~unique_descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  unique_descriptor(unique_descriptor&& other) noexcept : value_(other.release()) {}
  unique_descriptor& operator=(unique_descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }

  int get() const { return value_; }
  int release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

}  // namespace chunk::net
