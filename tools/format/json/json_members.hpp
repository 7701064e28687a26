// The members of a line of JSON.
#pragma once

#include "format/base64.hpp"

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/id.hpp>
#include <chunk/notation.hpp>
#include <chunk/protocol.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tools::format {

/// Where the subchunks of a container stand: in lines of their own, or in its object.
enum class json_form : std::uint8_t { flat, nested };

/// Writes objects in plain ASCII, member by member.
///
/// Source: chunk-dump(1), JSON
class json_members {
 public:
  /// Both have to outlive it. Every line begins with `members`, each ending with a comma.
  json_members(const chunk::protocol& rules, std::string& out, std::string_view members,
               json_form form)
      : rules_(rules), out_(out), begin_("{"), form_(form), base64_(out) {
    begin_ += members;
  }

  /// Begins an object. `members` are further ones, each ending with a comma.
  ///
  /// Returns: the index of the object
  std::uint64_t begin(std::string_view members = {});
  void end() { out_.append("}\n", depth_ > 0 ? 1 : 2); }

  /// The objects that follow, up to leave() or reopen(), are those of subchunks of this one, which
  /// ends here unless they stand in it.
  void enter();

  /// Ends the object around subchunks.
  void leave();

  /// Makes room for further members of the object around subchunks, which has that index, up to
  /// end(): behind them, or in a line that names it.
  void reopen(std::uint64_t index);

  /// Adds the index of the container, unless the object stands in that of the container.
  void parent(std::uint64_t index);
  void place(std::size_t depth, std::uint64_t offset);
  void id(const chunk::id& value);
  void length(std::uint64_t value, std::string_view name = "length");
  void flag(std::string_view name);
  void prefix(std::span<const std::byte> bytes);

  /// Adds the fields of a chunk.
  void fields(const chunk::chunk_modifiers& how);

  /// Adds the length that stands in the header, the trailer and the padding, as far as they are
  /// needed.
  void modifiers(const chunk::chunk_modifiers& how);

  /// Adds the value of a payload if its rule gives it a type other than text.
  void value(const chunk::id& of, std::span<const std::byte> payload);

  /// Adds a payload as text or base64.
  void payload(std::span<const std::byte> bytes);

  /// Adds a payload that comes in pieces, as base64.
  void begin_base64() { out_ += R"(,"base64":")"; }
  void add_base64(std::span<const std::byte> piece) { base64_.add(piece); }
  void end_base64();

  void error(const chunk::error& why);

 private:
  void bytes(std::string_view name, std::span<const std::byte> value);
  void end_subchunks();

  const chunk::protocol& rules_;
  std::string& out_;
  std::string begin_;  // of every line
  json_form form_;
  std::size_t depth_ = 0;  // objects around the current one
  bool is_first_ = false;  // the next object is the first one of its array
  base64_writer base64_;
  std::uint64_t next_index_ = 0;
  chunk::id id_;  // of the line before, and how it is shown
  std::string id_text_;
};

}  // namespace tools::format
