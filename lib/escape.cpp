#include "chunk/escape.hpp"

#include <algorithm>
#include <optional>

namespace chunk {
namespace {

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return std::nullopt;
}

}  // namespace

void append_escape(std::string& out, std::byte value) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto number = std::to_integer<std::size_t>(value);
  const char text[] = {'%', digits[number >> 4], digits[number & 15]};
  out.append(text, sizeof text);
}

void append_escaped(std::string& out, std::span<const std::byte> bytes, const escape_set& which) {
  while (!bytes.empty()) {
    const auto stop = std::find_if(bytes.begin(), bytes.end(),
                                   [&](std::byte value) { return which.contains(value); });
    const auto plain = static_cast<std::size_t>(stop - bytes.begin());
    out.append(reinterpret_cast<const char*>(bytes.data()), plain);
    bytes = bytes.subspan(plain);
    while (!bytes.empty() && which.contains(bytes.front())) {
      append_escape(out, bytes.front());
      bytes = bytes.subspan(1);
    }
  }
}

std::string escaped(std::span<const std::byte> bytes, const escape_set& which) {
  std::string out;
  append_escaped(out, bytes, which);
  return out;
}

result<std::vector<std::byte>> unescape(std::string_view text) {
  std::vector<std::byte> out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out.push_back(static_cast<std::byte>(text[at]));
      continue;
    }
    const auto high = at + 1 < text.size() ? hex_digit(text[at + 1]) : std::nullopt;
    const auto low = at + 2 < text.size() ? hex_digit(text[at + 2]) : std::nullopt;
    if (!high || !low) {
      const auto shown = escaped(std::as_bytes(std::span(text.substr(at, 3))), quote_escapes);
      return tl::unexpected(
          error{errc::bad_notation, "'" + shown + "': % needs two hexadecimal digits"});
    }
    out.push_back(static_cast<std::byte>(*high << 4 | *low));
    at += 2;
  }
  return out;
}

}  // namespace chunk
