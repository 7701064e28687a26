// Chunks as lines of the notation, including long ones that come in fragments.
#pragma once

#include <chunk/framing.hpp>
#include <chunk/id.hpp>
#include <chunk/notation.hpp>
#include <chunk/protocol.hpp>

#include <functional>
#include <span>
#include <string>
#include <utility>

namespace tools::format {

/// Turns the fragments of a stream into lines that chunk-send converts back.
///
/// A chunk whose payload is not complete yet gets a len= modifier, so that its line can be written
/// before its end is known.
class text_lines {
 public:
  /// Both have to outlive the lines.
  text_lines(const chunk::protocol& rules, std::string& out)
      : rules_(rules), out_(out), writer_(out) {}

  /// Omits subchunks for which `takes` returns false, given the IDs of the container and the
  /// subchunk.
  void choose(std::function<bool(const chunk::id&, const chunk::id&)> takes) {
    takes_ = std::move(takes);
  }

  void add(const chunk::fragment& given);

  /// Ends the line of a truncated chunk, or adds the bytes of a truncated header.
  void finish(std::span<const std::byte> partial_header);

 private:
  const chunk::protocol& rules_;
  std::string& out_;
  chunk::text_writer writer_;
  std::function<bool(const chunk::id&, const chunk::id&)> takes_;
  bool open_ = false;  // whether a line is incomplete
};

}  // namespace tools::format
