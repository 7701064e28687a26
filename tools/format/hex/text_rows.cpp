#include "format/hex/text_rows.hpp"

#include "format/legible.hpp"
#include "format/offset.hpp"

#include <chunk/escape.hpp>

#include <algorithm>
#include <utility>

namespace tools::format {
namespace {

/// Chosen: on a terminal that is too narrow for these, longer lines are the lesser evil.
constexpr std::size_t least_columns = 16;

constexpr std::string_view line_feed = "%0a";

class text_rows {
 public:
  text_rows(std::string& out, std::uint64_t offset, const text_row_options& how)
      : out_(out), how_(how), offset_(offset) {}

  void add(std::span<const std::byte> bytes) {
    const auto notation = chunk::escaped(bytes, text_escapes);
    bool line_ended = false;
    for (legible_text text(notation, how_.utf8); !text.done();) {
      if (line_ended || columns_ >= room()) end_row();
      line_ended = false;
      const auto ascii = text.take_plain(room() - columns_);
      if (!ascii.empty()) {
        append({ascii, ascii.size(), ascii.size()});
        continue;
      }
      const auto piece = text.next();
      if (columns_ + piece.columns > room()) end_row();
      append(piece);
      line_ended = piece.text == line_feed;
    }
    end_row();
  }

 private:
  void append(const legible_text::piece& piece) {
    row_ += piece.text;
    columns_ += piece.columns;
    bytes_ += piece.bytes;
  }

  /// The columns of the text in a row, between its quotes.
  std::size_t room() const {
    const auto others = count_digits(offset_) + 2 + how_.indent + 1;
    return std::max(least_columns, how_.columns - std::min(how_.columns, others));
  }

  void end_row() {
    if (bytes_ == 0) return;
    const bool repeats = how_.squeeze && row_ == before_;
    if (!repeats) {
      write_row();
    } else if (!squeezed_) {
      out_.append(how_.label).append("*\n");
    }
    squeezed_ = repeats;
    offset_ += std::exchange(bytes_, 0);
    columns_ = 0;
    before_.swap(row_);
    row_.clear();
  }

  void write_row() {
    const auto& colours = *how_.colours;
    out_ += how_.label;
    out_ += colours.offset;
    append_offset(out_, offset_);
    out_ += colours.end;
    out_.append(2 + how_.indent - 1, ' ');
    out_.append(colours.text).append(1, '"').append(row_).append(1, '"').append(colours.end);
    out_ += '\n';
  }

  std::string& out_;
  const text_row_options& how_;
  std::uint64_t offset_;  // of the row
  std::string row_;
  std::size_t columns_ = 0;
  std::size_t bytes_ = 0;
  std::string before_;     // the row before
  bool squeezed_ = false;  // a * stands for it
};

}  // namespace

void append_text_rows(std::string& out, std::span<const std::byte> text, std::uint64_t offset,
                      const text_row_options& how) {
  text_rows(out, offset, how).add(text);
}

}  // namespace tools::format
