#include "chunk/escape.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace chunk {
namespace {

constexpr std::size_t escape_size = 3;  // from the notation: %nn

/// Chosen: the text of a block stays in the nearest cache.
constexpr std::size_t block_size = 1024;

void write_escape(char* to, std::byte value) {
  const auto number = std::to_integer<unsigned>(value);
  to[0] = '%';
  to[1] = hex_digits[number >> 4];
  to[2] = hex_digits[number & 15];
}

[[gnu::cold, gnu::noinline]] result<std::vector<std::byte>> bad_escape(std::string_view text) {
  return tl::unexpected(
      error{errc::bad_notation, "'" + quoted(text) + "': % needs two hexadecimal digits"});
}

}  // namespace

/// Gives a bit for each of `Size` bytes that is to be escaped, the lowest one for the first.
template <std::size_t Size>
inline std::uint32_t escape_set::find(const std::byte* bytes) const {
#if defined(__SSE2__)
  if constexpr (Size == sizeof(__m128i)) {
    const __m128i in = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
    // Bytes from 0x80 on are negative, and so are below 0x20.
    __m128i found = _mm_or_si128(_mm_cmplt_epi8(in, _mm_set1_epi8(0x20)),
                                 _mm_cmpeq_epi8(in, _mm_set1_epi8(0x7f)));
    for (std::size_t at = 0; at < count_; ++at) {
      found = _mm_or_si128(found, _mm_cmpeq_epi8(in, _mm_set1_epi8(others_[at])));
    }
    return static_cast<std::uint32_t>(_mm_movemask_epi8(found));
  }
#endif
  // GCC does not unroll a loop.
  return [&]<std::size_t... At>(std::index_sequence<At...>) {
    return ((std::uint32_t{contains(bytes[At])} << At) | ...);
  }
  (std::make_index_sequence<Size>{});
}

/// Writes bytes to `to`, which has room for `longest` characters a byte, as append_escaped()
/// appends them. Returns: the end of the text
char* escape_set::write(char* to, std::span<const std::byte> bytes) const {
  const auto* from = bytes.data();
  const auto* const end = from + bytes.size();
  // Most bytes need no escape, so that they are copied by the block.
  for (; end - from >= 16; from += 16) {
    auto escapes = find<16>(from);
    if (escapes == 0) {
      std::memcpy(to, from, 16);
      to += 16;
      continue;
    }
    for (std::size_t at = 0; at < 16; ++at) {
      // Every byte is written both ways, and the longer one stays or is written over: there is no
      // branch to be mispredicted.
      const bool escape = (escapes & 1) != 0;
      escapes >>= 1;
      write_escape(to, from[at]);
      to[0] = escape ? '%' : static_cast<char>(from[at]);
      to += escape ? longest : 1;
    }
  }
  for (; end - from >= 4 && find<4>(from) == 0; from += 4, to += 4) std::memcpy(to, from, 4);
  for (; from != end; ++from) {
    if (contains(*from)) {
      write_escape(to, *from);
      to += longest;
    } else {
      *to++ = static_cast<char>(*from);
    }
  }
  return to;
}

void append_escape(std::string& out, std::byte value) {
  char text[escape_size];
  write_escape(text, value);
  out.append(text, escape_size);
}

void append_escaped(std::string& out, std::span<const std::byte> bytes, const escape_set& which) {
  std::array<char, escape_set::longest * block_size> text;
  while (!bytes.empty()) {
    const auto block = bytes.first(std::min(bytes.size(), block_size));
    const auto* const end = which.write(text.data(), block);
    out.append(text.data(), static_cast<std::size_t>(end - text.data()));
    bytes = bytes.subspan(block.size());
  }
}

std::string escaped(std::span<const std::byte> bytes, const escape_set& which) {
  std::string out;
  append_escaped(out, bytes, which);
  return out;
}

std::string quoted(std::string_view text) {
  return escaped(std::as_bytes(std::span(text)), quote_escapes);
}

result<std::vector<std::byte>> unescape(std::string_view text) {
  std::vector<std::byte> out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out.push_back(static_cast<std::byte>(text[at]));
      continue;
    }
    const auto high = at + 1 < text.size() ? hex_value(text[at + 1]) : std::nullopt;
    const auto low = at + 2 < text.size() ? hex_value(text[at + 2]) : std::nullopt;
    if (!high || !low) return bad_escape(text.substr(at, 3));
    out.push_back(static_cast<std::byte>(*high << 4 | *low));
    at += 2;
  }
  return out;
}

}  // namespace chunk
