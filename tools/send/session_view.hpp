// What a session shows: replies with the time that they took, and what happens to connections.
#pragma once

#include "format/latencies.hpp"
#include "format/palette.hpp"
#include "io/line_source.hpp"
#include "io/output.hpp"
#include "script/report/trace.hpp"
#include "send/session_record.hpp"

#include <chunk/framing.hpp>
#include <chunk/net/duration.hpp>
#include <chunk/protocol.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tools::send {

/// Shows replies in the notation, one per line and above the line that is being typed, and records
/// them. It also listens to the steps of a player, which tell it what they send and receive.
class session_view final : public script::trace {
 public:
  struct settings {
    bool for_people = false;  ///< with times, and with long replies shortened
    bool colour = false;
  };

  /// All of them outlive the view.
  session_view(io::line_source& lines, session_record& record, const chunk::protocol& rules,
               settings how);

  /// Adds a reply, or a fragment of a long one, to what flush() shows.
  void add(const chunk::fragment& reply);

  /// Shows what was added.
  void flush();

  /// Shows lines.
  void print(const std::string& text);

  /// Shows a message on standard error, with lines that explain it.
  void remark(const std::string& text, std::span<const std::string> rows = {});

  /// Requests that were sent on the unnamed connection get no reply any more.
  void forget_requests() { waiting_.emplace(rules_); }

  void sent(std::string_view connection, const chunk::image& bytes, bool is_chunk) override;
  void sent(std::string_view connection, const chunk::fragment& beginning) override;
  void received(std::string_view connection, const chunk::placed_chunk& reply) override;
  void received(std::string_view connection, std::span<const std::byte> bytes) override;
  void event(std::string_view connection, std::string_view text) override;

 private:
  void meet_request(std::string_view connection, const chunk::id& id);
  void append(std::string_view connection, const chunk::placed_chunk& reply);
  void append_line(std::string_view connection, std::string_view head, std::string text,
                   std::optional<chunk::net::duration> latency);

  /// A line that is no reply; for people only.
  void append_note(std::string_view text);

  io::line_source& lines_;
  session_record& record_;
  const chunk::protocol& rules_;
  settings how_;
  const format::palette& colours_;
  io::output out_;
  std::string text_;                          // to be shown by flush()
  std::optional<format::latencies> waiting_;  // requests without a reply
};

}  // namespace tools::send
