// Text for people: on terminals with UTF-8, its printable characters instead of their escapes.
#pragma once

#include <chunk/escape.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace tools::format {

/// What is escaped in a text in quotes.
inline constexpr chunk::escape_set text_escapes{"%\""};

/// Goes through a text in the notation by what belongs together on a terminal: a character with
/// its combining marks, or an escape.
///
/// Shape: with `utf8`, LC_CTYPE has to be that of a locale with UTF-8
class legible_text {
 public:
  /// Marks on one character beyond these are escaped. Chosen: more than any script needs, and few
  /// enough not to reach into the lines around.
  static constexpr std::size_t most_marks = 4;

  /// The most bytes of a character of UTF-8, and of a piece.
  static constexpr std::size_t longest_character = 4;
  static constexpr std::size_t longest_piece = (1 + most_marks) * longest_character;

  struct piece {
    std::string_view text;    ///< to be shown, until the next piece
    std::size_t bytes = 0;    ///< that it stands for
    std::size_t columns = 0;  ///< that it takes on a terminal
  };

  /// `notation` is plain ASCII. With `utf8`, escapes of printable characters are replaced by these,
  /// but not those of characters that have no width or that change the order of others.
  legible_text(std::string_view notation, bool utf8) : rest_(notation), utf8_(utf8) {}

  bool done() const { return rest_.empty(); }

  /// Takes the next piece, of which there is one.
  piece next();

  /// Takes characters up to the next escape, at most `most`: each is one byte, and takes one
  /// column. Returns: none if something else follows, or if the character may have marks
  std::string_view take_plain(std::size_t most);

 private:
  bool take_character(piece& out);

  std::string_view rest_;
  bool utf8_;
  std::string shown_;
};

/// Appends a text in the notation as legible_text gives it.
///
/// Returns: the columns that it takes
std::size_t append_legible(std::string& out, std::string_view notation, bool utf8);

/// Returns: the columns that append_legible() would take
std::size_t count_columns(std::string_view notation, bool utf8);

/// Says whether bytes are text: printable ASCII or, with `utf8`, valid UTF-8, with tabs and line
/// ends, but no other control characters.
bool is_text(std::span<const std::byte> bytes, bool utf8);

}  // namespace tools::format
