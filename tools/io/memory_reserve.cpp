#include "io/memory_reserve.hpp"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bitset>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <mutex>
#include <new>
#include <string_view>

namespace tools::io {
namespace {

/// A fixed piece of memory that is given out in units. It takes no memory of the system until it is
/// used.
class memory_reserve {
 public:
  /// Chosen: more than all objects of some hundred connections, which are then ended.
  static constexpr std::size_t capacity = 512 * 1024;

  /// Chosen: above every object, and below every buffer.
  static constexpr std::size_t largest_piece = 16 * 1024;

  /// Returns: null if there is no room
  void* take(std::size_t size) noexcept {
    if (size > largest_piece) return nullptr;
    const std::lock_guard lock(mutex_);
    const auto count = std::max<std::size_t>((size + unit - 1) / unit, 1);
    for (std::size_t begin = 0, end = 0; end < units; ++end) {
      if (taken_[end]) {
        begin = end + 1;
      } else if (end + 1 - begin == count) {
        for (auto at = begin; at <= end; ++at) taken_.set(at);
        lengths_[begin] = static_cast<std::uint16_t>(count);
        used_ += count;
        return bytes_.data() + begin * unit;
      }
    }
    return nullptr;
  }

  bool owns(const void* piece) const noexcept {
    const auto* const at = static_cast<const std::byte*>(piece);
    const std::less<> before;
    return !before(at, bytes_.data()) && before(at, bytes_.data() + bytes_.size());
  }

  void give_back(void* piece) noexcept {
    const std::lock_guard lock(mutex_);
    const auto offset = static_cast<std::byte*>(piece) - bytes_.data();
    const auto begin = static_cast<std::size_t>(offset) / unit;
    const std::size_t count = lengths_[begin];
    for (auto at = begin; at < begin + count; ++at) taken_.reset(at);
    used_ -= count;
  }

  bool is_much_used() const noexcept { return used_ > units / 4; }

 private:
  static constexpr std::size_t unit = 64;
  static constexpr std::size_t units = capacity / unit;

  alignas(unit) std::array<std::byte, capacity> bytes_{};
  std::array<std::uint16_t, units> lengths_{};  // of the piece that begins there, in units
  std::bitset<units> taken_{};
  std::atomic<std::size_t> used_ = 0;  // units
  std::mutex mutex_;
};

constinit memory_reserve reserve;
constinit std::atomic<bool> system_has_none = false;

}  // namespace

void* allocate(std::size_t size) {
  for (;;) {
    if (void* const out = std::malloc(std::max<std::size_t>(size, 1))) {
      // Written only when it changes, since all threads read it.
      if (system_has_none.load(std::memory_order_relaxed)) system_has_none = false;
      return out;
    }
    system_has_none = true;
    if (void* const out = reserve.take(size)) return out;
    const auto handler = std::get_new_handler();
    if (!handler) throw std::bad_alloc();
    handler();
  }
}

void release(void* piece) noexcept {
  if (reserve.owns(piece)) {
    reserve.give_back(piece);
  } else {
    std::free(piece);
  }
}

bool memory_is_low() noexcept {
  return is_out_of_memory() && reserve.is_much_used();
}

bool is_out_of_memory() noexcept {
  return system_has_none.load(std::memory_order_relaxed);
}

void complain_of_memory() noexcept {
  constexpr std::string_view text = ": out of memory\n";
  const std::array<iovec, 2> pieces{
      iovec{program_invocation_short_name, std::strlen(program_invocation_short_name)},
      iovec{const_cast<char*>(text.data()), text.size()}};
  [[maybe_unused]] const auto ignored = ::writev(STDERR_FILENO, pieces.data(), pieces.size());
}

}  // namespace tools::io
