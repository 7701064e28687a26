#include "send/session_view.hpp"

#include "cli/status.hpp"
#include "script/language/words.hpp"

#include <chunk/escape.hpp>
#include <chunk/notation.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace tools::send {
namespace {

/// Characters of a reply that a terminal shows. Chosen: some twenty rows.
constexpr std::size_t most_shown = 2000;

}  // namespace

session_view::session_view(io::line_source& lines, session_record& record,
                           const chunk::protocol& rules, settings how)
    : trace(rules),
      lines_(lines),
      record_(record),
      rules_(rules),
      how_(how),
      colours_(how.colour ? format::colours : format::no_colours),
      waiting_(rules) {}

void session_view::flush() {
  if (text_.empty()) return;
  lines_.above([&] {
    out_.text() += std::exchange(text_, {});
    out_.flush();
  });
}

void session_view::print(const std::string& text) {
  text_ += text;
  flush();
}

void session_view::remark(const std::string& text, std::span<const std::string> rows) {
  flush();
  lines_.above([&] {
    cli::remark(text);
    if (!rows.empty()) cli::explain(rows);
  });
}

void session_view::append_line(std::string_view connection, std::string_view head, std::string text,
                               std::optional<chunk::net::duration> latency) {
  if (how_.for_people) text = script::shortened(std::move(text), most_shown);
  if (!connection.empty())
    append_in(text_, colours_, colours_.mark, fmt::format("{}< ", connection));
  append_in(text_, colours_, colours_.id, text.substr(0, head.size()));
  text_ += std::string_view(text).substr(std::min(head.size(), text.size()));
  if (how_.for_people && latency) {
    text_ += "  ";
    append_in(text_, colours_, colours_.mark, script::measured(*latency));
  }
  text_ += '\n';
}

void session_view::append(std::string_view connection, const chunk::placed_chunk& reply) {
  record_.received(connection, reply);
  std::optional<chunk::net::duration> took;
  if (connection.empty()) {
    took = waiting_->reply_ends(reply.id, format::latencies::time_point::clock::now());
  }
  append_line(connection, to_text(reply.id), to_text(reply, rules_), took);
}

void session_view::append_note(std::string_view text) {
  if (!how_.for_people) return;
  append_in(text_, colours_, colours_.mark, fmt::format("# {}", chunk::quoted(text)));
  text_ += '\n';
}

void session_view::add(const chunk::fragment& reply) {
  if (reply.begins && reply.ends) return append({}, reply.placed());
  if (!reply.ends) return;
  record_.received_long(reply.head.id);
  append_line({}, to_text(reply.head.id),
              fmt::format("{}  # {} bytes", to_text(reply.head.id), reply.head.length), {});
}

void session_view::meet_request(std::string_view connection, const chunk::id& id) {
  record_.meet(id);
  if (!connection.empty()) return;
  waiting_->request_begins(id);
  waiting_->request_ends(id, format::latencies::time_point::clock::now());
}

void session_view::sent(std::string_view connection, const chunk::image& bytes, bool is_chunk) {
  if (is_chunk) meet_request(connection, bytes.head().id);
}

void session_view::sent(std::string_view connection, const chunk::fragment& beginning) {
  if (beginning.kind == chunk::fragment_kind::chunk) meet_request(connection, beginning.head.id);
}

void session_view::received(std::string_view connection, const chunk::placed_chunk& reply) {
  append(connection, reply);
  flush();
}

void session_view::received(std::string_view connection, std::span<const std::byte> bytes) {
  append_line(connection, {}, "raw: " + chunk::escaped(bytes, chunk::escape_set("%")),
              std::nullopt);
  flush();
}

void session_view::event(std::string_view connection, std::string_view text) {
  append_note(connection.empty() ? std::string(text) : fmt::format("{}> {}", connection, text));
  flush();
}

}  // namespace tools::send
