// The connections of one run, by the index of their name in the program.
#pragma once

#include "script/player/channel.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tools::script {

class connections {
 public:
  explicit connections(std::size_t count) : open_(count), addresses_(count) {}

  /// Adds closed connections up to that many.
  void make_room(std::size_t count) {
    open_.resize(std::max(open_.size(), count));
    addresses_.resize(open_.size());
  }

  /// Returns: nullptr: the connection is closed
  channel* find(std::size_t which) const { return open_[which].get(); }

  /// All connections; nullptr: closed.
  const std::vector<std::unique_ptr<channel>>& all() const { return open_; }

  /// The address that a connection was last opened to; empty: none that the script names.
  std::string& address(std::size_t which) { return addresses_[which]; }

  void adopt(std::size_t which, std::unique_ptr<channel> link) { open_[which] = std::move(link); }

  void close(std::size_t which) { open_[which].reset(); }

  void close_all();

  /// Drops printed replies, which could still be examined.
  void forget_shown();

 private:
  std::vector<std::unique_ptr<channel>> open_;
  std::vector<std::string> addresses_;
};

}  // namespace tools::script
