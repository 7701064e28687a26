// The preparation of connections between the listening socket and their user.
#include "support/bytes.hpp"
#include "support/descriptors.hpp"
#include "support/run.hpp"

#include <chunk/net/acceptor.hpp>
#include <chunk/net/listener.hpp>

#include <asio/io_context.hpp>
#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace std::literals;
using chunk::net::accepted_connection;
using chunk::net::endpoint;
using chunk::net::refusal;
using support::descriptor;

namespace {

/// To check what an object is, UndefinedBehaviorSanitizer opens a pipe.
#if defined(__has_feature)
constexpr bool sanitizer_needs_descriptors = __has_feature(undefined_behavior_sanitizer);
#else
constexpr bool sanitizer_needs_descriptors = false;
#endif

/// A PROXY header of version 2: 192.0.2.7, port 4712.
constexpr auto from_192_0_2_7 =
    "\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x07\x7f\x00\x00\x01\x12\x68\x00\x01"sv;

std::string word(refusal why) {
  switch (why) {
    case refusal::over_capacity: return "over-capacity";
    case refusal::denied: return "denied";
    case refusal::handshake_slow: return "handshake-slow";
    case refusal::handshake_failed: return "handshake-failed";
    case refusal::failed: return "failed";
    case refusal::drained: return "drained";
    case refusal::closed: return "closed";
  }
  return "unknown";
}

endpoint address(const std::string& text) {
  return chunk::value_or_throw(chunk::net::parse_endpoint(text));
}

chunk::net::network network(const char* text) {
  return chunk::value_or_throw(chunk::net::parse_network(text));
}

/// Connects without the event loop, so that nothing is accepted meanwhile.
descriptor connect(const endpoint& where) {
  if (where.type == endpoint::kind::unix) {
    descriptor out(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    where.name.copy(to.sun_path, sizeof to.sun_path - 1);
    support::checked(::connect(out.get(), reinterpret_cast<sockaddr*>(&to), sizeof to), "connect");
    return out;
  }
  descriptor out(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(where.port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  support::checked(::connect(out.get(), reinterpret_cast<sockaddr*>(&to), sizeof to), "connect");
  return out;
}

/// Notes what an acceptor tells, in one line, and keeps what it hands over.
struct rig : chunk::net::accept_observer {
  explicit rig(chunk::net::accept_options options = {}) {
    accepting.emplace(
        context,
        [this](accepted_connection one) {
          note(one, "ready");
          ready.push_back(std::move(one));
        },
        *this, std::move(options));
  }

  void arrived(const accepted_connection& one) override { note(one, "arrived"); }

  void refused(const accepted_connection& one, refusal why, const chunk::failure& reason) override {
    note(one, word(why));
    last_reason = reason.what();
  }

  void accept_failed(const chunk::error& reason) override { failures.push_back(to_text(reason)); }

  void note(const accepted_connection& one, const std::string& what) {
    told += (told.empty() ? "" : ", ") + std::to_string(one.number) + ' ' + what;
  }

  /// Listens at `text`; gives the address to connect to.
  endpoint listen(const std::string& text, std::shared_ptr<chunk::net::tls_context> tls = {}) {
    chunk::net::listen_options how;
    how.tls = std::move(tls);
    auto at = std::make_shared<chunk::net::listener>(context, address(text), std::move(how));
    auto where = at->local();
    accepting->listen(std::move(at));
    return where;
  }

  void wait_for(const std::string& text) {
    support::run_until(context, [&] { return told == text; });
  }

  asio::io_context context{1};
  std::string told;
  std::string last_reason;
  std::vector<std::string> failures;
  std::vector<accepted_connection> ready;
  std::optional<chunk::net::acceptor> accepting;
};

std::shared_ptr<chunk::net::tls_context> without_certificate() {
  return std::make_shared<chunk::net::tls_context>(chunk::net::tls_context::side::server,
                                                   chunk::net::tls_options{});
}

chunk::net::accept_options with_balancers(chunk::net::duration handshake) {
  chunk::net::accept_options out;
  out.balancers.push_back(network("127.0.0.0/8"));
  out.handshake = handshake;
  return out;
}

}  // namespace

TEST_CASE("connections of all listeners are handed over with their client and address") {
  const support::temporary_directory dir;
  rig on;
  const auto here = on.listen("tcp:127.0.0.1:0");
  const auto there = on.listen("unix:" + dir.file("socket"));
  const auto one = connect(here);
  on.wait_for("1 arrived, 1 ready");
  const auto two = connect(there);
  on.wait_for("1 arrived, 1 ready, 2 arrived, 2 ready");
  CHECK(on.ready.at(0).local == here);
  CHECK(on.ready.at(0).remote.address.name == "127.0.0.1");
  CHECK(on.ready.at(1).local == there);
  REQUIRE(on.ready.at(1).remote.owner);
  CHECK(on.ready.at(1).remote.owner->pid == ::getpid());
  CHECK(on.accepting->accepted() == 2);
}

TEST_CASE("an existing connection is treated as one that was accepted") {
  rig on;
  auto [near, far] = support::make_socket_pair();
  on.accepting->adopt(chunk::net::adopt_socket(on.context, far.release(), "stream", {}), {});
  CHECK(on.told == "1 arrived, 1 ready");
}

TEST_CASE("the number of connections is limited, and one may be replaced when it ends") {
  chunk::net::accept_options options;
  options.max_connections = 1;
  rig on(options);
  const auto where = on.listen("tcp:127.0.0.1:0");
  const auto one = connect(where);
  const auto two = connect(where);
  on.wait_for("1 arrived, 1 ready, 2 over-capacity");
  CHECK(on.last_reason == "1 connections already");
  on.ready.clear();
  CHECK(on.accepting->active() == 0);
  const auto three = connect(where);
  on.wait_for("1 arrived, 1 ready, 2 over-capacity, 3 arrived, 3 ready");
}

TEST_CASE("the connections of one peer are limited, and one may be replaced when it ends") {
  chunk::net::accept_options options;
  options.max_per_peer = 1;
  rig on(options);
  const auto where = on.listen("tcp:127.0.0.1:0");
  const auto one = connect(where);
  const auto two = connect(where);
  on.wait_for("1 arrived, 1 ready, 2 over-capacity");
  CHECK(on.last_reason == "1 connections of this client already");
  on.ready.clear();
  const auto three = connect(where);
  on.wait_for("1 arrived, 1 ready, 2 over-capacity, 3 arrived, 3 ready");
}

TEST_CASE("a connection may outlive the acceptor that counts it") {
  chunk::net::accept_options options;
  options.max_per_peer = 1;
  rig on(options);
  const auto one = connect(on.listen("tcp:127.0.0.1:0"));
  on.wait_for("1 arrived, 1 ready");
  on.accepting.reset();
  on.ready.clear();
}

TEST_CASE("a peer that the rules do not admit is refused") {
  chunk::net::accept_options options;
  chunk::net::access_rule rule;
  rule.about = chunk::net::access_rule::subject::network;
  rule.within = network("127.0.0.0/8");
  options.access.push_back(rule);
  rig on(options);
  const auto one = connect(on.listen("tcp:127.0.0.1:0"));
  on.wait_for("1 denied");
  CHECK(on.accepting->active() == 0);
}

TEST_CASE("a peer without TLS has no certificate that a rule could allow") {
  chunk::net::accept_options options;
  options.access = {{true, chunk::net::access_rule::subject::certificate, 0, {}, "known"}};
  rig on(options);
  const auto one = connect(on.listen("tcp:127.0.0.1:0"));
  on.wait_for("1 denied");
  CHECK(on.accepting->active() == 0);
}

TEST_CASE("a PROXY header gives the address of the client") {
  rig on(with_balancers(10s));
  const auto one = connect(on.listen("tcp:127.0.0.1:0"));
  support::put(one.get(), std::string(from_192_0_2_7) + "rest");
  on.wait_for("1 arrived, 1 ready");
  const auto& got = on.ready.at(0);
  CHECK(to_text(got.remote.address) == "tcp:192.0.2.7:4712");
  REQUIRE(got.remote.balancer);
  CHECK(got.remote.balancer->name == "127.0.0.1");
  CHECK(got.preamble == from_192_0_2_7.size());
  CHECK(got.link->bytes_read() == got.preamble);
}

TEST_CASE("rules and limits apply to the client behind a balancer") {
  auto options = with_balancers(10s);
  options.max_per_peer = 1;
  rig on(options);
  const auto where = on.listen("tcp:127.0.0.1:0");
  const auto one = connect(where);
  support::put(one.get(), from_192_0_2_7);
  on.wait_for("1 arrived, 1 ready");
  const auto two = connect(where);
  support::put(two.get(), from_192_0_2_7);
  on.wait_for("1 arrived, 1 ready, 2 arrived, 2 over-capacity");
}

TEST_CASE("an invalid PROXY header is refused") {
  rig on(with_balancers(10s));
  const auto one = connect(on.listen("tcp:127.0.0.1:0"));
  support::put(one.get(), "GET / HTTP/1.1\r\n\r\n");
  on.wait_for("1 arrived, 1 handshake-failed");
  CHECK(on.last_reason == "no PROXY header of version 2");
  CHECK(on.accepting->preparing() == 0);
}

TEST_CASE("a slow client does not delay others during its preparation, and is refused in time") {
  const support::temporary_directory dir;
  rig on(with_balancers(50ms));
  const auto slow = connect(on.listen("tcp:127.0.0.1:0"));
  on.wait_for("1 arrived");
  const auto quick = connect(on.listen("unix:" + dir.file("socket")));
  on.wait_for("1 arrived, 2 arrived, 2 ready");
  CHECK(on.accepting->active() == 2);
  on.wait_for("1 arrived, 2 arrived, 2 ready, 1 handshake-slow");
  CHECK(on.last_reason.ends_with(": no PROXY header within 50 ms"));
  CHECK(on.accepting->active() == 1);
}

TEST_CASE("a TLS handshake has the same time limit") {
  chunk::net::accept_options options;
  options.handshake = 50ms;
  rig on(options);
  const auto slow = connect(on.listen("tls:127.0.0.1:0", without_certificate()));
  on.wait_for("1 arrived, 1 handshake-slow");
  CHECK(on.last_reason.starts_with("tls:127.0.0.1:"));
  CHECK(on.last_reason.ends_with(": no TLS handshake within 50 ms"));
}

TEST_CASE("a client that does not use TLS is refused") {
  rig on;
  const auto one = connect(on.listen("tls:127.0.0.1:0", without_certificate()));
  support::put(one.get(), "GET / HTTP/1.1\r\n\r\n");
  on.wait_for("1 arrived, 1 handshake-failed");
}

TEST_CASE("a failure to accept is reported, and accepting is retried" *
          doctest::skip(sanitizer_needs_descriptors)) {
  rig on;
  const auto where = on.listen("tcp:127.0.0.1:0");
  const auto one = connect(where);
  {
    const support::without_descriptors none;
    support::run_until(on.context, [&] { return !on.failures.empty(); });
    CHECK(on.failures.front().starts_with(to_text(where) + ": too many open files"));
    CHECK(on.told.empty());
  }
  on.wait_for("1 arrived, 1 ready");
}

TEST_CASE("draining accepts the clients that have connected by then, and no others") {
  rig on;
  const auto where = on.listen("tcp:127.0.0.1:0");
  support::run_ready(on.context);
  const auto one = connect(where);
  const auto two = connect(where);
  on.accepting->drain(1h);
  CHECK(on.told == "1 arrived, 1 ready, 2 arrived, 2 ready");
  CHECK_THROWS(connect(where));
  support::run_until(on.context, [&] { return on.accepting->is_over(); });
}

TEST_CASE("draining leaves little time to connections that are being prepared") {
  rig on(with_balancers(1h));
  const auto where = on.listen("tcp:127.0.0.1:0");
  const auto slow = connect(where);
  on.wait_for("1 arrived");
  const auto late = connect(where);
  on.accepting->drain(50ms);
  CHECK(on.told == "1 arrived, 2 arrived");
  support::put(late.get(), from_192_0_2_7);
  on.wait_for("1 arrived, 2 arrived, 2 ready, 1 drained");
  support::run_until(on.context, [&] { return on.accepting->is_over(); });
}

TEST_CASE("stopping does not affect connections that are being prepared") {
  rig on(with_balancers(1h));
  const auto where = on.listen("tcp:127.0.0.1:0");
  const auto one = connect(where);
  on.wait_for("1 arrived");
  on.accepting->stop();
  CHECK_THROWS(connect(where));
  CHECK_FALSE(on.accepting->is_over());
  support::put(one.get(), from_192_0_2_7);
  on.wait_for("1 arrived, 1 ready");
  support::run_until(on.context, [&] { return on.accepting->is_over(); });
}

TEST_CASE("closing ends connections that are being prepared") {
  rig on(with_balancers(1h));
  const auto one = connect(on.listen("tcp:127.0.0.1:0"));
  on.wait_for("1 arrived");
  on.accepting->close();
  on.wait_for("1 arrived, 1 closed");
  support::run_until(on.context, [&] { return on.accepting->is_over(); });
  CHECK(on.accepting->active() == 0);
}

TEST_CASE("an acceptor that is destroyed does not call its observer") {
  rig on(with_balancers(1h));
  const auto where = on.listen("tcp:127.0.0.1:0");
  const auto one = connect(where);
  on.wait_for("1 arrived");
  on.accepting.reset();
  CHECK_THROWS(connect(where));
  support::run_ready(on.context);
  CHECK(support::get_all(one.get()).empty());
  CHECK(on.told == "1 arrived");
}

TEST_CASE("one connection is waited for until the listener is closed") {
  asio::io_context context{1};
  chunk::net::listener at(context, address("tcp:127.0.0.1:0"));
  const auto first = support::start(context, chunk::net::accept_one(at));
  const auto one = connect(at.local());
  CHECK(support::finish(context, first));
  const auto second = support::start(context, chunk::net::accept_one(at));
  support::run_ready(context);
  at.close();
  CHECK_FALSE(support::finish(context, second));
}
