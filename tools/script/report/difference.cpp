#include "script/report/difference.hpp"

#include "script/language/words.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace tools::script {
namespace {

/// The size of the blocks that are compared. Chosen.
constexpr std::size_t compared_size = 64 * 1024;

/// Chosen: the row of the difference, one before it and one after.
constexpr std::size_t excerpt_rows = 3;

constexpr std::size_t columns_before_text = 2 + row_size * 3 + 1;

/// The column of the digits of a byte in a row.
std::size_t digits_column(std::size_t index) {
  return index * 3 + (index >= row_size / 2 ? 1 : 0);
}

/// A row of text, in which what follows stands at a column.
class columns {
 public:
  /// Fills up to a column.
  std::string& at(std::size_t column) {
    text_.append(column - used_, ' ');
    used_ = column;
    return text_;
  }

  void add(std::size_t column, std::string_view text) {
    at(column) += text;
    used_ += text.size();
  }

  /// The same in a colour, of which there may be none.
  void add(std::size_t column, std::string_view text, const format::palette& from,
           std::string_view colour, bool differs) {
    at(column) += colour;
    if (differs) text_ += from.differs;
    text_ += text;
    if (!colour.empty()) text_ += from.end;
    used_ += text.size();
  }

  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  std::size_t used_ = 0;
};

/// One of the two sides of a row.
std::string row_of(const byte_row& from, std::span<const std::byte> bytes,
                   const format::palette& colours, std::string_view colour) {
  columns out;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    out.add(digits_column(at), digits_of(bytes[at]), colours, colour, from.differs(at));
  }
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const auto shown = character_of(bytes[at]);
    out.add(columns_before_text + at, {&shown, 1}, colours, colour, from.differs(at));
  }
  auto text = out.take();
  if (!colours.in_use()) text.resize(text.find_last_not_of(' ') + 1);
  return text;
}

/// Marks below the bytes that differ.
std::string marks_of(const byte_row& from) {
  columns out;
  for (std::size_t at = 0; at < from.size(); ++at) {
    if (from.differs(at)) out.add(digits_column(at), "^^");
  }
  for (std::size_t at = 0; at < from.size(); ++at) {
    if (from.differs(at)) out.add(columns_before_text + at, "^");
  }
  return out.take();
}

std::span<const std::byte> row_at(const std::vector<std::byte>& bytes, std::size_t start) {
  const auto from = std::min(start, bytes.size());
  return std::span(bytes).subspan(from, std::min(row_size, bytes.size() - from));
}

}  // namespace

bool find_difference(std::uint64_t size, const byte_source& expected,
                     std::span<const std::byte> received, difference& out) {
  const auto common = std::min<std::uint64_t>(size, received.size());
  std::vector<std::byte> piece(
      static_cast<std::size_t>(std::min<std::uint64_t>(compared_size, common)));
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

bool byte_row::differs(std::size_t index) const {
  return index >= expected.size() || index >= received.size() || expected[index] != received[index];
}

bool byte_row::differs() const {
  return !std::ranges::equal(expected, received);
}

std::size_t byte_row::size() const {
  return std::max(expected.size(), received.size());
}

std::string digits_of(std::byte value) {
  return fmt::format("{:02x}", std::to_integer<unsigned>(value));
}

char character_of(std::byte value) {
  const auto code = std::to_integer<unsigned>(value);
  return code >= 0x20 && code <= 0x7e ? static_cast<char>(code) : '.';
}

std::vector<byte_row> difference::byte_rows() const {
  std::vector<byte_row> out;
  const auto longest = std::max(expected.size(), received.size());
  for (std::size_t first = 0; first < longest; first += row_size) {
    out.push_back({start + first, row_at(expected, first), row_at(received, first)});
  }
  return out;
}

std::vector<std::string> difference::rows(const format::palette& colours) const {
  std::vector<std::string> out;
  const auto add = [&](std::string_view name, const byte_row& from,
                       std::span<const std::byte> bytes, std::string_view colour) {
    auto& row = out.emplace_back();
    append_in(row, colours, colours.mark, fmt::format("{:<8}  {:08x}", name, from.place));
    row += "  ";
    row += row_of(from, bytes, colours, colour);
  };
  for (const auto& each : byte_rows()) {
    if (!each.differs()) {
      add("", each, each.expected, {});
      continue;
    }
    add("expected", each, each.expected, colours.expected);
    add("received", each, each.received, colours.received);
    out.push_back(fmt::format("{:20}{}", "", marks_of(each)));
  }
  return out;
}

}  // namespace tools::script
