#include "dump/recorder.hpp"

#include "support/bytes.hpp"
#include "support/wire.hpp"

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/id.hpp>
#include <chunk/protocol.hpp>

#include <doctest/doctest.h>

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

using namespace chunk::literals;
using namespace std::literals;
using support::bytes;
using support::wire;
using tools::dump::recorder;

namespace {

/// A temporary file.
struct scratch {
  ~scratch() { std::filesystem::remove(path); }

  std::string text() const {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string path =
      std::filesystem::temp_directory_path() / ("chunk-recorder." + std::to_string(::getpid()));
};

/// A clock whose time does not pass.
constexpr auto stopped = [] { return std::chrono::steady_clock::time_point(); };

/// What is recorded of one direction that comes in two pieces.
std::string record(std::string_view stream, std::size_t cut, bool of_server, std::size_t most,
                   const chunk::protocol& rules = chunk::guessing_protocol()) {
  const scratch file;
  recorder to(file.path, rules, most, stopped);
  for (const auto piece : {stream.substr(0, cut), stream.substr(cut)}) {
    if (of_server) {
      to.received(bytes(piece));
    } else {
      to.sent(bytes(piece));
    }
  }
  to.end_sent();
  to.end_received();
  return file.text();
}

}  // namespace

TEST_CASE("a recorder writes the same script wherever the streams are split") {
  const auto stream = wire("NOOP"_id, "") + wire("ECHO"_id, "a\n%") +
                      wire("CMPU"_id, wire("OPND"_id, "3")) + wire("LONG"_id, "0123456789abcdef") +
                      wire("ECHO"_id, 9, "cut");
  const std::string sent =
      "NOOP\nECHO:a%0a%25\nCMPU:OPND=3\n# left out: LONG, 16 bytes\nECHO,len=9:cut\nshutdown\n";
  const std::string expected =
      "expect:NOOP:\nexpect:ECHO:a%0a%25\nexpect,exact:CMPU:OPND=3\n"
      "# left out: expect:LONG, 16 bytes\nshutdown\n"
      "# no whole chunk: ECHO%09%00%00%00cut\nraw-receive:11\n";
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    CAPTURE(cut);
    CHECK(record(stream, cut, false, 15) == sent);
    CHECK(record(stream, cut, true, 15) == expected);
  }
}

TEST_CASE("a recorder keeps the bytes of a truncated header") {
  CHECK(record("NO\xff", 1, false, 15) == "raw-send:%4e%4f%ff\nshutdown\n");
  CHECK(record("NO\xff", 1, true, 15) == "shutdown\n# no whole chunk: NO%ff\nraw-receive:3\n");
}

TEST_CASE("a recorder writes chunks in the order in which they became whole") {
  const scratch file;
  recorder to(file.path, chunk::guessing_protocol(), recorder::longest, stopped);
  const auto request = wire("ECHO"_id, "abc");
  to.sent(bytes(request).first(9));
  to.received(bytes(wire("HELO"_id, "")));
  to.sent(bytes(request).subspan(9));
  CHECK(file.text() == "expect:HELO:\nECHO:abc\n");
}

TEST_CASE("a recorder tells when the client goes on after a pause") {
  const scratch file;
  auto now = stopped();
  recorder to(file.path, chunk::guessing_protocol(), recorder::longest, [&] { return now; });
  now += 5s;
  to.begin(3, "connection 3 to %");
  now += 9ms;
  const auto request = wire("ECHO"_id, "abc");
  to.sent(bytes(request));
  now += 1s;
  to.received(bytes(request));
  now += 9ms;
  to.sent(bytes(request).first(9));
  now += 1s;
  to.sent(bytes(request).subspan(9));
  now += 10ms;
  to.sent(bytes(request));
  now += 90s;
  to.end_sent();
  CHECK(file.text() ==
        "# connection 3 to %\ntest-case:connection 3\nECHO:abc\nexpect:ECHO:abc\nECHO:abc\n"
        "at:2.028\nECHO:abc\nat:92.028\nshutdown\n");
}

TEST_CASE("a recorder writes replies so that nothing in them is special in a script") {
  const auto replies = wire("ECHO"_id, "~a") + wire("ECHO"_id, "{name}") + wire("ECHO"_id, "{}") +
                       wire("CMPU"_id, wire("OPND"_id, "~") + wire("OPND"_id, "{x}"));
  const auto text = record(replies, 0, true, 99);
  CHECK(text ==
        "expect:ECHO:%7ea\nexpect:ECHO:%7bname}\nexpect:ECHO:{}\n"
        "expect,exact:CMPU:OPND=%7e:OPND=%7bx}\nshutdown\n");
}

TEST_CASE("nothing in a reply of any framing is special in a script") {
  const auto rules = value_or_throw(chunk::parse_protocol(
      "header = 'length:u8'\ncounts = 'all'\nalone = [0]\ndepth = 2\n", "test"));
  CHECK(record("\3~a\7{name}\4{x~\0\1\7%{name\5len="s, 0, true, 99, rules) ==
        "expect::%7ea\nexpect::%7bname}\nexpect::{x~\nexpect:,len=0:\nexpect::\n"
        "expect::%25{name\nexpect::len%3d\nshutdown\n");
}

TEST_CASE("a recorder reports the file that it cannot write") {
  CHECK_THROWS_AS(recorder("/nowhere/at/all", chunk::guessing_protocol()), chunk::local_failure);
  recorder full("/dev/full", chunk::guessing_protocol());
  CHECK_THROWS_AS(full.begin(1, "heading"), chunk::local_failure);
}

TEST_CASE("a recorder keeps fields, wrong trailers, and what cannot be expressed") {
  const auto rules = value_or_throw(chunk::parse_protocol(R"(
header = "id:u8 flags:u8 length:digits \":\""
start = { client = "hello", server = 2 }
opening = "length:u8"
trailer = "."
[PING]
id = 1
)",
                                                          "test"));
  const auto chunks =
      "\1\0"
      "2:hi."
      "\1\7"
      "1:x!"
      "\1\0"
      "02:hi."
      "\2\0"
      "0:."s;
  const auto client = "hello\3abc." + chunks;
  const auto server = "??" + chunks;
  for (std::size_t cut = 0; cut <= client.size(); ++cut) {
    CAPTURE(cut);
    CHECK(record(client, cut, false, 15, rules) ==
          "preamble\n:abc\nPING:hi\nPING,flags=7,trailer=%21:x\n"
          "raw-send:%01%00%30%32%3a%68%69%2e\n2\nshutdown\n");
  }
  for (std::size_t cut = 0; cut <= server.size(); ++cut) {
    CAPTURE(cut);
    CHECK(record(server, cut, true, 15, rules) ==
          "# before the first chunk: preamble:??\nexpect:PING:hi\n"
          "expect:PING,flags=7,trailer=%21:x\n"
          "# no whole chunk: %01%0002:hi.\nraw-receive:8\nexpect:2:\nshutdown\n");
  }
}

TEST_CASE("a recorder keeps all bytes from a fault of the framing on") {
  const auto rules = value_or_throw(
      chunk::parse_protocol("header = \"length:u8\"\ncounts = \"all\"\ntrailer = \"ab\"", "test"));
  const auto stream =
      "\4xab"
      "\5xyab"
      "\0zz"s;
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    CAPTURE(cut);
    const auto sent = record(stream, cut, false, 15, rules);
    CHECK(sent.starts_with(":x\n:xy\nraw-send:%00\n"));
    CHECK(sent.ends_with("%7a\nshutdown\n"));
  }
  CHECK(record("\5xya"s, 4, false, 15, rules) == ",len=5,trailer=:xy\nraw-send:%61\nshutdown\n");
  CHECK(record("\5xya"s, 2, true, 15, rules) ==
        "shutdown\n# no whole chunk: %05xya\nraw-receive:4\n");
}
