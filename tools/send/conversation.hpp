// A conversation of chunk-send with its peer: sends, and takes the replies in at the same time.
#pragma once

#include "cli/progress.hpp"
#include "format/formatter.hpp"
#include "io/output.hpp"
#include "script/language/step.hpp"
#include "script/player/player.hpp"
#include "send/writer.hpp"

#include <chunk/framing.hpp>
#include <chunk/net/duration.hpp>
#include <chunk/net/tls.hpp>
#include <chunk/net/transport.hpp>
#include <chunk/protocol.hpp>
#include <chunk/session/chunk_reader.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace tools::send {

struct settings {
  chunk::protocol rules;     ///< of what is sent, and for replies shown as text
  form written = form::raw;  ///< of the stream that is passed on
  std::uint64_t max_chunk = chunk::no_limit;
  std::uint64_t most_replies = std::numeric_limits<std::uint64_t>::max();
  std::optional<chunk::net::duration> timeout;  ///< without progress, and for one step that waits
  script::opener open{};                        ///< opens the connection again after a close
  std::uint64_t seed = 0;                       ///< of random bytes
  double speed = 1;                             ///< of the times of `at`
  script::trace* trace = nullptr;
  chunk::net::tls_options tls{};                  ///< for the addresses in scripts
  cli::progress* progress = nullptr;              ///< of what is sent
  const format::output_format* format = nullptr;  ///< of replies that no step took
};

/// What steps print goes to standard output.
class output_printer final : public script::printer {
 public:
  explicit output_printer(io::output& out) : out_(out) {}
  void line(const std::string& text) override;
  void raw(std::span<const std::byte> bytes) override;

 private:
  io::output& out_;
};

/// One conversation, held once.
///
/// It has more members than most classes: its two halves, which run at the same time, share the
/// connection and the output.
class conversation {
 public:
  /// `steps` are those of a program that is not a test. Both have to outlive this.
  conversation(asio::io_context& context, std::unique_ptr<chunk::net::transport> link,
               const script::program& all, std::span<const script::step> steps, settings how);

  /// Performs the steps, or without any passes on the stream `from`; then ends its half and copies
  /// the replies that no step took to standard output, in their format, until the peer ends.
  ///
  /// Throws: failure; when the connection was lost, with the number of bytes sent
  asio::awaitable<void> hold(chunk::net::transport* from);

  /// Says whether the peer said itself that its replies end, as TLS asks for.
  bool ended_cleanly() const;

 private:
  asio::awaitable<bool> send_rest(chunk::net::transport* from);
  asio::awaitable<bool> copy_replies();
  asio::awaitable<bool> more_replies();
  bool takes_on();
  [[noreturn]] void give_up(std::exception_ptr problem);
  void take(const chunk::fragment& reply);
  std::uint64_t replies() const { return copied_ + player_.replies(); }
  chunk::net::transport& link() { return player_.main()->link(); }
  chunk::session::chunk_reader& in() { return player_.main()->in(); }
  bool enough() const { return replies() >= how_.most_replies; }

  const std::string name_;               // of the peer
  std::span<const script::step> steps_;  // those still to be performed
  settings how_;
  std::size_t reading_;  // of the steps, those up to the last that waits for the peer
  io::output out_;
  output_printer printer_;
  script::player player_;
  std::optional<writer> passing_;
  std::unique_ptr<format::formatter> formatter_;  // of replies that no step took
  format::details known_;
  bool inside_ = false;  // a reply whose end has not come
  std::uint64_t copied_ = 0;
  bool sending_ = true;
  std::chrono::steady_clock::time_point sent_at_{};  // when sending ended, or the peer took some
  std::optional<std::size_t> unacked_;               // bytes sent that the peer had not taken then
  std::exception_ptr unsent_;                        // why it ended early
};

}  // namespace tools::send
