#include "format/base64.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace tools::format {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char padding = '=';
constexpr std::size_t group_bytes = 3;  // bytes
constexpr std::size_t group_text = 4;   // digits of a group

/// Two digits for every twelve bits, so that a group takes two steps.
constexpr auto pairs = [] {
  std::array<std::array<char, 2>, 4096> out{};
  for (std::size_t value = 0; value < out.size(); ++value) {
    out[value] = {alphabet[value >> 6], alphabet[value & 63]};
  }
  return out;
}();

constexpr std::uint8_t no_digit = 64;

constexpr auto values = [] {
  std::array<std::uint8_t, 256> out{};
  out.fill(no_digit);
  for (std::size_t value = 0; value < alphabet.size(); ++value) {
    out[static_cast<unsigned char>(alphabet[value])] = static_cast<std::uint8_t>(value);
  }
  return out;
}();

std::uint32_t number(std::span<const std::byte, group_bytes> bytes) {
  return std::to_integer<std::uint32_t>(bytes[0]) << 16 |
         std::to_integer<std::uint32_t>(bytes[1]) << 8 | std::to_integer<std::uint32_t>(bytes[2]);
}

void append_groups(std::string& out, std::span<const std::byte> bytes) {
  const auto held = out.size();
  out.resize(held + bytes.size() / group_bytes * group_text);
  for (char* to = out.data() + held; !bytes.empty(); to += group_text) {
    const auto value = number(bytes.first<group_bytes>());
    std::memcpy(to, pairs[value >> 12].data(), 2);
    std::memcpy(to + 2, pairs[value & 0xfff].data(), 2);
    bytes = bytes.subspan(group_bytes);
  }
}

tl::unexpected<chunk::error> not_base64(std::string reason) {
  return tl::unexpected(chunk::error{chunk::errc::malformed, "no base64: " + std::move(reason)});
}

/// Reads the digits of one group, of which the last may be missing; false if any is none.
bool parse_group(std::string_view text, std::uint32_t& value) {
  value = 0;
  std::uint32_t seen = 0;
  for (const char each : text) {
    const auto digit = values[static_cast<unsigned char>(each)];
    seen |= digit;
    value = value << 6 | digit;
  }
  return (seen & no_digit) == 0;
}

}  // namespace

void base64_writer::add(std::span<const std::byte> bytes) {
  if (count_ > 0) {
    const auto taken = std::min(group_bytes - count_, bytes.size());
    std::copy_n(bytes.begin(), taken, held_.begin() + static_cast<std::ptrdiff_t>(count_));
    count_ += taken;
    bytes = bytes.subspan(taken);
    if (count_ < group_bytes) return;
    append_groups(out_, held_);
  }
  count_ = bytes.size() % group_bytes;
  append_groups(out_, bytes.first(bytes.size() - count_));
  std::ranges::copy(bytes.last(count_), held_.begin());
}

void base64_writer::end() {
  if (count_ == 0) return;
  const auto missing = group_bytes - count_;
  std::fill_n(held_.end() - static_cast<std::ptrdiff_t>(missing), missing, std::byte{0});
  append_groups(out_, held_);
  std::fill_n(out_.end() - static_cast<std::ptrdiff_t>(missing), missing, padding);
  count_ = 0;
}

void append_base64(std::string& out, std::span<const std::byte> bytes) {
  base64_writer writer(out);
  writer.add(bytes);
  writer.end();
}

chunk::result<std::vector<std::byte>> parse_base64(std::string_view text) {
  if (text.size() % group_text != 0) return not_base64("not a multiple of four digits");
  std::size_t missing = 0;
  while (missing < 2 && text.ends_with(padding)) {
    text.remove_suffix(1);
    ++missing;
  }
  std::vector<std::byte> out(text.size() / group_text * group_bytes);
  auto* to = out.data();
  std::uint32_t value = 0;
  for (; text.size() >= group_text; text.remove_prefix(group_text)) {
    if (!parse_group(text.substr(0, group_text), value)) return not_base64("not a digit in it");
    *to++ = static_cast<std::byte>(value >> 16);
    *to++ = static_cast<std::byte>(value >> 8);
    *to++ = static_cast<std::byte>(value);
  }
  if (missing == 0) return out;
  if (!parse_group(text, value)) return not_base64("not a digit in it");
  value <<= 6 * missing;
  const auto bits_left_over = value & ((std::uint32_t{1} << (8 * missing)) - 1);
  if (bits_left_over != 0) return not_base64("bits left over at its end");
  for (std::size_t at = missing; at < group_bytes; ++at) {
    out.push_back(static_cast<std::byte>(value >> (8 * (group_bytes - 1 - (at - missing)))));
  }
  return out;
}

}  // namespace tools::format
