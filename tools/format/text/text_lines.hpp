// Chunks as lines of the notation, including long ones that come in fragments.
#pragma once

#include <chunk/framing.hpp>
#include <chunk/id.hpp>
#include <chunk/notation.hpp>
#include <chunk/protocol.hpp>

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tools::format {

/// Turns the fragments of a stream into lines that chunk-send converts back.
///
/// A chunk whose payload is not complete yet gets a len= modifier, so that its line can be written
/// before its end is known; what follows its payload is then a line of raw bytes. A container whose
/// subchunks come one by one is a block of lines between braces.
///
/// Source: chunk-script(5)
class text_lines {
 public:
  /// Both have to outlive the lines.
  text_lines(const chunk::protocol& rules, std::string& out)
      : rules_(rules), out_(out), writer_(out, uses_braces(rules)) {}

  /// Omits subchunks of whole chunks for which `takes` returns false, given the IDs of the
  /// container and the subchunk.
  void choose(chunk::subchunk_filter takes) { takes_ = std::move(takes); }

  void add(const chunk::fragment& given);

  /// Ends the line of a truncated chunk.
  void end_line();

  /// The same, and adds the bytes of a truncated header and the ends of truncated containers.
  void finish(std::span<const std::byte> partial_header);

 private:
  /// A container whose subchunks come one by one.
  struct block {
    chunk::framing subchunks{};
    std::string cut;   // the modifiers of its end if it is truncated
    bool raw = false;  // shown as bytes, since the notation has no words for its header
  };

  void add_part(const chunk::fragment& given);
  void add_in_framing(const chunk::fragment& given);
  void add_preamble(std::span<const std::byte> bytes);
  void add_whole(const chunk::fragment& given);
  void begin(const chunk::fragment& given);
  void end(const chunk::fragment& given);
  void enter(const chunk::fragment& given);
  void leave(const chunk::fragment& given);
  void append_raw(std::span<const std::byte> bytes);
  void add_raw_line(std::span<const std::byte> bytes);
  const chunk::framing& present() const {
    return blocks_.empty() ? rules_.framing : blocks_.back().subchunks;
  }

  const chunk::protocol& rules_;
  std::string& out_;
  chunk::text_writer writer_;
  chunk::subchunk_filter takes_;
  bool open_ = false;  // whether a line is incomplete
  bool raw_ = false;   // whether that one consists of raw bytes
  std::vector<block> blocks_;
};

}  // namespace tools::format
