#include "script/report/difference.hpp"

#include "script/language/words.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>

namespace tools::script {
namespace {

/// The size of the blocks that are compared. Chosen.
constexpr std::size_t block = 64 * 1024;

/// Bytes of a row, as in every hexdump.
constexpr std::size_t row_size = 16;

/// Chosen: the row of the difference, one before it and one after.
constexpr std::size_t excerpt_rows = 3;

constexpr std::size_t columns_before_text = 2 + row_size * 3 + 1;

/// The column of a byte in a row: of its two digits, and of its character.
std::size_t digits_column(std::size_t index) {
  return index * 3 + (index >= row_size / 2 ? 1 : 0);
}

std::string row_of(std::span<const std::byte> bytes) {
  std::string out(columns_before_text + row_size, ' ');
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const auto value = std::to_integer<unsigned>(bytes[at]);
    fmt::format_to(out.begin() + static_cast<std::ptrdiff_t>(digits_column(at)), "{:02x}", value);
    const bool plain = value >= 0x20 && value <= 0x7e;
    out[columns_before_text + at] = plain ? static_cast<char>(value) : '.';
  }
  out.resize(out.find_last_not_of(' ') + 1);
  return out;
}

std::span<const std::byte> row_at(const std::vector<std::byte>& bytes, std::size_t start) {
  const auto from = std::min(start, bytes.size());
  return std::span(bytes).subspan(from, std::min(row_size, bytes.size() - from));
}

/// Marks the bytes that only one of the rows has, or that differ. Empty: none.
std::string marks_of(std::span<const std::byte> left, std::span<const std::byte> right) {
  std::string out(columns_before_text + row_size, ' ');
  for (std::size_t at = 0; at < std::max(left.size(), right.size()); ++at) {
    if (at < left.size() && at < right.size() && left[at] == right[at]) continue;
    out.replace(digits_column(at), 2, "^^");
    out[columns_before_text + at] = '^';
  }
  out.resize(out.find_last_not_of(' ') + 1);
  return out;
}

}  // namespace

bool find_difference(std::uint64_t size, const byte_source& expected,
                     std::span<const std::byte> received, difference& out) {
  const auto common = std::min<std::uint64_t>(size, received.size());
  std::vector<std::byte> piece(static_cast<std::size_t>(std::min<std::uint64_t>(block, common)));
  std::uint64_t at = 0;
  while (at < common) {
    const auto got = expected(at, std::span(piece).first(static_cast<std::size_t>(
                                      std::min<std::uint64_t>(piece.size(), common - at))));
    const auto other = received.subspan(static_cast<std::size_t>(at), got);
    const auto [wrong, _] = std::ranges::mismatch(std::span(piece).first(got), other);
    const auto same = static_cast<std::size_t>(wrong - std::span(piece).begin());
    at += same;
    if (same < got) break;
  }
  if (at == common && size == received.size()) return false;
  out.at = at;
  out.expected_size = size;
  out.received_size = received.size();
  out.start = at / row_size * row_size;
  if (out.start > 0) out.start -= row_size;
  out.expected.resize(row_size * excerpt_rows);
  out.expected.resize(out.start < size ? expected(out.start, out.expected) : 0);
  const auto from = static_cast<std::size_t>(std::min<std::uint64_t>(out.start, received.size()));
  const auto there =
      received.subspan(from, std::min(row_size * excerpt_rows, received.size() - from));
  out.received.assign(there.begin(), there.end());
  return true;
}

std::string difference::in_words() const {
  const auto index = static_cast<std::size_t>(at - start);
  if (index < expected.size() && index < received.size()) {
    return fmt::format("byte {} is {:02x}, not {:02x}", at,
                       std::to_integer<unsigned>(received[index]),
                       std::to_integer<unsigned>(expected[index]));
  }
  return fmt::format("{}, not {}", counted(received_size, "byte"), expected_size);
}

std::vector<std::string> difference::rows() const {
  std::vector<std::string> out;
  const auto longest = std::max(expected.size(), received.size());
  for (std::size_t at_row = 0; at_row < longest; at_row += row_size) {
    const auto wanted = row_at(expected, at_row);
    const auto got = row_at(received, at_row);
    const auto marks = marks_of(wanted, got);
    const auto place = start + at_row;
    if (marks.empty()) {
      out.push_back(fmt::format("          {:08x}  {}", place, row_of(wanted)));
      continue;
    }
    out.push_back(fmt::format("expected  {:08x}  {}", place, row_of(wanted)));
    out.push_back(fmt::format("received  {:08x}  {}", place, row_of(got)));
    out.push_back(fmt::format("                    {}", marks));
  }
  return out;
}

}  // namespace tools::script
