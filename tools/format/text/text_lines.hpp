// Chunks as lines of the notation, also long ones that come in parts.
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

/// Turns the parts of a stream into lines that chunk-send reads back.
///
/// A chunk whose length is not yet borne out by its payload gets a len= modifier, so that a line
/// can be written before its end is known.
class text_lines {
 public:
  /// Both outlive the lines.
  text_lines(const chunk::protocol& rules, std::string& out)
      : rules_(rules), out_(out), writer_(out) {}

  /// Leaves out subchunks that `takes` does not take, given the IDs of the container and of them.
  void choose(std::function<bool(const chunk::id&, const chunk::id&)> takes) {
    takes_ = std::move(takes);
  }

  void add(const chunk::fragment& given);

  /// Ends a line that was cut short, and adds the bytes of a header that was.
  void finish(std::span<const std::byte> partial_header);

 private:
  const chunk::protocol& rules_;
  std::string& out_;
  chunk::text_writer writer_;
  std::function<bool(const chunk::id&, const chunk::id&)> takes_;
  bool open_ = false;  // a line was begun and not ended
};

}  // namespace tools::format
