#include "format/hex/text_rows.hpp"

#include "format/offset.hpp"

#include <chunk/escape.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace tools::format {
namespace {

/// Chosen: on a terminal that is too narrow for these, longer lines are the lesser evil.
constexpr std::size_t least_columns = 16;

constexpr std::string_view line_feed = "%0a";

/// The columns of the text in a row, between its quotes.
std::size_t room_of(const text_row_options& how, std::uint64_t offset) {
  const auto others = count_digits(offset) + 2 + how.indent + 1;
  return std::max(least_columns, how.columns - std::min(how.columns, others));
}

}  // namespace

void text_rows::add(std::span<const std::byte> text, std::uint64_t offset,
                    const text_row_options& how) {
  offset_ = offset;
  before_.clear();
  squeezed_ = false;
  notation_.clear();
  chunk::append_escaped(notation_, text, text_escapes);
  bool line_ended = false;
  auto room = room_of(how, offset_);
  const auto next_row = [&] {
    end_row(how);
    room = room_of(how, offset_);
  };
  for (legible_text rest(notation_, how.utf8); !rest.done();) {
    if (line_ended || columns_ >= room) next_row();
    line_ended = false;
    const auto ascii = rest.take_plain(room - columns_);
    if (!ascii.empty()) {
      append({ascii, ascii.size(), ascii.size()});
      continue;
    }
    const auto piece = rest.next();
    if (columns_ + piece.columns > room) next_row();
    append(piece);
    line_ended = piece.text == line_feed;
  }
  end_row(how);
}

void text_rows::append(const legible_text::piece& piece) {
  row_ += piece.text;
  columns_ += piece.columns;
  bytes_ += piece.bytes;
}

void text_rows::end_row(const text_row_options& how) {
  if (bytes_ == 0) return;
  const bool repeats = how.squeeze && row_ == before_;
  if (!repeats) {
    write_row(how);
  } else if (!squeezed_) {
    out_.append(how.label).append("*\n");
  }
  squeezed_ = repeats;
  offset_ += std::exchange(bytes_, 0);
  columns_ = 0;
  before_.swap(row_);
  row_.clear();
}

void text_rows::write_row(const text_row_options& how) {
  const auto& in = *how.colours;
  const auto digits = count_digits(offset_);
  const auto gap = how.indent + 1;
  const std::array behind{
      in.text, std::string_view("\""), std::string_view(row_), std::string_view("\""),
      in.end,  std::string_view("\n")};
  auto size = how.label.size() + in.offset.size() + digits + in.end.size() + gap;
  for (const auto& each : behind) size += each.size();
  // In one piece, since appending by the word takes as long as the text.
  const auto held = out_.size();
  out_.resize(held + size, ' ');
  char* to = out_.data() + held;
  const auto put = [&to](std::string_view text) { to = std::copy(text.begin(), text.end(), to); };
  put(how.label);
  put(in.offset);
  to = write_offset(to, offset_, digits);
  put(in.end);
  to += gap;
  for (const auto& each : behind) put(each);
}

}  // namespace tools::format
