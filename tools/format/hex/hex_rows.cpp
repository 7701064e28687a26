#include "format/hex/hex_rows.hpp"

#include "format/offset.hpp"

#include <algorithm>
#include <cstring>

namespace tools::format {
namespace {

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

/// Adds a row of full width, or a * in its place. `before` is the previous row; nullptr: none.
void hex_rows::whole_row(const std::byte* now, const std::byte* before) {
  // Most rows differ in their first byte.
  const bool repeats =
      how_.squeeze && before && *before == *now && std::memcmp(before, now, how_.bytes) == 0;
  if (!repeats) {
    row({now, how_.bytes});
  } else {
    if (!squeezed_) out_.append(label_).append("*\n");
    offset_ += how_.bytes;
  }
  squeezed_ = repeats;
}

void hex_rows::add(std::span<const std::byte> bytes) {
  if (!held_.empty()) {
    const auto taken = std::min(how_.bytes - held_.size(), bytes.size());
    held_.insert(held_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(taken));
    bytes = bytes.subspan(taken);
    if (held_.size() < how_.bytes) return;
    whole_row(held_.data(), before_.empty() ? nullptr : before_.data());
    before_.swap(held_);
    held_.clear();
  }
  const std::byte* before = before_.empty() ? nullptr : before_.data();
  const auto* const start = bytes.data();
  for (; bytes.size() >= how_.bytes; bytes = bytes.subspan(how_.bytes)) {
    whole_row(bytes.data(), before);
    before = bytes.data();
  }
  if (bytes.data() != start) before_.assign(before, before + how_.bytes);
  held_.assign(bytes.begin(), bytes.end());
}

void hex_rows::finish() {
  if (!held_.empty()) row(held_);
  held_.clear();
}

}  // namespace tools::format
