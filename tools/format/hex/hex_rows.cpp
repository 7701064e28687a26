#include "format/hex/hex_rows.hpp"

#include "format/offset.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tools::format {
namespace {

/// Rows that are written together. Chosen: what they take stays in the nearest cache.
constexpr std::size_t most_rows = 64;

/// Fewer rows are written one by one. Chosen: most chunks are short, and those of containers are
/// indented in turns, each of which would need other blank rows.
constexpr std::size_t many_rows = 16;

std::string_view colour_of(std::byte value, const palette& from) {
  const auto number = std::to_integer<unsigned>(value);
  if (number == 0) return from.zero;
  if (number == ' ' || (number >= '\t' && number <= '\r')) return from.blank;
  if (number < 0x20 || number == 0x7f) return from.control;
  return number > 0x7f ? from.high : from.printable;
}

}  // namespace

hex_rows::hex_rows(std::string& out, row_options how)
    : out_(out), how_(how), write_(fastest_row_kernel()) {
  held_.reserve(how.bytes);
  before_.reserve(how.bytes);
  make_blank_row();
}

std::size_t hex_rows::columns(std::size_t bytes, std::size_t indent) {
  return least_offset_digits + 2 + indent + hex_columns(bytes) + 1 + bytes;
}

void hex_rows::make_blank_row() {
  digits_ = count_digits(offset_);
  blank_ = label_;
  blank_.append(digits_ + 2 + indent_ + hex_columns(how_.bytes) + 1 + how_.bytes, ' ');
  blank_ += '\n';
  blanks_.clear();
}

void hex_rows::start(std::uint64_t offset, std::size_t indent, std::string_view label) {
  offset_ = offset;
  held_.clear();
  before_.clear();
  squeezed_ = false;
  if (indent == indent_ && label == label_) return;
  indent_ = indent;
  label_ = label;
  make_blank_row();
}

void hex_rows::plain_row(std::span<const std::byte> bytes) {
  const auto digits = count_digits(offset_);
  if (digits != digits_) make_blank_row();
  const auto held = out_.size();
  out_.append(blank_);
  char* const offset = out_.data() + held + label_.size();
  char* const hex = offset + digits + 2 + indent_;
  char* const text = hex + hex_columns(how_.bytes) + 1;
  write_offset(offset, offset_, digits);
  write_(bytes.data(), bytes.size(), hex, text);
  if (bytes.size() == how_.bytes) return;
  text[bytes.size()] = '\n';
  out_.resize(static_cast<std::size_t>(text + bytes.size() + 1 - out_.data()));
}

/// Like plain_row(); a colour code only where the colour changes.
void hex_rows::coloured_row(std::span<const std::byte> bytes) {
  const auto& from = *how_.colours;
  out_ += label_;
  out_ += from.offset;
  append_offset(out_, offset_);
  out_ += from.end;
  out_.append(2 + indent_, ' ');
  std::string_view present;
  const auto change_to = [&](std::string_view colour) {
    if (present == colour) return;
    out_.append(from.end).append(colour);
    present = colour;
  };
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (at > 0 && at % row_group == 0) out_ += ' ';
    change_to(colour_of(bytes[at], from));
    const auto& pair = digit_pairs[std::to_integer<std::size_t>(bytes[at])];
    out_.append(pair.data(), pair.size()).append(1, ' ');
  }
  out_.append(hex_columns(how_.bytes) - hex_columns(bytes.size()) + 1, ' ');
  for (const auto value : bytes) {
    change_to(colour_of(value, from));
    const auto c = static_cast<char>(value);
    out_ += c >= ' ' && c <= '~' ? c : '.';
  }
  out_.append(from.end).append(1, '\n');
}

void hex_rows::row(std::span<const std::byte> bytes) {
  if (how_.colours->in_use()) {
    coloured_row(bytes);
  } else {
    plain_row(bytes);
  }
  offset_ += bytes.size();
}

/// Says whether a row of full width is shown as a *. `before` is the previous row; nullptr: none.
bool hex_rows::repeats(const std::byte* now, const std::byte* before) const {
  // Most rows differ in their first byte.
  return how_.squeeze && before && *before == *now && std::memcmp(before, now, how_.bytes) == 0;
}

/// Counts the rows of full width at the front, up to most_rows, that do not repeat the one before.
std::size_t hex_rows::count_new_rows(std::span<const std::byte> bytes,
                                     const std::byte* before) const {
  const auto whole = std::min(bytes.size() / how_.bytes, most_rows);
  const auto* now = bytes.data();
  std::size_t count = 0;
  for (; count < whole && !repeats(now, before); ++count) {
    before = now;
    now += how_.bytes;
  }
  return count;
}

/// Adds rows of full width that do not repeat one another.
void hex_rows::new_rows(const std::byte* from, std::size_t count) {
  const auto digits = count_digits(offset_);
  const bool alike = digits == digits_ && count_digits(offset_ + count * how_.bytes) == digits;
  if (count < many_rows || !alike || how_.colours->in_use()) {
    for (; count > 0; --count, from += how_.bytes) row({from, how_.bytes});
    return;
  }
  if (blanks_.empty()) {
    for (std::size_t made = 0; made < most_rows; ++made) blanks_ += blank_;
  }
  const auto hex = digits + 2 + indent_;
  const auto text = hex + hex_columns(how_.bytes) + 1;
  const auto held = out_.size();
  out_.append(blanks_, 0, count * blank_.size());
  char* to = out_.data() + held + label_.size();
  for (; count > 0; --count, from += how_.bytes, to += blank_.size()) {
    write_offset(to, offset_, digits);
    write_(from, how_.bytes, to + hex, to + text);
    offset_ += how_.bytes;
  }
}

/// Adds rows of full width, and a * in the place of those that repeat the one before.
void hex_rows::whole_rows(std::span<const std::byte> bytes, const std::byte* before) {
  while (!bytes.empty()) {
    auto count = count_new_rows(bytes, before);
    if (count > 0) {
      new_rows(bytes.data(), count);
      squeezed_ = false;
    } else {
      if (!std::exchange(squeezed_, true)) out_.append(label_).append("*\n");
      offset_ += how_.bytes;
      count = 1;
    }
    before = bytes.data() + (count - 1) * how_.bytes;
    bytes = bytes.subspan(count * how_.bytes);
  }
}

void hex_rows::add(std::span<const std::byte> bytes) {
  if (!held_.empty()) {
    const auto taken = std::min(how_.bytes - held_.size(), bytes.size());
    held_.insert(held_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(taken));
    bytes = bytes.subspan(taken);
    if (held_.size() < how_.bytes) return;
    whole_rows(held_, before_.empty() ? nullptr : before_.data());
    before_.swap(held_);
    held_.clear();
  }
  const auto rest = bytes.size() % how_.bytes;
  const auto whole = bytes.first(bytes.size() - rest);
  whole_rows(whole, before_.empty() ? nullptr : before_.data());
  if (!whole.empty())
    before_.assign(whole.end() - static_cast<std::ptrdiff_t>(how_.bytes), whole.end());
  bytes = bytes.last(rest);
  held_.assign(bytes.begin(), bytes.end());
}

void hex_rows::finish() {
  if (!held_.empty()) row(held_);
  held_.clear();
}

}  // namespace tools::format
