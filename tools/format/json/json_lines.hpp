// Chunks as lines of JSON, including long ones that come in fragments.
#pragma once

#include "format/json/json_members.hpp"

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/id.hpp>
#include <chunk/notation.hpp>
#include <chunk/protocol.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tools::format {

/// Turns the fragments of a stream into objects in plain ASCII, one for each chunk and subchunk,
/// which chunk-send converts back. In the nested form each line is a chunk with its subchunks,
/// which are written as they come.
///
/// Source: chunk-dump(1), JSON
class json_lines {
 public:
  /// Both have to outlive the lines. Every line begins with `members`, each ending with a comma.
  json_lines(const chunk::protocol& rules, std::string& out, std::string_view members = {},
             json_form form = json_form::flat)
      : rules_(rules), line_(rules, out, members, form) {}

  /// Omits subchunks of whole chunks for which `takes` returns false, given the IDs of the
  /// container and the subchunk.
  void choose(chunk::subchunk_filter takes) { takes_ = std::move(takes); }

  /// Adds members to the line of a chunk that begins, each ending with a comma.
  void add(const chunk::fragment& given, std::string_view members = {});

  /// Adds bytes of a container that are not a chunk.
  void add_stray(const chunk::fragment& given, const chunk::error& why);

  /// Adds a chunk of which only the header is given.
  void add_header(const chunk::fragment& given, std::string_view members = {});

  /// Ends the line of a truncated chunk with the reason.
  void truncate(const chunk::error& why);

  /// Adds bytes that are not a chunk.
  void add_fault(const chunk::error& why, std::span<const std::byte> bytes, std::uint64_t offset);

  /// Says whether a line is incomplete.
  bool open() const { return open_; }

  /// Says whether there are containers whose subchunks come one by one.
  bool in_container() const { return !blocks_.empty(); }

  /// Ends these containers, which are truncated.
  void close_containers(const chunk::error& why);

 private:
  /// A container whose subchunks come one by one.
  struct block {
    std::uint64_t index = 0;
    chunk::framing subchunks{};
    bool open = false;           // without a known length
    bool raw = false;            // shown as bytes, since its header cannot be described
    chunk::chunk_modifiers cut;  // of its end if it is truncated; its fields are not set
  };

  std::uint64_t begin(std::uint64_t offset, std::string_view members);
  void add_preamble(const chunk::fragment& given, std::string_view members);
  void add_raw(const chunk::fragment& given);
  void add_whole(const chunk::fragment& given, std::string_view members);
  void add_described(const chunk::placed_chunk& given, const chunk::chunk_modifiers& how,
                     std::uint64_t index, std::size_t level);
  void add_subchunk(const chunk::placed_chunk& inner, const chunk::framing& how,
                    std::uint64_t parent, std::size_t level);
  void add_contents(const chunk::placed_chunk& given, const chunk::nested& inner,
                    const chunk::chunk_modifiers& how);
  void add_bytes(const chunk::placed_chunk& given);
  void begin_chunk(const chunk::fragment& given, std::string_view members);
  void end_chunk(const chunk::fragment& given);
  void enter(const chunk::fragment& given, std::string_view members);
  void leave(const chunk::fragment& given);
  const chunk::framing& present() const {
    return blocks_.empty() ? rules_.framing : blocks_.back().subchunks;
  }

  const chunk::protocol& rules_;
  json_members line_;
  chunk::subchunk_filter takes_;
  bool open_ = false;
  bool raw_ = false;            // the incomplete line consists of raw bytes
  std::uint64_t raw_from_ = 0;  // where these begin
  chunk::chunk_modifiers cut_;  // of the incomplete chunk if it is truncated
  std::vector<block> blocks_;
};

}  // namespace tools::format
