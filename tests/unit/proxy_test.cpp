#include "support/memory_transport.hpp"
#include "support/run.hpp"

#include <chunk/net/proxy.hpp>

#include <asio/io_context.hpp>
#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace std::literals;

namespace {

constexpr auto signature = "\r\n\r\n\0\r\nQUIT\n"sv;

/// A header of the version and command, family and protocol, and rest that are given.
std::string header(char command, char family, std::string_view rest) {
  const auto size = static_cast<char>(rest.size());
  return std::string(signature) + command + family + '\0' + size + std::string(rest);
}

const auto ipv4 = "\xc0\0\x02\x07\x7f\0\0\x01\x12\x67\x1b\x58"s;  // 192.0.2.7:4711, 127.0.0.1:7000

/// The result for these pieces: the source, or the reason; and the bytes left unread.
std::string outcome(std::vector<std::string> pieces) {
  asio::io_context context{1};
  support::far_side far{.pieces = std::move(pieces)};
  support::memory_transport link(context, far);
  std::string out;
  try {
    const auto source = support::run(context, receive_proxy_header(link));
    out = source ? to_text(*source) : "itself";
  } catch (const chunk::failure& reason) {
    return reason.what();
  }
  std::byte room[64];
  const auto got = support::run(context, link.read_some(room));
  return out + "|" + std::string(reinterpret_cast<const char*>(room), got);
}

}  // namespace

TEST_CASE("a PROXY header gives the source, and nothing after it is read") {
  CHECK(outcome({header('\x21', '\x11', ipv4) + "NOOP"}) == "tcp:192.0.2.7:4711|NOOP");
  const auto ipv6 = "\x20\x01\x0d\xb8"s + std::string(11, '\0') + '\x05' + std::string(16, '\0') +
                    "\x12\x67\x1b\x58";
  CHECK(outcome({header('\x21', '\x21', ipv6) + "NOOP"}) == "tcp:[2001:db8::5]:4711|NOOP");
}

TEST_CASE("an IPv4 source is the same if the PROXY header has it as an IPv6 address") {
  const auto mapped = std::string(10, '\0') + "\xff\xff\xc0\0\x02\x07"s + std::string(16, '\0') +
                      "\x12\x67\x1b\x58";
  CHECK(outcome({header('\x21', '\x21', mapped)}) == "tcp:192.0.2.7:4711|");
}

TEST_CASE("a PROXY header for datagrams is refused") {
  CHECK(outcome({header('\x21', '\x12', ipv4)}) ==
        "a PROXY header of something else than a stream");
}

TEST_CASE("a PROXY header is read the same wherever it is split") {
  const auto whole = header('\x21', '\x11', ipv4 + "\x04\0\x02xx"s) + "NOOP";
  for (std::size_t cut = 1; cut < whole.size() - 4; ++cut) {
    CAPTURE(cut);
    CHECK(outcome({whole.substr(0, cut), whole.substr(cut)}) == "tcp:192.0.2.7:4711|NOOP");
  }
}

TEST_CASE("a PROXY header that ends too early is truncated") {
  const auto whole = header('\x21', '\x11', ipv4 + "\x04\0\x02xx"s);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    const std::vector<std::string> pieces{whole.substr(0, size)};
    CHECK(outcome(size == 0 ? std::vector<std::string>{} : pieces) ==
          "the stream ends in the PROXY header");
  }
}

TEST_CASE("a balancer may connect for itself, or for a client without an IP address") {
  CHECK(outcome({header('\x20', '\x00', "") + "a"}) == "itself|a");
  CHECK(outcome({header('\x20', '\x11', ipv4) + "a"}) == "itself|a");
  CHECK(outcome({header('\x21', '\x31', std::string(216, 'u').substr(0, 100)) + "a"}) ==
        "itself|a");
  CHECK(outcome({header('\x21', '\x00', "") + "a"}) == "itself|a");
}

TEST_CASE("anything other than a PROXY header of version 2 is refused") {
  CHECK(outcome({"PROXY TCP4 192.0.2.7 127.0.0.1 1 2\r\n"}) == "no PROXY header of version 2");
  CHECK(outcome({"NOOP\0\0\0\0NOOP\0\0\0\0"s}) == "no PROXY header of version 2");
  CHECK(outcome({header('\x11', '\x11', ipv4)}) == "an unknown PROXY command");
  CHECK(outcome({header('\x22', '\x11', ipv4)}) == "an unknown PROXY command");
  CHECK(outcome({header('\x21', '\x11', ipv4.substr(1))}) ==
        "a PROXY header that is too short for its addresses");
}
