#include "script/language/variables.hpp"

#include <chunk/escape.hpp>
#include <chunk/notation.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <utility>

namespace tools::script {
namespace {

/// Characters with a meaning in the notation or in a pattern.
constexpr chunk::escape_set value_escapes{"%:=@~{} "};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Characters that a shell interprets.
bool is_plain_for_shell(char c) {
  return is_letter(c) || is_digit(c) ||
         std::string_view("_./:@%+=,-").find(c) != std::string_view::npos;
}

/// Without escapes of the notation.
bool is_literal(value_style style) {
  return style == value_style::plain || style == value_style::command;
}

chunk::result<void> append_word(std::string& out, std::string_view value) {
  if (value.find('\0') != std::string_view::npos) {
    return tl::unexpected(
        chunk::error{chunk::errc::bad_notation, "a value with a NUL cannot stand in a command"});
  }
  if (!value.empty() && std::ranges::all_of(value, is_plain_for_shell)) {
    out += value;
    return {};
  }
  out += '\'';
  for (const char c : value) {
    if (c == '\'') out += "'\\'";
    out += c;
  }
  out += '\'';
  return {};
}

/// As a regular expression that matches just these bytes, with the escapes of the notation.
void append_literally(std::string& out, std::span<const std::byte> value) {
  for (const std::byte each : value) {
    const auto c = static_cast<char>(each);
    const bool special = each >= std::byte{0x21} && each <= std::byte{0x7e} && !is_letter(c) &&
                         !is_digit(c) && c != '_';
    if (special) out += "%5c";
    chunk::append_escaped(out, std::span(&each, 1), value_escapes);
  }
}

/// Appends the text between references, in which %%{ is not replaced.
void append_between(std::string& out, std::string_view text, bool unescape) {
  for (std::size_t at = 0; unescape && (at = text.find("%%{")) != text.npos;) {
    out += text.substr(0, at);
    text.remove_prefix(at + 1);
    out += text.substr(0, 2);
    text.remove_prefix(2);
  }
  out += text;
}

/// The context of a place in the text of a chunk.
enum class context { contents, file, regex };

/// Determines the context of each place in the text of a chunk.
class chunk_reader {
 public:
  chunk_reader(std::string_view text, bool has_patterns)
      : text_(text), has_patterns_(has_patterns) {}

  context context_at(std::size_t place) {
    for (; at_ < place; ++at_) step(text_[at_]);
    return present_;
  }

 private:
  void step(char c) {
    const bool item_starts = std::exchange(starts_, false);
    if (c == '\n') return begin_line();
    if (whole_) return;
    const bool regex = c == '~' && has_patterns_;
    if (item_starts && c == ':' && items_ == 1 && !named_) {
      whole_ = true;  // a literal
    } else if (item_starts && c == '{') {
      named_ = false;
      starts_ = true;
    } else if (item_starts && (c == '@' || regex)) {
      present_ = regex ? context::regex : context::file;
      whole_ = items_ == 1 && !named_;
    } else if (c == ':') {
      ++items_;
      named_ = false;
      present_ = context::contents;
      starts_ = true;
    } else if (c == '=' && items_ > 0 && !named_) {
      named_ = starts_ = true;
    }
  }

  /// The lines of a block are chunks of their own.
  void begin_line() {
    items_ = 0;
    named_ = whole_ = false;
    present_ = context::contents;
  }

  std::string_view text_;
  bool has_patterns_;
  std::size_t at_ = 0;
  std::size_t items_ = 0;  // colons so far
  bool starts_ = false;    // the contents, or the bytes of a subchunk
  bool named_ = false;     // behind ID=
  bool whole_ = false;     // what is there goes up to the end
  context present_ = context::contents;
};

}  // namespace

std::string_view text_of(std::span<const std::byte> from) {
  return {reinterpret_cast<const char*>(from.data()), from.size()};
}

bool is_name(std::string_view text) {
  if (text.empty() || is_digit(text.front()) || text.front() == '-') return false;
  return std::ranges::all_of(
      text, [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; });
}

std::optional<reference> find_reference(std::string_view text, std::size_t from,
                                        value_style style) {
  const bool literal = is_literal(style);
  for (auto at = text.find("%{", from); at != text.npos; at = text.find("%{", at + 2)) {
    if (literal && at > from && text[at - 1] == '%') continue;
    const auto stop = std::min(text.find('}', at), text.size());
    return reference{at, std::min(stop + 1, text.size()) - at, text.substr(at + 2, stop - at - 2)};
  }
  return std::nullopt;
}

chunk::error value_too_long(std::uint64_t most) {
  return {chunk::errc::too_large, fmt::format("the value has more than {} bytes", most)};
}

chunk::result<std::string> expand(std::string_view text, value_style style, const value_of& values,
                                  bool last, std::uint64_t most) {
  constexpr std::size_t escaped = 3;  // characters for a byte
  std::string out;
  const bool of_chunk = style == value_style::chunk || style == value_style::pattern;
  chunk_reader reader(of_chunk ? text : std::string_view{}, style == value_style::pattern);
  std::size_t done = 0;
  while (const auto found = find_reference(text, done, style)) {
    append_between(out, text.substr(done, found->begin - done), last && is_literal(style));
    done = found->begin + found->size;
    const auto value = values(found->name);
    if (!value) return tl::unexpected(value.error());
    const auto where = of_chunk ? reader.context_at(found->begin) : context::contents;
    if (!*value) {
      out += text.substr(found->begin, found->size);
    } else if (style == value_style::command) {
      const auto added = append_word(out, text_of(**value));
      if (!added) return tl::unexpected(added.error());
    } else if (style == value_style::plain || style == value_style::none ||
               where == context::file) {
      out += text_of(**value);
    } else if (where == context::regex) {
      append_literally(out, **value);
    } else {
      chunk::append_escaped(out, **value, value_escapes);
    }
    if (out.size() > escaped * most + text.size()) {
      return tl::unexpected(value_too_long(most));
    }
  }
  append_between(out, text.substr(done), last && is_literal(style));
  return out;
}

chunk::result<std::optional<byte_string>> from_environment(std::string_view name) {
  const char* const value = std::getenv(std::string(name).c_str());
  if (!value) {
    return tl::unexpected(chunk::error{
        chunk::errc::bad_notation, "'" + chunk::quoted(name) + "' is not set in the environment"});
  }
  const auto held = std::as_bytes(std::span(std::string_view(value)));
  return byte_string(held.begin(), held.end());
}

void variables::set(std::string_view name, std::span<const std::byte> value) {
  auto& held = values_[std::string(name)];
  held.assign(value.begin(), value.end());
}

void variables::set(std::string_view name, std::string_view value) {
  set(name, std::as_bytes(std::span(value)));
}

chunk::result<std::optional<byte_string>> variables::find(std::string_view name) {
  if (name.starts_with(random_bytes)) {
    const auto digits = name.substr(random_bytes.size());
    const auto count = chunk::parse_count(digits, random_bytes, most_random);
    if (!count) return tl::unexpected(count.error());
    byte_string out(static_cast<std::size_t>(*count));
    for (auto& each : out) each = static_cast<std::byte>(random_() >> 56);
    return out;
  }
  if (name.starts_with(environment)) return from_environment(name.substr(environment.size()));
  const auto found = values_.find(name);
  if (found == values_.end()) {
    return tl::unexpected(
        chunk::error{chunk::errc::bad_notation, "'" + std::string(name) + "' has no value yet"});
  }
  return found->second;
}

chunk::result<std::string> variables::expanded(std::string_view text, value_style style,
                                               std::uint64_t most) {
  return expand(
      text, style, [this](std::string_view name) { return find(name); }, true, most);
}

}  // namespace tools::script
