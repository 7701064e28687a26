// Chunks as lines of JSON, including long ones that come in fragments.
#pragma once

#include "format/base64.hpp"

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/id.hpp>
#include <chunk/protocol.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tools::format {

/// Turns the fragments of a stream into flat objects in plain ASCII, one for each chunk and
/// subchunk, which chunk-send converts back.
///
/// Source: chunk-dump(1), JSON
class json_lines {
 public:
  /// Both have to outlive the lines. Every line begins with `members`, each ending with a comma.
  json_lines(const chunk::protocol& rules, std::string& out, std::string_view members = {})
      : rules_(rules), out_(out), begin_("{"), base64_(out) {
    begin_ += members;
  }

  /// Omits subchunks for which `takes` returns false, given the IDs of the container and the
  /// subchunk.
  void choose(std::function<bool(const chunk::id&, const chunk::id&)> takes) {
    takes_ = std::move(takes);
  }

  /// Adds members to the line of a chunk that begins, each ending with a comma.
  void add(const chunk::fragment& given, std::string_view members = {});

  /// Adds a chunk of which only the header is given.
  void add_header(const chunk::fragment& given, std::string_view members = {});

  /// Ends the line of a truncated chunk with the reason.
  void truncate(const chunk::error& why);

  /// Adds bytes that are not a chunk.
  void add_fault(const chunk::error& why, std::span<const std::byte> bytes, std::uint64_t offset);

  /// Says whether a line is incomplete.
  bool open() const { return open_; }

 private:
  void add_whole(const chunk::fragment& given, std::string_view members);
  void add_subchunk(std::uint64_t parent, const chunk::placed_chunk& inner);
  void begin_chunk(const chunk::fragment& given, std::string_view members);
  void begin_line();
  void end_line() { out_ += "}\n"; }
  void end_base64();
  void append_index();
  void append_place(std::size_t depth, std::uint64_t offset);
  void append_id(const chunk::id& id);
  void append_length(std::uint64_t length);
  void append_value(const chunk::id& id, std::span<const std::byte> payload);
  void append_payload(std::span<const std::byte> payload);
  void append_error(const chunk::error& why);

  const chunk::protocol& rules_;
  std::string& out_;
  std::string begin_;  // of every line
  base64_writer base64_;
  std::function<bool(const chunk::id&, const chunk::id&)> takes_;
  bool open_ = false;
  std::uint64_t next_index_ = 0;
  chunk::id id_;  // of the line before, and how it is shown
  std::string id_text_;
};

}  // namespace tools::format
