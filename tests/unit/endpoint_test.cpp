#include <chunk/net/endpoint.hpp>
#include <chunk/net/scheme.hpp>

#include <doctest/doctest.h>

#include <iterator>
#include <random>
#include <string>
#include <string_view>

using namespace std::literals;
using chunk::net::endpoint;

namespace {

/// The prefix of the scheme, without its colon.
std::string word(endpoint::kind type) {
  const auto prefix = chunk::net::scheme_of(type).prefix;
  return std::string(prefix.substr(0, prefix.find(':')));
}

/// Kind, name, number and port of the address, or the error.
std::string parsed(std::string_view text) {
  const auto out = chunk::net::parse_endpoint(text);
  if (!out) return "! " + out.error().code.message() + ": " + to_text(out.error());
  return word(out->type) + " '" + out->name + "' " + std::to_string(out->number) + ' ' +
         std::to_string(out->port);
}

/// How the toolkit shows an address that was given as `text`.
std::string shown(std::string_view text) {
  return to_text(chunk::value_or_throw(chunk::net::parse_endpoint(text)));
}

std::string refused(std::string_view text, std::string_view reason) {
  return "! not an address: '" + std::string(text) + "': " + std::string(reason);
}

}  // namespace

TEST_CASE("a hyphen is standard input and output") {
  CHECK(parsed("-") == "- '' 0 0");
}

TEST_CASE("unix: takes everything after it as a path") {
  CHECK(parsed("unix:/run/chunk.sock") == "unix '/run/chunk.sock' 0 0");
  CHECK(parsed("unix:relative") == "unix 'relative' 0 0");
  CHECK(parsed("unix:a:b:1") == "unix 'a:b:1' 0 0");
  CHECK(parsed("unix:-") == "unix '-' 0 0");
}

TEST_CASE("a bare word with a slash is a path") {
  CHECK(parsed("/run/chunk.sock") == "unix '/run/chunk.sock' 0 0");
  CHECK(parsed("./chunk.sock") == "unix './chunk.sock' 0 0");
  CHECK(parsed("a:1/b:2") == "unix 'a:1/b:2' 0 0");
}

TEST_CASE("abstract: takes everything after it as a name") {
  CHECK(parsed("abstract:chunk") == "abstract 'chunk' 0 0");
  CHECK(parsed("abstract:a/b:c") == "abstract 'a/b:c' 0 0");
}

TEST_CASE("a socket's name may have 107 bytes and not 108") {
  const std::string longest(107, 'x');
  const std::string path = '/' + longest.substr(1);
  CHECK(parsed("unix:" + longest) == "unix '" + longest + "' 0 0");
  CHECK(parsed("abstract:" + longest) == "abstract '" + longest + "' 0 0");
  CHECK(parsed(path) == "unix '" + path + "' 0 0");
  for (const auto& text : {"unix:" + longest + 'x', "abstract:" + longest + 'x', path + 'x'}) {
    CAPTURE(text);
    CHECK(parsed(text) == refused(text, "108 bytes, a socket's name has at most 107"));
  }
}

TEST_CASE("a socket's name is not empty") {
  CHECK(parsed("unix:") == refused("unix:", "the name is missing"));
  CHECK(parsed("abstract:") == refused("abstract:", "the name is missing"));
}

TEST_CASE("tcp: and tls: take a host and a port") {
  CHECK(parsed("tcp:localhost:7000") == "tcp 'localhost' 0 7000");
  CHECK(parsed("tls:chunk.example.org:443") == "tls 'chunk.example.org' 0 443");
  CHECK(parsed("tcp:127.0.0.1:0") == "tcp '127.0.0.1' 0 0");
  CHECK(parsed("tcp:127.0.0.1:65535") == "tcp '127.0.0.1' 0 65535");
}

TEST_CASE("an IPv6 address goes in brackets") {
  CHECK(parsed("tcp:[::1]:7000") == "tcp '::1' 0 7000");
  CHECK(parsed("tls:[fe80::1%eth0]:7000") == "tls 'fe80::1%eth0' 0 7000");
  CHECK(parsed("[::1]:7000") == "tcp '::1' 0 7000");
}

TEST_CASE("a host and a port alone are tcp") {
  CHECK(parsed("localhost:7000") == "tcp 'localhost' 0 7000");
  CHECK(parsed("127.0.0.1:7000") == "tcp '127.0.0.1' 0 7000");
}

TEST_CASE("an asterisk or no host stands for any address") {
  CHECK(parsed("tcp:*:7000") == "tcp '' 0 7000");
  CHECK(parsed("tcp::7000") == "tcp '' 0 7000");
  CHECK(parsed(":7000") == "tcp '' 0 7000");
  CHECK(parsed("*:7000") == "tcp '' 0 7000");
  CHECK(parsed("tls::7000") == "tls '' 0 7000");
}

TEST_CASE("tcp: and tls: need both a host and a port") {
  CHECK(parsed("tcp:") == refused("tcp:", "needs HOST:PORT"));
  CHECK(parsed("tcp:7000") == refused("tcp:7000", "needs HOST:PORT"));
  CHECK(parsed("tls:localhost") == refused("tls:localhost", "needs HOST:PORT"));
  CHECK(parsed("tcp:[]:7000") == refused("tcp:[]:7000", "the host is missing"));
}

TEST_CASE("a port is a decimal number from 0 to 65535") {
  for (const auto text :
       {"tcp:h:", "tcp:h:x", "tcp:h:65536", "tcp:h:-1", "tcp:h:+1", "tcp:h: 1", "tcp:h:1 ",
        "tcp:h:0x10", "tcp:h:99999999999999999999", "h:port", "tls:h:1.5", "tcp:[::1]", "[::1]"}) {
    CAPTURE(text);
    CHECK(parsed(text) == refused(text, "the port is a number from 0 to 65535"));
  }
}

TEST_CASE("an IPv6 address without its brackets is refused") {
  for (const auto text : {"tcp:::1:7000", "::1", "tcp:fe80::1:7000", "tcp:[::1:7000",
                          "tcp:::1]:7000", "tcp:a[b]:1", "tcp:[:1"}) {
    CAPTURE(text);
    CHECK(parsed(text) == refused(text, "an IPv6 address goes in brackets, as in tcp:[::1]:7000"));
  }
}

TEST_CASE("brackets do not hold brackets") {
  CHECK(parsed("tcp:[[::1]]:1") == refused("tcp:[[::1]]:1", "brackets in brackets"));
  CHECK(parsed("tcp:[a]b]:1") == refused("tcp:[a]b]:1", "brackets in brackets"));
}

TEST_CASE("vsock: takes a CID and a port of 32 bits each") {
  CHECK(parsed("vsock:2:7000") == "vsock '' 2 7000");
  CHECK(parsed("vsock:0:0") == "vsock '' 0 0");
  CHECK(parsed("vsock:4294967295:4294967295") == "vsock '' 4294967295 4294967295");
}

TEST_CASE("an asterisk stands for any CID") {
  CHECK(parsed("vsock:*:7000") == "vsock '' 4294967295 7000");
}

TEST_CASE("vsock: needs two numbers that fit") {
  CHECK(parsed("vsock:") == refused("vsock:", "needs CID:PORT"));
  CHECK(parsed("vsock:2") == refused("vsock:2", "needs CID:PORT"));
  for (const auto text : {"vsock:2:", "vsock::7000", "vsock:x:1", "vsock:4294967296:1",
                          "vsock:1:4294967296", "vsock:1:2:3", "vsock:-1:1", "vsock:1:*"}) {
    CAPTURE(text);
    CHECK(parsed(text) == refused(text, "CID and PORT are numbers below 4294967296"));
  }
}

TEST_CASE("fd: takes the number of a descriptor") {
  CHECK(parsed("fd:0") == "fd '' 0 0");
  CHECK(parsed("fd:3") == "fd '' 3 0");
  CHECK(parsed("fd:2147483647") == "fd '' 2147483647 0");
}

TEST_CASE("fd: needs a number that a descriptor can have") {
  for (const auto text : {"fd:", "fd:x", "fd:-1", "fd:2147483648", "fd:4294967296", "fd:3:4"}) {
    CAPTURE(text);
    CHECK(parsed(text) == refused(text, "needs the number of an open descriptor"));
  }
}

TEST_CASE("a word that is not an address is refused with the valid forms") {
  for (const auto text : {"", "localhost", "unix", "7000", "--"}) {
    CAPTURE(text);
    CHECK(parsed(text) ==
          refused(text, "not an address; try unix:PATH, tcp:HOST:PORT or a path with a /"));
  }
}

TEST_CASE("a refused address is quoted without raw bytes") {
  CHECK(parsed("\x1b[2J\n") ==
        refused("%1b[2J%0a", "not an address; try unix:PATH, tcp:HOST:PORT or a path with a /"));
}

TEST_CASE("an address is shown in its full form") {
  CHECK(shown("-") == "-");
  CHECK(shown("./x") == "unix:./x");
  CHECK(shown("abstract:x") == "abstract:x");
  CHECK(shown("localhost:7000") == "tcp:localhost:7000");
  CHECK(shown("[::1]:7000") == "tcp:[::1]:7000");
  CHECK(shown(":0") == "tcp:*:0");
  CHECK(shown("tls:h:1") == "tls:h:1");
  CHECK(shown("vsock:*:1") == "vsock:*:1");
  CHECK(shown("fd:03") == "fd:3");
}

TEST_CASE("an address is shown as plain ASCII") {
  CHECK(to_text(endpoint{endpoint::kind::unix, "/\x1b[2J\xc3\xa9", 0, 0}) == "unix:/%1b[2J%c3%a9");
  CHECK(to_text(endpoint{endpoint::kind::abstract, "a\0b"s, 0, 0}) == "abstract:a%00b");
  CHECK(to_text(endpoint{endpoint::kind::tcp, "h\n", 0, 1}) == "tcp:h%0a:1");
}

TEST_CASE("an address that was shown reads back the same") {
  for (const auto text : {"-", "unix:/run/chunk.sock", "./x", "a b/50%", "unix:-", "abstract:a/b:c",
                          "tcp:h:1", "h:65535", "tcp:[::1]:7000", "tls:[fe80::1%eth0]:1", "tcp::0",
                          "*:1", "[h]:1", "[*]:1", "vsock:2:7000", "vsock:*:4294967295", "fd:0"}) {
    CAPTURE(text);
    CHECK(parsed(shown(text)) == parsed(text));
  }
}

TEST_CASE("every accepted address reads back the same when shown") {
  constexpr std::string_view letters[] = {
      "unix:", "tcp:", "tls:", "vsock:", "fd:", "abstract:", ":",   "[",
      "]",     "*",    "1",    "h",      "/",   "-",         "%41", " "};
  constexpr unsigned seed = 4;
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (auto left = random() % 7; left > 0; --left) text += letters[random() % std::size(letters)];
    const auto first = chunk::net::parse_endpoint(text);
    if (!first) continue;
    CAPTURE(text);
    CHECK(parsed(to_text(*first)) == parsed(text));
  }
}
