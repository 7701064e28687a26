#include "support/bytes.hpp"
#include "support/descriptors.hpp"
#include "support/memory_transport.hpp"
#include "support/run.hpp"
#include "support/trace.hpp"

#include <chunk/framing.hpp>
#include <chunk/net/connect.hpp>
#include <chunk/net/listener.hpp>
#include <chunk/session/server.hpp>

#include <asio/io_context.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <doctest/doctest.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace chunk::literals;
using namespace std::literals;
using chunk::net::endpoint;
using chunk::session::close_reason;
using support::bytes;
using support::chars;
using support::far_side;
using support::trace;

namespace {

using strings = std::vector<std::string>;

/// The wire form of a chunk that declares `length` bytes and has `payload`.
std::string wire(chunk::id id, std::uint32_t length, std::string_view payload) {
  return chars(encode(chunk::header{id, length})) + std::string(payload);
}

std::string wire(chunk::id id, std::string_view payload = {}) {
  return wire(id, static_cast<std::uint32_t>(payload.size()), payload);
}

/// The texts joined in alphabetical order, since connections may end in any order.
std::string sorted(strings each) {
  std::sort(each.begin(), each.end());
  std::string out;
  for (const auto& text : each) out += (out.empty() ? "" : ", ") + text;
  return out;
}

std::string echo(std::string_view payload) {
  return wire("ECHO"_id, payload);
}

asio::awaitable<std::string> receive_from(chunk::net::transport& link, std::size_t size) {
  std::string out;
  std::vector<std::byte> room(4096);
  while (out.size() < size) {
    const auto wanted = std::span(room).first(std::min(room.size(), size - out.size()));
    const auto count = co_await link.read_some(wanted);
    if (count == 0) break;
    out += chars(wanted.first(count));
  }
  co_return out;
}

/// Answers ECHO at once, HOLD when it is told to, and other requests not at all; and notes what
/// happens.
class recorder final : public chunk::session::handler, public chunk::session::server_observer {
 public:
  explicit recorder(asio::io_context& context) : gate_(context) {
    gate_.expires_at(asio::steady_timer::time_point::max());
  }

  std::optional<asio::awaitable<void>> answer(const chunk::session::connection_info& from,
                                              const chunk::chunk_view& request,
                                              chunk::session::reply_buffer& out) override {
    requests.push_back(std::to_string(from.number) + ' ' + to_text(request.id));
    if (request.id == "HOLD"_id) return hold(out);
    if (request.id == "LATE"_id) return refuse_later();
    if (request.id == "FAIL"_id) throw std::runtime_error("out of order");
    if (request.id == "HALF"_id) out.append("HALF"_id);
    if (request.id == "DENY"_id) refuse(std::make_error_code(std::errc::permission_denied));
    if (request.id != "ECHO"_id) refuse(chunk::errc::violation);
    out.append(request.id, request.payload);
    return std::nullopt;
  }

  std::optional<asio::awaitable<void>> take_over(chunk::session::connection_info& about,
                                                 chunk::net::transport& link) override {
    if (!takes_over) return std::nullopt;
    return send_back(about, link);
  }

  void opened(const chunk::session::connection_info& about) override {
    opened_numbers.push_back(about.number);
  }

  void closed(const chunk::session::connection_info& about, close_reason why,
              const std::string& detail) override {
    const auto reason = detail.empty() ? "" : ": " + detail;
    endings.push_back(std::to_string(about.number) + ' ' + std::string(to_text(why)) + reason);
    last = about;
  }

  void accept_failed(const chunk::error& problem) override {
    accept_failures.push_back(to_text(problem));
  }

  /// Answers requests that are held, and further ones at once.
  void release() {
    released_ = true;
    gate_.cancel();
  }

  bool takes_over = false;  ///< sends back what comes, without regard to chunks
  strings requests;         ///< connection and ID
  std::vector<std::uint64_t> opened_numbers;
  strings endings;  ///< connection, word and detail
  strings accept_failures;
  std::optional<chunk::session::connection_info> last;  ///< that was closed
  std::size_t holding = 0;
  std::size_t cancelled = 0;

 private:
  [[noreturn]] static void refuse(std::error_code code) {
    throw chunk::failure(chunk::error{code, "not this"});
  }

  static asio::awaitable<void> send_back(chunk::session::connection_info& about,
                                         chunk::net::transport& link) {
    ++about.requests;
    const auto text = co_await receive_from(link, far_side::never);
    const auto all = bytes(text);
    co_await link.write_all(all);
    chunk::error reason{std::make_error_code(std::errc::timed_out), "enough"};
    throw chunk::session::close_error(close_reason::idle, std::move(reason));
  }

  asio::awaitable<void> refuse_later() {
    asio::steady_timer soon(gate_.get_executor(), 1ms);
    co_await soon.async_wait(asio::use_awaitable);
    refuse(chunk::errc::violation);
  }

  asio::awaitable<void> hold(chunk::session::reply_buffer& out) {
    if (!released_) {
      ++holding;
      std::error_code ignored;
      co_await gate_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
      --holding;
      if (!released_) ++cancelled;
    }
    if (released_) out.append("HOLD"_id);
  }

  asio::steady_timer gate_;
  bool released_ = false;
};

/// One client of a server, at the other end of a socket.
class client {
 public:
  client(asio::io_context& context, std::unique_ptr<chunk::net::transport> link)
      : context_(context), link_(std::move(link)) {}

  void send(std::string_view text) { support::run(context_, link_->write_all(bytes(text))); }

  /// Sends before the server runs again.
  void send_at_once(std::string_view text) {
    support::require(link_->try_write(bytes(text)) == text.size(), "a short text is taken at once");
  }

  /// Sends while the server runs.
  support::started<void> start_sending(std::string_view text) {
    return support::start(context_, link_->write_all(bytes(text)));
  }

  void half_close() { link_->shutdown_write(); }

  /// Receives `size` bytes, or fewer at the end.
  std::string receive(std::size_t size) {
    return support::run(context_, receive_from(*link_, size));
  }

  /// All chunks up to the end.
  std::string rest() { return trace(receive(far_side::never)); }

 private:
  asio::io_context& context_;
  std::unique_ptr<chunk::net::transport> link_;
};

/// A server; its clients must be gone before it.
struct rig {
  explicit rig(chunk::session::server_options options = {})
      : service(context), server(context, service, options, &service) {}

  ~rig() {
    service.release();
    server.drain();
    run();
  }
  rig(const rig&) = delete;
  rig& operator=(const rig&) = delete;

  client connect(chunk::net::peer who = {}) {
    auto [near, far] = support::make_socket_pair();
    server.serve(chunk::net::adopt_socket(context, far.release(), "client", std::move(who)), {});
    return {context, chunk::net::adopt_socket(context, near.release(), "server", {})};
  }

  client connect(const endpoint& where) {
    return {context, support::run(context, chunk::net::connect(context, where))};
  }

  void serve(far_side& far) {
    server.serve(std::make_unique<support::memory_transport>(context, far), {});
  }

  void start() {
    if (!running) running = support::start(context, server.run());
  }

  /// Runs until nothing is left to serve; gives the number of connections that were closed early.
  std::size_t run() {
    start();
    if (running->done) return *running->value;
    return support::finish(context, running);
  }

  void wait_for_endings(std::size_t count) {
    support::run_until(context, [&] { return service.endings.size() == count; });
  }

  void wait_for_held(std::size_t count) {
    support::run_until(context, [&] { return service.holding == count; });
  }

  asio::io_context context{1};
  recorder service;
  chunk::session::server server;
  support::started<std::size_t> running;
};

/// Serves one far side to its end; gives the close_reason.
std::string served(far_side& far, chunk::session::server_options options = {}) {
  rig on(options);
  on.serve(far);
  on.run();
  return on.service.endings.empty() ? "no ending" : on.service.endings[0];
}

}  // namespace

// Requests and replies

TEST_CASE("replies come in the order of the requests, however long one takes") {
  rig on;
  auto peer = on.connect();
  peer.send(echo("a") + wire("HOLD"_id) + echo("b"));
  peer.half_close();
  on.wait_for_held(1);
  support::run_ready(on.context);
  CHECK(sorted(on.service.requests) == "1 ECHO, 1 HOLD");
  on.service.release();
  CHECK(peer.rest() == "ECHO/1@0[a]HOLD/0@9[]ECHO/1@17[b].");
}

TEST_CASE("replies to earlier requests arrive while a later one takes long") {
  rig on;
  auto peer = on.connect();
  peer.send(echo("a") + wire("HOLD"_id));
  CHECK(peer.receive(9) == echo("a"));
  CHECK(on.service.holding == 1);
}

TEST_CASE("a slow request does not delay other connections") {
  rig on;
  auto slow = on.connect();
  auto quick = on.connect();
  slow.send(wire("HOLD"_id));
  on.wait_for_held(1);
  quick.send(echo("b"));
  CHECK(quick.receive(9) == echo("b"));
}

TEST_CASE("a client that sends without a pause does not delay other connections") {
  const auto request = echo(std::string(64 * 1024 - support::header_size, 'x'));  // fills one read
  const auto fault = wire("OOPS"_id);
  for (const auto& first : {request, fault}) {
    CAPTURE(first.size());
    rig on;
    far_side far{.pieces = strings(20, request)};
    far.pieces.insert(far.pieces.begin(), first);
    on.serve(far);
    auto other = on.connect();
    other.send_at_once(echo("a"));
    CHECK(other.receive(9) == echo("a"));
    CHECK(far.reads < 10);
    on.wait_for_endings(1);
    CHECK(far.reads == 22);
  }
}

TEST_CASE("all replies to the requests of one read are written at once") {
  far_side far{.pieces = {echo("a") + echo("b") + echo("c"), "", echo("d")}};
  CHECK(served(far) == "1 ended");
  CHECK(trace(far.taken) == "ECHO/1@0[a]ECHO/1@9[b]ECHO/1@18[c]ECHO/1@27[d].");
  CHECK(far.writes == 2);
}

TEST_CASE("replies are written in between when there are many bytes of them") {
  far_side far{.pieces = {echo("a") + echo("b") + echo("c") + echo("d") + echo("e")}};
  CHECK(served(far, {.max_unsent = 17}) == "1 ended");
  CHECK(trace(far.taken) == "ECHO/1@0[a]ECHO/1@9[b]ECHO/1@18[c]ECHO/1@27[d]ECHO/1@36[e].");
  CHECK(far.writes == 3);
}

TEST_CASE("replies are written whole to a client that takes them in small pieces") {
  far_side far{.pieces = {echo("hello") + echo("you")}, .takes = 2, .hesitates = true};
  CHECK(served(far) == "1 ended");
  CHECK(trace(far.taken) == "ECHO/5@0[hello]ECHO/3@13[you].");
  CHECK(far.writes == 12);
}

TEST_CASE("requests are answered the same wherever they are split") {
  const auto stream = echo("hello") + echo("") + echo("you");
  for (std::size_t size = 1; size <= stream.size(); ++size) {
    CAPTURE(size);
    far_side far{};
    for (const auto piece : support::cut_evenly(stream, size)) {
      far.pieces.emplace_back(piece);
      far.pieces.emplace_back();
    }
    CHECK(served(far) == "1 ended");
    CHECK(far.taken == stream);
  }
}

TEST_CASE("a request with the largest payload allowed is answered") {
  const auto request = echo(std::string(1000, 'x'));
  far_side far{.pieces = {request}};
  CHECK(served(far, {.max_payload = 1000}) == "1 ended");
  CHECK((far.taken == request));
}

// Faulty clients

TEST_CASE("a violation closes the connection, after the replies to earlier requests") {
  rig on;
  auto other = on.connect();
  auto peer = on.connect();
  peer.send(echo("a") + wire("OOPS"_id) + echo("b"));
  CHECK(peer.rest() == "ECHO/1@0[a].");
  peer.half_close();
  on.wait_for_endings(1);
  CHECK(on.service.endings[0] == "2 violation: not this");
  CHECK(sorted(on.service.requests) == "2 ECHO, 2 OOPS");
  other.send(echo("c"));
  CHECK(other.receive(9) == echo("c"));
}

TEST_CASE("a violation that is found late closes the connection as well") {
  far_side far{.pieces = {echo("a") + wire("LATE"_id) + echo("b")}};
  CHECK(served(far) == "1 violation: not this");
  CHECK(trace(far.taken) == "ECHO/1@0[a].");
  CHECK(far.closed);
}

TEST_CASE("a partial answer to a request that turns out to be faulty is not sent") {
  rig on;
  auto peer = on.connect();
  peer.send(echo("a") + wire("HALF"_id));
  CHECK(peer.rest() == "ECHO/1@0[a].");
}

TEST_CASE("a request that is not allowed for the client closes the connection") {
  far_side far{.pieces = {echo("a") + wire("DENY"_id) + echo("b")}};
  CHECK(served(far) == "1 denied: not this");
  CHECK(trace(far.taken) == "ECHO/1@0[a].");
}

TEST_CASE("a length above the limit closes the connection before the payload comes") {
  rig on({.max_payload = 10});
  auto peer = on.connect();
  peer.send(echo("a") + wire("ECHO"_id, 11, ""));
  CHECK(peer.rest() == "ECHO/1@0[a].");
  peer.half_close();
  on.wait_for_endings(1);
  CHECK(on.service.endings[0] ==
        "1 too-large: too large at byte 0x9: ECHO declares 11 bytes, 10 are allowed");
}

TEST_CASE("a client that continues to send after its fault still gets the replies and an end") {
  rig on;
  auto peer = on.connect();
  const auto stream = echo("a") + wire("OOPS"_id) + std::string(1 << 20, 'x');
  const auto sending = peer.start_sending(stream);
  CHECK(peer.rest() == "ECHO/1@0[a].");
  support::finish(on.context, sending);
  peer.half_close();
  on.wait_for_endings(1);
  CHECK(on.service.last->bytes_in == stream.size());
}

TEST_CASE("a client at fault that stays is closed after a while") {
  rig on;
  auto peer = on.connect();
  peer.send(wire("OOPS"_id));
  on.wait_for_endings(1);
  CHECK(on.service.endings[0] == "1 violation: not this");
}

TEST_CASE("a violation remains the reason if the client does not read replies any more") {
  far_side far{.pieces = {echo("a") + wire("OOPS"_id)}, .ends = false, .stalls_at = 3};
  CHECK(served(far, {.write_timeout = 5ms}) == "1 violation: not this");
}

TEST_CASE("closing inside a request is distinguished from closing between two") {
  far_side between{.pieces = {echo("a")}};
  CHECK(served(between) == "1 ended");
  far_side payload{.pieces = {echo("a") + wire("ECHO"_id, 5, "bc")}};
  CHECK(served(payload) ==
        "1 truncated: truncated at byte 0x9: ECHO declares 5 bytes, 2 are there");
  CHECK(trace(payload.taken) == "ECHO/1@0[a].");
  far_side header{.pieces = {echo("a") + "ECH"}};
  CHECK(served(header) ==
        "1 truncated: truncated at byte 0x9: ECH: a header has 8 bytes, 3 are "
        "there");
  CHECK(trace(header.taken) == "ECHO/1@0[a].");
}

TEST_CASE("a lost connection is reported with the error of the system") {
  far_side reading{.pieces = {echo("a"), echo("b")}, .read_fails_at = 9};
  CHECK(served(reading) == "1 reset: connection reset by peer");
  CHECK(reading.taken == echo("a"));
  far_side writing{.pieces = {echo("a")}, .write_fails_at = 4};
  CHECK(served(writing) == "1 lost: broken pipe");
}

TEST_CASE("a handler that fails closes its connection and no other") {
  rig on;
  auto other = on.connect();
  auto peer = on.connect();
  peer.send(wire("FAIL"_id));
  CHECK(peer.rest() == ".");
  on.wait_for_endings(1);
  CHECK(on.service.endings[0] == "2 failed: out of order");
  other.send(echo("c"));
  CHECK(other.receive(9) == echo("c"));
}

TEST_CASE("a service may take over a connection, and reports why it has ended") {
  rig on;
  on.service.takes_over = true;
  auto peer = on.connect();
  peer.send("no chunk");
  peer.half_close();
  CHECK(peer.receive(far_side::never) == "no chunk");
  on.wait_for_endings(1);
  CHECK(on.service.endings[0] == "1 idle: enough");
  CHECK(on.service.requests.empty());
  CHECK(on.service.last->requests == 1);
  CHECK(on.service.last->bytes_out == 8);
}

TEST_CASE("a connection that was taken over is closed when draining takes too long") {
  rig on({.drain_timeout = 0ms});
  on.service.takes_over = true;
  auto peer = on.connect();
  on.server.drain();
  CHECK(on.run() == 1);
  CHECK(on.service.endings[0] == "1 cut");
}

TEST_CASE("the replies before a handler's failure are not lost by a reset") {
  rig on;
  auto peer = on.connect();
  peer.send(echo("a") + wire("FAIL"_id) + echo("b"));
  on.wait_for_endings(1);
  CHECK(on.service.endings[0] == "1 failed: out of order");
  CHECK(peer.rest() == "ECHO/1@0[a].");
}

// Half-closed connections

TEST_CASE("every request that came before the client's half-close is answered") {
  rig on;
  auto peer = on.connect();
  peer.send(wire("HOLD"_id) + echo("a") + wire("HOLD"_id) + echo("b"));
  peer.half_close();
  on.wait_for_held(1);
  on.service.release();
  CHECK(peer.rest() == "HOLD/0@0[]ECHO/1@8[a]HOLD/0@17[]ECHO/1@25[b].");
  on.wait_for_endings(1);
  CHECK(on.service.endings[0] == "1 ended");
}

TEST_CASE("requests before a truncated one are answered after the half-close") {
  rig on;
  auto peer = on.connect();
  peer.send(echo("a") + echo("b").substr(0, 5));
  peer.half_close();
  CHECK(peer.rest() == "ECHO/1@0[a].");
  on.wait_for_endings(1);
  CHECK(on.service.endings[0] ==
        "1 truncated: truncated at byte 0x9: ECHO: a header has 8 bytes, 5 are there");
}

// Deadlines

TEST_CASE("a client that sends nothing is closed as idle") {
  rig on({.idle_timeout = 10ms});
  auto peer = on.connect();
  peer.send_at_once(echo("a"));
  CHECK(peer.rest() == "ECHO/1@0[a].");
  on.wait_for_endings(1);
  CHECK(on.service.endings[0] == "1 idle: nothing received for 10 ms");
}

TEST_CASE("a client that is closed as idle is given the time to take its replies") {
  far_side far{.pieces = {echo("a")}, .ends = false, .queued = 5};
  CHECK(served(far, {.idle_timeout = 5ms}) == "1 idle: nothing received for 5 ms");
  CHECK(far.queued == 0);
}

TEST_CASE("a request that arrives too slowly is closed, whatever the idle time is") {
  rig on({.idle_timeout = 1ms, .request_timeout = 20ms});
  auto peer = on.connect();
  peer.send_at_once(echo("a") + "ECHO\x05");
  CHECK(peer.rest() == "ECHO/1@0[a].");
  on.wait_for_endings(1);
  CHECK(on.service.endings[0] == "1 request-slow: not whole within 20 ms");
}

TEST_CASE("a client that waits for a slow request is not idle") {
  rig on({.idle_timeout = 1ms, .handler_timeout = 30ms});
  auto peer = on.connect();
  peer.send_at_once(wire("HOLD"_id));
  on.wait_for_endings(1);
  CHECK(on.service.endings[0] == "1 handler-timeout: not answered within 30 ms");
}

TEST_CASE("a request that takes too long is cancelled, and its connection is closed") {
  rig on({.handler_timeout = 5ms});
  auto peer = on.connect();
  peer.send(echo("a") + wire("HOLD"_id) + echo("b"));
  CHECK(peer.rest() == "ECHO/1@0[a].");
  on.wait_for_endings(1);
  CHECK(on.service.endings[0] == "1 handler-timeout: not answered within 5 ms");
  CHECK(on.service.cancelled == 1);
}

TEST_CASE("a client that does not read replies is closed as stalled") {
  far_side far{.pieces = {echo("hello")}, .ends = false, .stalls_at = 4};
  CHECK(served(far, {.write_timeout = 5ms}) == "1 write-stalled: no reply taken for 5 ms");
  CHECK(far.taken == echo("hello").substr(0, 4));
}

TEST_CASE("a client that reads slowly is not closed while it reads") {
  far_side far{.pieces = {echo("hello")}, .ends = false, .stalls_at = 4, .queued = 7};
  CHECK(served(far, {.write_timeout = 5ms}) == "1 write-stalled: no reply taken for 5 ms");
  CHECK(far.queued == 0);
  CHECK(far.write_waits == 4);
}

TEST_CASE("a client that only sends is closed as stalled, and does not use up memory") {
  rig on({.write_timeout = 20ms});
  auto peer = on.connect();
  std::string stream;
  while (stream.size() < 8 << 20) stream += echo(std::string(60'000, 'x'));
  const auto sending = peer.start_sending(stream);
  on.wait_for_endings(1);
  CHECK(on.service.endings[0] == "1 write-stalled: no reply taken for 20 ms");
  CHECK(on.service.last->bytes_in < stream.size());
  CHECK_THROWS_AS(support::finish(on.context, sending), chunk::failure);
}

// Connections

TEST_CASE("connections above the limit are closed at once, and the others stay") {
  rig on({.max_connections = 1});
  {
    auto first = on.connect();
    auto second = on.connect();
    CHECK(second.rest() == ".");
    CHECK(sorted(on.service.endings) == "2 over-capacity: 1 connections already");
    first.send(echo("a"));
    CHECK(first.receive(9) == echo("a"));
  }
  on.wait_for_endings(2);
  auto third = on.connect();
  third.send(echo("c"));
  CHECK(third.receive(9) == echo("c"));
  CHECK(on.service.opened_numbers == std::vector<std::uint64_t>{1, 3});
}

TEST_CASE("the details of a connection are reported at its end") {
  rig on;
  const support::temporary_directory folder;
  const endpoint where{endpoint::kind::unix, folder.file("a.sock"), 0, 0};
  on.server.listen(std::make_unique<chunk::net::listener>(on.context, where));
  const auto before = std::chrono::steady_clock::now();
  auto peer = on.connect(where);
  peer.send(echo("abc") + echo("d") + wire("HOLD"_id));
  peer.half_close();
  on.service.release();
  CHECK(peer.rest() == "ECHO/3@0[abc]ECHO/1@11[d]HOLD/0@20[].");
  on.wait_for_endings(1);
  const auto& about = *on.service.last;
  CHECK(about.number == 1);
  CHECK(about.local == where);
  REQUIRE(about.remote.owner);
  CHECK(about.remote.owner->pid == ::getpid());
  CHECK(about.since >= before);
  CHECK(about.requests == 3);
  CHECK(about.last_id == "HOLD"_id);
  CHECK(about.bytes_in == 28);
  CHECK(about.bytes_out == 28);
}

TEST_CASE("a server serves many clients of several listeners") {
  rig on;
  const support::temporary_directory folder;
  const endpoint local{endpoint::kind::unix, folder.file("a.sock"), 0, 0};
  auto port = std::make_unique<chunk::net::listener>(
      on.context, endpoint{endpoint::kind::tcp, "127.0.0.1", 0, 0});
  const auto remote = port->local();
  on.server.listen(std::make_unique<chunk::net::listener>(on.context, local));
  on.server.listen(std::move(port));
  std::vector<client> peers;
  for (int round = 0; round < 20; ++round) {
    peers.push_back(on.connect(local));
    peers.push_back(on.connect(remote));
  }
  for (std::size_t at = 0; at < peers.size(); ++at) peers[at].send(echo(std::to_string(at)));
  for (std::size_t at = 0; at < peers.size(); ++at) {
    CAPTURE(at);
    peers[at].half_close();
    CHECK(peers[at].rest() == trace(echo(std::to_string(at))));
  }
  on.wait_for_endings(peers.size());
}

TEST_CASE("a failure to accept is reported, and the connection accepted when that is possible") {
  rig on;
  const support::temporary_directory folder;
  const endpoint where{endpoint::kind::unix, folder.file("a.sock"), 0, 0};
  on.server.listen(std::make_unique<chunk::net::listener>(on.context, where));
  asio::io_context elsewhere{1};  // connects while the server does not run
  client peer(elsewhere, support::run(elsewhere, chunk::net::connect(elsewhere, where)));
  peer.send(echo("a"));
  peer.half_close();
  {
    const support::without_descriptors now;
    support::run_until(on.context, [&] { return !on.service.accept_failures.empty(); });
  }
  CHECK(sorted(on.service.accept_failures) == to_text(where) + ": too many open files");
  on.wait_for_endings(1);
  CHECK(peer.rest() == "ECHO/1@0[a].");
}

// Draining

TEST_CASE("a server with nothing to serve has run") {
  rig on;
  CHECK(on.run() == 0);
}

TEST_CASE("draining ends idle connections at once") {
  rig on;
  auto fresh = on.connect();
  auto used = on.connect();
  used.send(echo("a"));
  CHECK(used.receive(9) == echo("a"));
  on.server.drain();
  CHECK(fresh.rest() == ".");
  CHECK(used.rest() == ".");
  CHECK(on.run() == 0);
  CHECK(sorted(on.service.endings) == "1 drained, 2 drained");
}

TEST_CASE("a client that connects during draining gets its requests answered, and an end") {
  rig on;
  on.server.drain();
  auto peer = on.connect();
  peer.send_at_once(echo("a"));
  CHECK(peer.rest() == "ECHO/1@0[a].");
  CHECK(on.run() == 0);
}

TEST_CASE("while draining, a request in progress is answered") {
  rig on;
  auto peer = on.connect();
  peer.send(wire("HOLD"_id));
  on.wait_for_held(1);
  on.start();
  on.server.drain();
  support::run_ready(on.context);
  CHECK_FALSE(on.running->done);
  on.service.release();
  CHECK(peer.rest() == "HOLD/0@0[].");
  CHECK(on.run() == 0);
  CHECK(sorted(on.service.endings) == "1 drained");
}

TEST_CASE("while draining, the rest of a request is waited for") {
  rig on;
  auto peer = on.connect();
  peer.send(echo("hello").substr(0, 10));
  support::run_ready(on.context);
  on.start();
  on.server.drain();
  support::run_ready(on.context);
  CHECK_FALSE(on.running->done);
  peer.send(echo("hello").substr(10));
  CHECK(peer.rest() == "ECHO/5@0[hello].");
  CHECK(on.run() == 0);
  CHECK(sorted(on.service.endings) == "1 drained");
}

TEST_CASE("while draining, requests that were sent before are answered") {
  rig on;
  auto peer = on.connect();
  support::run_ready(on.context);
  auto late = on.connect();
  peer.send_at_once(echo("a"));
  late.send_at_once(echo("b"));
  on.server.drain();
  CHECK(peer.rest() == "ECHO/1@0[a].");
  CHECK(late.rest() == "ECHO/1@0[b].");
  CHECK(on.run() == 0);
  CHECK(sorted(on.service.endings) == "1 drained, 2 drained");
}

TEST_CASE("while draining, a client that has ended its side is not waited for") {
  rig on;
  on.server.drain();
  far_side far{.pieces = {echo("a"), ""}, .queued = 5};
  on.serve(far);
  CHECK(on.run() == 0);
  CHECK(sorted(on.service.endings) == "1 drained");
  CHECK(far.reads == 2);
}

TEST_CASE("draining that takes too long closes the remaining connections and counts them") {
  rig on({.drain_timeout = 200ms});
  auto idle = on.connect();
  auto held = on.connect();
  auto begun = on.connect();
  held.send(echo("a") + wire("HOLD"_id));
  begun.send("ECHO");
  on.wait_for_held(1);
  support::run_ready(on.context);
  on.server.drain();
  CHECK(on.run() == 2);
  CHECK(sorted(on.service.endings) == "1 drained, 2 cut, 3 cut");
  CHECK(on.service.cancelled == 1);
  CHECK(held.rest() == "ECHO/1@0[a].");
  CHECK(begun.rest() == ".");
}

TEST_CASE("draining that takes too long closes a client that does not read its reply") {
  rig on({.drain_timeout = 10ms});
  far_side far{.pieces = {echo("hello")}, .ends = false, .stalls_at = 4};
  on.serve(far);
  support::run_ready(on.context);
  on.server.drain();
  CHECK(on.run() == 1);
  CHECK(sorted(on.service.endings) == "1 cut");
  CHECK(far.closed);
}

TEST_CASE("a draining server does not listen any more") {
  rig on;
  const support::temporary_directory folder;
  const endpoint where{endpoint::kind::unix, folder.file("a.sock"), 0, 0};
  on.server.listen(std::make_unique<chunk::net::listener>(on.context, where));
  on.start();
  support::run_ready(on.context);
  CHECK_FALSE(on.running->done);
  on.server.drain();
  on.server.drain();
  CHECK_FALSE(std::filesystem::exists(where.name));
  CHECK(on.run() == 0);
  CHECK_THROWS_AS(on.connect(where), chunk::failure);
}

TEST_CASE("the connections of one client are limited, and one may be replaced when it ends") {
  rig on({.max_per_peer = 1});
  const chunk::net::peer who{{}, chunk::net::credentials{1, 5, 5}};
  {
    auto first = on.connect(who);
    auto second = on.connect(who);
    CHECK(second.rest() == ".");
    CHECK(sorted(on.service.endings) == "2 over-capacity: 1 connections of this client already");
  }
  on.wait_for_endings(2);
  auto third = on.connect(who);
  third.send(echo("a"));
  CHECK(third.receive(9) == echo("a"));
}

TEST_CASE("a client that the rules do not admit is refused") {
  chunk::session::server_options options;
  options.access = {{false, chunk::net::access_rule::subject::user, 5, {}, {}}};
  rig on(options);
  CHECK(on.connect({{}, chunk::net::credentials{1, 5, 5}}).rest() == ".");
  CHECK(sorted(on.service.endings) == "1 denied: the rules do not admit this client");
}

TEST_CASE("the memory of buffers is bounded by the limits") {
  CHECK(chunk::session::most_memory(
            {.max_payload = 65528, .max_connections = 1, .max_unsent = 65536}) == 3 * 65536);
  CHECK(chunk::session::most_memory(
            {.max_payload = 65529, .max_connections = 2, .max_unsent = 65536}) ==
        2 * (2 + 4) * 65536);
  for (const auto longest : {(std::uint64_t{1} << 63) + 1, chunk::no_limit}) {
    CHECK(chunk::session::most_memory({.max_payload = longest}) == chunk::no_limit);
  }
}

TEST_CASE("a last request without its padding is answered, and one without a length is not") {
  const auto rules = chunk::value_or_throw(chunk::parse_protocol(
      "header = 'id:4 length:u8'\nalign = 2\n[ECHO]\n[OPEN]\nopen = [255]\n", "test"));
  chunk::session::server_options options;
  options.framing = rules.framing;
  const auto served = [&](const std::string& requests) {
    rig on(options);
    auto peer = on.connect();
    peer.send(requests);
    peer.half_close();
    auto out = peer.receive(far_side::never);
    on.wait_for_endings(1);
    return out + '|' + sorted(on.service.endings);
  };
  CHECK((served("ECHO\2hi\0"s + "ECHO\2ho"s) == "ECHO\2hi\0ECHO\2ho\0|1 ended"s));
  CHECK((served("ECHO\2hi\0"s + "OPEN\xff"s + "abc") ==
         "ECHO\2hi\0|1 violation: OPEN at byte 0x8 has no length"s));
}

// Names and replies

TEST_CASE("every close_reason has a different word") {
  strings words;
  for (int why = 0; why <= static_cast<int>(close_reason::local_failed); ++why) {
    words.emplace_back(to_text(static_cast<close_reason>(why)));
  }
  CHECK(words == strings{"ended", "drained", "cut", "reset", "idle", "request-slow",
                         "handshake-slow", "handshake-failed", "violation", "denied", "too-large",
                         "truncated", "lost", "write-stalled", "handler-timeout", "over-capacity",
                         "failed", "local-failed"});
}

TEST_CASE("replies are collected as chunks and forgotten together") {
  chunk::session::buffer_pool pool;
  chunk::session::reply_buffer out(pool);
  CHECK(out.bytes().empty());
  const std::string payload(1000, 'x');
  std::string expected;
  for (int count = 0; count < 100; ++count) {
    out.append("NOOP"_id);
    out.append("ECHO"_id, bytes(payload));
    expected += wire("NOOP"_id) + echo(payload);
  }
  CHECK((chars(out.bytes()) == expected));
  out.clear();
  CHECK(out.bytes().empty());
  out.append("ANSR"_id, bytes("1"));
  CHECK(chars(out.bytes()) == wire("ANSR"_id, "1"));
}
