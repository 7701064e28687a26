#include "script/report/trace.hpp"

#include "io/status_line.hpp"
#include "io/write.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <vector>

namespace tools::script {
namespace {

/// Chosen: bytes of a chunk that are shown in one line.
constexpr std::size_t most_shown = 128;

constexpr char sent_mark = '>';
constexpr char received_mark = '<';
constexpr char event_mark = '=';

std::string with_length(std::string text, std::size_t shown, std::uint64_t all) {
  return shown == all ? text : fmt::format("{}... ({} bytes)", text, all);
}

/// The fields of a header that have no default value.
chunk::chunk_modifiers fields_of(const chunk::header& head, const chunk::framing& how) {
  chunk::chunk_modifiers out;
  for (const auto& each : how.fields(head)) {
    if (!each.by_default) out.fields.push_back(each);
  }
  return out;
}

std::string show_framed(const chunk::placed_chunk& from, const chunk::protocol& rules) {
  if (from.payload.size() <= most_shown) return to_text(from, rules);
  std::string out;
  chunk::text_writer writer(out, uses_braces(rules));
  writer.begin(from.id, fields_of({from.id, from.payload.size(), from.front}, rules.framing));
  writer.contents(from.payload.first(most_shown));
  writer.end();
  return with_length(std::move(out), most_shown, from.payload.size());
}

}  // namespace

std::string show_shortened(const chunk::placed_chunk& from, const chunk::protocol& rules) {
  if (rules.framing.definition) return show_framed(from, rules);
  const auto inner = chunk::split(from.payload);
  const bool short_enough = from.payload.size() <= most_shown;
  const bool container = inner && !inner->empty() && short_enough &&
                         std::ranges::all_of(*inner, [](const chunk::placed_chunk& each) {
                           return chunk::is_printable(each.id);
                         });
  if (container) return to_text(from.id, *inner);
  const auto shown = from.payload.first(std::min(from.payload.size(), most_shown));
  return with_length(to_text(chunk::chunk_view{from.id, shown}), shown.size(), from.payload.size());
}

std::string show_shortened(std::span<const std::byte> bytes) {
  const auto shown = bytes.first(std::min(bytes.size(), most_shown));
  constexpr chunk::escape_set escapes{"%"};
  return with_length(chunk::escaped(shown, escapes), shown.size(), bytes.size());
}

trace::~trace() = default;

void trace::write(std::string_view connection, char direction, std::string_view text) {
  const std::chrono::duration<double> since = std::chrono::steady_clock::now() - begin_;
  const auto colour = direction == sent_mark       ? colours_.request
                      : direction == received_mark ? colours_.reply
                                                   : colours_.mark;
  std::string line;
  append_in(line, colours_, colours_.offset, fmt::format("{:11.6f}", since.count()));
  line += ' ';
  append_in(line, colours_, colour, fmt::format("{}{}", connection, direction));
  line += ' ';
  if (direction == event_mark) {
    append_in(line, colours_, colour, text);
  } else {
    line += text;
  }
  io::erase_status_line();
  io::write_error(line + '\n');
}

void trace::sent(std::string_view connection, const chunk::image& bytes, bool is_chunk) {
  std::vector<std::byte> held(static_cast<std::size_t>(
      std::min<std::uint64_t>(bytes.size(), bytes.header_size() + most_shown + 1)));
  bytes.read(0, held);
  const auto shown = std::min(held.size(), most_shown);
  if (!is_chunk || held.size() < bytes.header_size()) {
    return write(
        connection, sent_mark,
        std::string(chunk::raw_prefix) +
            with_length(show_shortened(std::span(held).first(shown)), shown, bytes.size()));
  }
  auto head = bytes.head();
  head.front = bytes.front();
  const auto behind = bytes.header_size() + bytes.tail_size();
  const auto size = bytes.size() > behind ? bytes.size() - behind : 0;
  auto payload = std::span<const std::byte>(held).subspan(bytes.header_size());
  if (payload.size() > size) payload = payload.first(static_cast<std::size_t>(size));
  sent(connection, head, payload, size);
}

void trace::sent(std::string_view connection, const chunk::fragment& beginning) {
  if (beginning.kind != chunk::fragment_kind::chunk) {
    return write(connection, sent_mark,
                 std::string(chunk::raw_prefix) + show_shortened(beginning.payload));
  }
  sent(connection, beginning.head, beginning.payload, beginning.payload.size());
}

void trace::sent(std::string_view connection, const chunk::header& head,
                 std::span<const std::byte> payload, std::uint64_t size) {
  if (head.length == size && payload.size() == size) {
    const chunk::chunk_view whole{head.id, payload};
    if (!rules_.framing.definition)
      return write(connection, sent_mark, show_shortened({whole}, rules_));
  }
  std::string text;
  chunk::text_writer writer(text, uses_braces(rules_));
  auto modifiers = fields_of(head, rules_.framing);
  if (head.length != size) modifiers.length = head.length;
  writer.begin(head.id, modifiers);
  writer.contents(payload.first(std::min(payload.size(), most_shown)));
  writer.end();
  write(connection, sent_mark, with_length(text, std::min(payload.size(), most_shown), size));
}

void trace::received(std::string_view connection, const chunk::placed_chunk& reply) {
  write(connection, received_mark, show_shortened(reply, rules_));
}

void trace::received(std::string_view connection, std::span<const std::byte> bytes) {
  write(connection, received_mark, "raw: " + show_shortened(bytes));
}

void trace::event(std::string_view connection, std::string_view text) {
  write(connection, event_mark, text);
}

}  // namespace tools::script
