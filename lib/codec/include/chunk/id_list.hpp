// A list of things with IDs.
#pragma once

#include <chunk/id.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

namespace chunk {

/// A list whose elements have an `id`, by which each is found in one step however many there are.
template <class Element>
class id_list {
 public:
  id_list() = default;
  id_list(std::initializer_list<Element> all) {
    for (const auto& each : all) push_back(each);
  }

  const Element* begin() const { return all_.data(); }
  const Element* end() const { return all_.data() + all_.size(); }
  std::size_t size() const { return all_.size(); }
  bool empty() const { return all_.empty(); }
  const Element& operator[](std::size_t place) const { return all_[place]; }
  bool operator==(const id_list& other) const { return all_ == other.all_; }

  void push_back(Element added) {
    all_.push_back(std::move(added));
    if (4 * all_.size() <= slots_.size()) return note(all_.size() - 1);
    slots_.assign(std::bit_ceil(4 * all_.size()), 0);
    for (std::size_t at = 0; at < all_.size(); ++at) note(at);
  }

  /// Gives the first element with that ID for which `fits(const Element&)` is true; nullptr: there
  /// is none.
  template <class Fits>
  const Element* find(const chunk::id& wanted, const Fits& fits) const {
    if (slots_.empty()) return nullptr;
    for (auto slot = slot_of(wanted); slots_[slot] != 0; slot = next(slot)) {
      const auto& each = all_[slots_[slot] - 1];
      if (each.id == wanted && fits(each)) return &each;
    }
    return nullptr;
  }

  const Element* find(const chunk::id& wanted) const {
    return find(wanted, [](const Element&) { return true; });
  }

 private:
  /// Where the search for an ID begins. Source: Knuth, The Art of Computer Programming, volume 3,
  /// 6.4: the multiplier is the golden ratio, by which IDs in sequence are spread evenly.
  std::size_t slot_of(const chunk::id& of) const {
    const auto words = std::bit_cast<std::array<std::uint64_t, 2>>(of.bytes);
    const auto spread = (words[0] ^ words[1]) * 0x9e3779b97f4a7c15;
    return static_cast<std::size_t>(spread >> std::countl_zero(slots_.size() - 1));
  }

  std::size_t next(std::size_t slot) const { return (slot + 1) & (slots_.size() - 1); }

  void note(std::size_t place) {
    auto slot = slot_of(all_[place].id);
    while (slots_[slot] != 0) slot = next(slot);
    slots_[slot] = static_cast<std::uint32_t>(place + 1);
  }

  std::vector<Element> all_;

  /// Places of elements from 1 on, each at the slot of its ID or at the next one that was free.
  /// Their number is a power of two, and at least three quarters are free, which are 0.
  std::vector<std::uint32_t> slots_;
};

}  // namespace chunk
