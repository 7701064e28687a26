#include "dump/recorder.hpp"

#include "support/bytes.hpp"
#include "support/wire.hpp"

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/id.hpp>
#include <chunk/protocol.hpp>

#include <doctest/doctest.h>

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

using namespace chunk::literals;
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

/// What is recorded of one direction that comes in two pieces.
std::string record(std::string_view stream, std::size_t cut, bool of_server, std::size_t most) {
  const scratch file;
  recorder to(file.path, chunk::guessing_protocol(), most);
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
  recorder to(file.path, chunk::guessing_protocol());
  const auto request = wire("ECHO"_id, "abc");
  to.sent(bytes(request).first(9));
  to.received(bytes(wire("HELO"_id, "")));
  to.sent(bytes(request).subspan(9));
  CHECK(file.text() == "expect:HELO:\nECHO:abc\n");
}

TEST_CASE("a recorder writes replies so that nothing in them is special in a script") {
  const auto replies = wire("ECHO"_id, "~a") + wire("ECHO"_id, "{name}") + wire("ECHO"_id, "{}") +
                       wire("CMPU"_id, wire("OPND"_id, "~") + wire("OPND"_id, "{x}"));
  const auto text = record(replies, 0, true, 99);
  CHECK(text ==
        "expect:ECHO:%7ea\nexpect:ECHO:%7bname}\nexpect:ECHO:{}\n"
        "expect,exact:CMPU:OPND=%7e:OPND=%7bx}\nshutdown\n");
}

TEST_CASE("a recorder reports the file that it cannot write") {
  CHECK_THROWS_AS(recorder("/nowhere/at/all", chunk::guessing_protocol()), chunk::local_failure);
  recorder full("/dev/full", chunk::guessing_protocol());
  CHECK_THROWS_AS(full.comment("heading"), chunk::local_failure);
}
