#include "format/legible.hpp"

#include <wchar.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace tools::format {
namespace {

constexpr std::size_t escape_size = 3;  // %nn

struct code_range {
  std::uint32_t first;
  std::uint32_t last;
};

/// Characters that show nothing themselves, or that change where others stand.
/// Source: Unicode 15, DerivedCoreProperties.txt, Default_Ignorable_Code_Point; UAX #9, table 4;
/// and the separators of lines and paragraphs
constexpr std::array<code_range, 18> hidden{{
    {0xad, 0xad},
    {0x34f, 0x34f},
    {0x61c, 0x61c},
    {0x115f, 0x1160},
    {0x17b4, 0x17b5},
    {0x180b, 0x180f},
    {0x200b, 0x200f},
    {0x2028, 0x202e},
    {0x2060, 0x206f},
    {0x3164, 0x3164},
    {0xfe00, 0xfe0f},
    {0xfeff, 0xfeff},
    {0xffa0, 0xffa0},
    {0xfff0, 0xfffb},
    {0x13430, 0x1345f},
    {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a},
    {0xe0000, 0xe0fff},
}};

bool is_hidden(std::uint32_t code) {
  const auto* const at = std::ranges::lower_bound(hidden, code, {}, &code_range::last);
  return at != hidden.end() && code >= at->first;
}

/// A character, valid but not necessarily printable.
struct character {
  std::uint32_t code = 0;
  std::size_t bytes = 0;
};

/// Returns: the character of UTF-8 that `text` begins with; nullopt if it begins with none
std::optional<character> read_character(std::string_view text) {
  std::mbstate_t state{};
  wchar_t code = 0;
  const auto taken = std::mbrtowc(&code, text.data(), text.size(), &state);
  if (taken == 0) return character{0, 1};
  if (taken > text.size()) return std::nullopt;  // invalid or incomplete
  // Some libraries go on where Unicode ends.
  if (static_cast<std::uint32_t>(code) > 0x10ffff) return std::nullopt;
  return character{static_cast<std::uint32_t>(code), taken};
}

/// Returns: the columns of a character; nullopt if it is not to be shown as it is
std::optional<std::size_t> columns_of(std::uint32_t code) {
  const int columns = ::wcwidth(static_cast<wchar_t>(code));
  if (columns < 0 || is_hidden(code)) return std::nullopt;
  return static_cast<std::size_t>(columns);
}

/// Returns: the byte above 0x7f whose escape `notation` begins with; nullopt if there is none
std::optional<char> read_high_escape(std::string_view notation) {
  if (notation.size() < escape_size || notation[0] != '%') return std::nullopt;
  const auto high = chunk::hex_value(notation[1]);
  const auto low = chunk::hex_value(notation[2]);
  if (!high || !low || *high < 8) return std::nullopt;
  return static_cast<char>(*high << 4 | *low);
}

/// Returns: the character whose escapes `notation` begins with, which is appended to `shown`;
///          nullopt, and nothing appended, if there is none
std::optional<character> take_escaped(std::string_view notation, std::string& shown) {
  constexpr auto longest = legible_text::longest_character;
  char bytes[longest];
  std::size_t count = 0;
  while (count < longest) {
    const auto next =
        read_high_escape(notation.substr(std::min(notation.size(), count * escape_size)));
    if (!next) break;
    bytes[count++] = *next;
  }
  if (count == 0) return std::nullopt;
  const auto out = read_character({bytes, count});
  if (out) shown.append(bytes, out->bytes);
  return out;
}

bool is_printable_ascii(char c) {
  return c >= ' ' && c <= '~';
}

bool takes_marks(std::string_view ascii) {
  const char c = ascii.front();
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return is_letter || (c >= '0' && c <= '9');
}

bool is_blank(char c) {
  return c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

/// Takes a character that is not ASCII, with its marks. Returns: false if there is no such
bool legible_text::take_character(piece& out) {
  shown_.clear();
  const auto base = take_escaped(rest_, shown_);
  if (!base) return false;
  const auto columns = columns_of(base->code);
  if (!columns || *columns == 0) return false;
  rest_.remove_prefix(escape_size * base->bytes);
  out = {{}, base->bytes, *columns};
  return true;
}

legible_text::piece legible_text::next() {
  piece out;
  const bool is_other = utf8_ && rest_.front() == '%' && take_character(out);
  if (!is_other) {
    const auto size = rest_.front() == '%' ? std::min(escape_size, rest_.size()) : 1;
    out = {rest_.substr(0, size), 1, size};
    rest_.remove_prefix(size);
    // Marks are not to stand on the digits of an escape, or on the quotation mark before a text.
    if (!utf8_ || !takes_marks(out.text) || !rest_.starts_with('%')) return out;
    shown_ = out.text;
  }
  for (std::size_t marks = 0; marks < most_marks; ++marks) {
    const auto held = shown_.size();
    const auto mark = take_escaped(rest_, shown_);
    if (!mark || columns_of(mark->code) != 0) {
      shown_.resize(held);
      break;
    }
    rest_.remove_prefix(escape_size * mark->bytes);
    out.bytes += mark->bytes;
  }
  out.text = shown_;
  return out;
}

std::string_view legible_text::take_plain(std::size_t most) {
  // No farther than one behind them, since this is asked for each row of a long text.
  const auto front = rest_.substr(0, most + (most < rest_.size() ? 1 : 0));
  const auto end = front.find('%');
  auto size = std::min(end, front.size());
  if (utf8_ && end != front.npos && size > 0) --size;  // next() looks for its marks
  const auto out = front.substr(0, std::min(size, most));
  rest_.remove_prefix(out.size());
  return out;
}

std::size_t append_legible(std::string& out, std::string_view notation, bool utf8) {
  if (!utf8 || notation.find('%') == std::string_view::npos) {
    out += notation;
    return notation.size();
  }
  std::size_t columns = 0;
  for (legible_text text(notation, utf8); !text.done();) {
    const auto ascii = text.take_plain(notation.size());
    out += ascii;
    columns += ascii.size();
    if (text.done()) break;
    const auto piece = text.next();
    out += piece.text;
    columns += piece.columns;
  }
  return columns;
}

std::size_t count_columns(std::string_view notation, bool utf8) {
  if (!utf8) return notation.size();
  std::string ignored;
  return append_legible(ignored, notation, utf8);
}

bool is_text(std::span<const std::byte> bytes, bool utf8) {
  std::string_view rest(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  bool any = false;
  while (true) {
    // By an algorithm that looks at several at once: most of a text is such.
    const auto other = std::find_if_not(rest.begin(), rest.end(), is_printable_ascii);
    any = any || other != rest.begin();
    rest = {other, rest.end()};
    if (rest.empty()) return any;
    std::size_t size = 1;
    if (!is_blank(rest.front())) {
      // Control characters end at 0x9f.
      const auto beyond = utf8 ? read_character(rest) : std::nullopt;
      if (!beyond || beyond->code < 0xa0) return false;
      any = true;
      size = beyond->bytes;
    }
    rest.remove_prefix(size);
  }
}

}  // namespace tools::format
