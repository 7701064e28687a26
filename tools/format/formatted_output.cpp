#include "format/formatted_output.hpp"

#include <algorithm>
#include <utility>

namespace tools::format {
namespace {

chunk::session::reader_options reader_of(const chunk::protocol& rules, chunk::stream_side side) {
  chunk::session::reader_options out;
  out.framing = rules.framing.of(side);
  out.rules = &rules;
  return out;
}

}  // namespace

std::optional<std::size_t> formatted_output::written::read_now(std::span<std::byte> room) {
  if (rest_.empty() && !ended_) return std::nullopt;
  const auto taken = rest_.first(std::min(rest_.size(), room.size()));
  std::copy(taken.begin(), taken.end(), room.begin());
  rest_ = rest_.subspan(taken.size());
  return taken.size();
}

formatted_output::formatted_output(const output_format& format, chunk::protocol rules,
                                   chunk::stream_side side)
    : transport("standard output", {}),
      rules_(std::move(rules)),
      written_(name()),
      chunks_(written_, reader_of(rules_, side)) {
  format_options how;
  how.format = &format;
  how.rules = &rules_;
  how.subject = name();
  formatter_ = make_formatter(how, out_);
}

void formatted_output::show_fragments() {
  for (chunk::fragment given; chunks_.next(given);) {
    details known;
    if (given.kind == chunk::fragment_kind::stray) known.stray = &chunks_.stray_reason();
    formatter_->add(given, known);
  }
}

/// Shows the chunks that are whole, and of long ones what has been written. After a fault nothing
/// is shown any more.
void formatted_output::show() {
  show_fragments();
  while (chunks_.try_fill().value_or(false)) show_fragments();
  show_fragments();
  out_.flush();
}

std::optional<std::size_t> formatted_output::write_now(std::span<const std::byte> bytes) {
  written_.give(bytes);
  show();
  return bytes.size();
}

void formatted_output::finish() {
  written_.give({});
  written_.end();
  show();
  const auto rest = chunks_.raw();
  const auto offset = chunks_.offset() - rest.size();
  if (const auto whole = chunks_.finish(); !whole) {
    auto why = whole.error();
    why.detail.erase(0, name().size() + 2);  // the stream is known where this is shown
    formatter_->fault(why, rest, offset);
  }
  formatter_->finish();
  out_.flush();
}

}  // namespace tools::format
