#include "format/titles.hpp"

#include "format/legible.hpp"
#include "format/offset.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace tools::format {
namespace {

/// The most columns that IDs are given. Chosen: the longest names of the installed protocols still
/// fit, since a short length leaves room to its left.
constexpr std::size_t most_id_columns = 16;

/// The most digits that lengths are given: those of 32 bits.
constexpr std::size_t most_length_digits = 10;

/// Chosen: latencies of up to 999 seconds stand below each other.
constexpr std::size_t latency_columns = 13;  // "999999.999 ms"

/// "09:30:00.123456  " and "   +0.000123  "
constexpr std::size_t time_columns = 17;

std::string make_coloured_label(const format_options& how, const palette& colours) {
  if (how.connection == 0) return {};
  std::string out = fmt::format("{} ", how.connection);
  switch (how.direction) {
    case direction::unknown: append_in(out, colours, colours.mark, "*"); break;
    case direction::requests: append_in(out, colours, colours.request, ">"); break;
    case direction::replies: append_in(out, colours, colours.reply, "<"); break;
  }
  return out + ' ';
}

std::size_t count_decimals(std::uint64_t number) {
  std::size_t count = 1;
  for (; number >= 10; number /= 10) ++count;
  return count;
}

/// The columns of an ID of that framing, without escapes.
std::size_t count_id_columns(const chunk::framing& how) {
  const auto* const ids = how.ids();
  if (!ids) return chunk::id{}.size();
  if (!ids->is_number) return std::min<std::size_t>(ids->size, most_id_columns);
  std::size_t longest = 0;
  for (const auto& [number, name] : ids->names) longest = std::max(longest, name.size());
  if (ids->names.empty()) longest = count_decimals(ids->greatest);
  return std::min(longest, most_id_columns);
}

/// The columns of ID and length, with the gap between them.
std::size_t count_header_columns(const chunk::framing& how) {
  const auto digits = count_decimals(how.greatest_length({}));
  return count_id_columns(how) + column_gap + std::min(digits, most_length_digits);
}

/// Microseconds, for a difference as well as for a time of the day.
std::int64_t in_microseconds(steady_clock::duration span) {
  return std::chrono::duration_cast<std::chrono::microseconds>(span).count();
}

}  // namespace

titles::titles(const format_options& how, std::string& out)
    : how_(how),
      colours_(how.colour ? format::colours : no_colours),
      out_(out),
      label_(make_coloured_label(how, colours_)),
      margin_(label_),
      margin_columns_(margin_columns(how)),
      header_columns_(count_header_columns(how.rules ? how.rules->framing : chunk::framing{})) {
  if (how.timestamps != timestamps::none) margin_.append(time_columns, ' ');
}

std::size_t titles::margin_columns(const format_options& how) {
  return make_coloured_label(how, no_colours).size() +
         (how.timestamps == timestamps::none ? 0 : time_columns);
}

void titles::append_time(const details& known) {
  constexpr std::int64_t second = 1'000'000;
  switch (how_.timestamps) {
    case timestamps::none: return;
    case timestamps::absolute: {
      const auto today = in_microseconds(known.at.time_since_epoch()) % (86400 * second);
      const auto seconds = today / second;
      fmt::format_to(std::back_inserter(out_), "{:02}:{:02}:{:02}.{:06}  ", seconds / 3600,
                     seconds / 60 % 60, seconds % 60, today % second);
      break;
    }
    case timestamps::delta: {
      const auto passed = in_microseconds(known.since_start - before_.value_or(known.since_start));
      const auto text = fmt::format("+{}.{:06}", passed / second, passed % second);
      fmt::format_to(std::back_inserter(out_), "{:>15}  ", text);
      break;
    }
  }
  before_ = known.since_start;
}

void titles::line(std::uint64_t offset, std::size_t indent, const chunk::header& head) {
  char digits[20];  // the most of 64 bits
  const auto [end, problem] = std::to_chars(digits, std::end(digits), head.length);
  line(offset, indent, head.id, {digits, end});
}

void titles::line(std::uint64_t offset, std::size_t indent, const chunk::id& id,
                  std::string_view length) {
  // Most chunks have the ID of the one before.
  if (id_text_.empty() || id != id_ || id.form != id_.form) {
    id_text_.clear();
    id_columns_ = append_legible(id_text_, to_text(id_ = id), how_.utf8);
  }
  const auto count = length.size();
  const auto used = indent + id_columns_ + count;
  const auto blanks =
      column_gap + indent + std::max(column_gap, header_columns_ - std::min(header_columns_, used));
  const auto codes = colours_.offset.size() + colours_.id.size() + 2 * colours_.end.size();
  // In one piece, since appending by the word takes as long as a row of bytes.
  const auto held = out_.size();
  const auto offset_columns = count_digits(offset);
  out_.resize(held + codes + offset_columns + blanks + id_text_.size() + count, ' ');
  char* to = out_.data() + held;
  const auto put = [&to](std::string_view text) { to = std::copy(text.begin(), text.end(), to); };
  put(colours_.offset);
  to = write_offset(to, offset, offset_columns);
  put(colours_.end);
  to += column_gap + indent;
  put(colours_.id);
  put(id_text_);
  put(colours_.end);
  std::copy(length.begin(), length.end(), out_.data() + out_.size() - count);
  column_ = margin_columns_ + offset_columns + blanks + id_columns_ + count;
}

void titles::chunk(std::uint64_t offset, const chunk::header& head, const details& known) {
  out_ += label_;
  time(known);
  line(offset, 0, head);
}

void titles::chunk(const chunk::fragment& given, const details& known) {
  if (given.level == 0) {
    out_ += label_;
    time(known);
  } else {
    out_ += margin_;
  }
  const auto indent = given.level * level_indent;
  if (given.open) {
    line(given.offset, indent, given.head.id, "open");
  } else {
    line(given.offset, indent, given.head);
  }
}

void titles::subchunk(const chunk::placed_chunk& inner, std::size_t level) {
  out_ += margin_;
  line(inner.offset, level * level_indent, chunk::header{inner.id, inner.payload.size()});
}

void titles::append_fields(const chunk::header& head, const chunk::framing& how) {
  std::size_t blanks = column_gap;
  for (const auto& each : how.fields(head)) {
    if (each.by_default) continue;
    append(fmt::format("{}={}", each.name, each.text()), colours_.mark, blanks);
    blanks = 1;
  }
}

void titles::bytes(std::uint64_t offset, std::size_t level) {
  out_ += margin_;
  out_ += colours_.offset;
  append_offset(out_, offset);
  out_ += colours_.end;
  out_.append(level * level_indent, ' ');
  column_ = margin_columns_ + count_digits(offset) + level * level_indent;
}

void titles::append(std::string_view text, std::string_view colour, std::size_t blanks) {
  out_.append(blanks, ' ').append(colour);
  column_ += blanks + append_legible(out_, text, how_.utf8);
  out_ += colours_.end;
}

void titles::connection(std::string_view word, std::string_view colour, std::string_view text,
                        const details& known) {
  out_ += label_;
  time(known);
  append_in(out_, colours_, colour, word);
  out_.append(1, ' ').append(text).append(1, '\n');
}

void titles::append_latency(steady_clock::duration passed) {
  const std::chrono::duration<double, std::milli> shown = passed;
  const auto text = fmt::format("{:.3f} ms", shown.count());
  const auto end = column_ + text.size();
  append(text, colours_.mark, std::max(column_gap, how_.columns - std::min(how_.columns, end)));
}

std::size_t titles::room(const details& known) const {
  const auto used = column_ + column_gap + (known.latency ? latency_columns + column_gap : 0);
  return how_.columns - std::min(how_.columns, used);
}

}  // namespace tools::format
