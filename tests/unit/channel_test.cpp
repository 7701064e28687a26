#include "support/bytes.hpp"
#include "support/digit_framing.hpp"
#include "support/samples.hpp"

#include <chunk/channel.hpp>
#include <chunk/protocol.hpp>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using namespace chunk::literals;
using namespace std::literals;
using support::bytes;
using support::chars;

namespace {

constexpr auto two_chunks = "NOOP\0\0\0\0ECHO\3\0\0\0abc"sv;

/// Two descriptors that are connected, closed at the end unless that was done before.
struct pair_of_ends {
  pair_of_ends(const pair_of_ends&) = delete;
  pair_of_ends& operator=(const pair_of_ends&) = delete;
  ~pair_of_ends() {
    close_in();
    close_out();
  }

  void close_in() { close_end(in); }
  void close_out() { close_end(out); }

  static pair_of_ends of_pipe() {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    return {ends[0], ends[1]};
  }

  static pair_of_ends of_sockets(int type = SOCK_STREAM) {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, type, 0, ends) == 0);
    return {ends[0], ends[1]};
  }

  int in;   // to read from
  int out;  // to write to

 private:
  pair_of_ends(int reader, int writer) : in(reader), out(writer) {}

  static void close_end(int& end) {
    if (end >= 0) ::close(end);
    end = -1;
  }
};

void put(int descriptor, std::string_view text) {
  REQUIRE(::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

/// Everything that arrives, as ID[payload], and how it ends: '.' or the reason.
std::string received(int descriptor, std::uint32_t most = chunk::channel::default_max_payload) {
  chunk::channel from(descriptor, most);
  std::string out;
  try {
    while (const auto each = from.receive()) {
      out += to_text(each->id) + '[' + chars(each->payload) + ']';
    }
    return out + '.';
  } catch (const chunk::failure& reason) {
    return out + "! " + reason.what();
  }
}

std::error_code code_of_sending(int descriptor, const chunk::chunk_view& value) {
  try {
    chunk::channel(descriptor).send(value);
  } catch (const chunk::failure& reason) {
    return reason.code();
  }
  return {};
}

std::string read_all(int descriptor) {
  std::string out;
  char room[4096];
  for (;;) {
    const auto got = ::read(descriptor, room, sizeof room);
    if (got < 0 && errno == EINTR) continue;
    REQUIRE(got >= 0);
    if (got == 0) return out;
    out.append(room, static_cast<std::size_t>(got));
  }
}

/// Larger than what a pipe or a socket holds.
std::vector<std::byte> much() {
  std::vector<std::byte> out(3'000'000);
  unsigned value = 1;
  for (auto& each : out) each = static_cast<std::byte>((value = value * 69069 + 1) >> 24);
  return out;
}

void set_non_blocking(int descriptor) {
  REQUIRE(::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK) == 0);
}

/// Sends much on one end and receives it on the other one.
void check_much(const pair_of_ends& ends) {
  const chunk::owned sent{"LONG"_id, much()};
  std::thread sender([&] {
    chunk::channel out(ends.out);
    out.send(sent);
    out.send(sent);
  });
  chunk::channel in(ends.in);
  const auto first = in.receive();
  const auto second = in.receive();
  sender.join();
  CHECK((first == sent));
  CHECK((second == sent));
}

}  // namespace

TEST_CASE("a channel writes chunks as the codec does") {
  for (auto ends : {pair_of_ends::of_pipe, +[] { return pair_of_ends::of_sockets(); }}) {
    auto both = ends();
    chunk::channel out(both.out);
    out.send({"NOOP"_id, {}});
    out.send({"ECHO"_id, bytes("abc")});
    both.close_out();
    CHECK(read_all(both.in) == two_chunks);
  }
}

TEST_CASE("a channel reads the same chunks wherever the bytes are split") {
  for (std::size_t cut = 0; cut <= two_chunks.size(); ++cut) {
    CAPTURE(cut);
    // Each read gives the bytes of one write.
    auto ends = pair_of_ends::of_sockets(SOCK_SEQPACKET);
    for (const auto piece : {two_chunks.substr(0, cut), two_chunks.substr(cut)}) {
      if (!piece.empty()) put(ends.out, piece);
    }
    ends.close_out();
    CHECK(received(ends.in) == "NOOP[]ECHO[abc].");
  }
}

TEST_CASE("a channel reads byte by byte") {
  auto ends = pair_of_ends::of_sockets(SOCK_SEQPACKET);
  for (std::size_t at = 0; at < two_chunks.size(); ++at) put(ends.out, two_chunks.substr(at, 1));
  ends.close_out();
  CHECK(received(ends.in) == "NOOP[]ECHO[abc].");
}

TEST_CASE("a stream that ends anywhere inside a chunk is an error") {
  for (std::size_t cut = 0; cut <= two_chunks.size(); ++cut) {
    CAPTURE(cut);
    auto ends = pair_of_ends::of_pipe();
    put(ends.out, two_chunks.substr(0, cut));
    ends.close_out();
    const auto seen = received(ends.in);
    const auto whole = cut < 8 ? ""s : cut < two_chunks.size() ? "NOOP[]"s : "NOOP[]ECHO[abc]"s;
    if (cut == 0 || cut == 8 || cut == two_chunks.size()) {
      CHECK(seen == whole + '.');
    } else {
      CHECK(seen.starts_with(whole + "! truncated at byte 0x"));
    }
  }
}

TEST_CASE("a channel reads the sample streams") {
  for (std::size_t at = 0; at < support::whole_samples; ++at) {
    const auto text = support::sample(support::sample_streams[at]);
    CAPTURE(support::sample_streams[at]);
    auto from = pair_of_ends::of_sockets();
    auto to = pair_of_ends::of_pipe();
    put(from.out, text);
    from.close_out();
    chunk::channel in(from.in);
    chunk::channel out(to.out);
    while (const auto each = in.receive()) out.send(*each);
    to.close_out();
    CHECK(read_all(to.in) == text);
  }
}

TEST_CASE("a channel refuses a payload above its limit by its header") {
  auto ends = pair_of_ends::of_pipe();
  put(ends.out, "NOOP\0\0\0\0ECHO\4\0\0\0"sv);  // the writer continues
  const auto reason = "too large at byte 0x8: ECHO declares 4 bytes, 3 are allowed"s;
  chunk::channel in(ends.in, 3);
  CHECK(in.receive());
  for (int again = 0; again < 2; ++again) {
    CHECK_THROWS_WITH_AS(in.receive(), reason.c_str(), chunk::failure);
  }
}

TEST_CASE("a payload of exactly the limit is received") {
  auto ends = pair_of_ends::of_pipe();
  put(ends.out, two_chunks);
  ends.close_out();
  CHECK(received(ends.in, 3) == "NOOP[]ECHO[abc].");
}

TEST_CASE("a channel does not send a payload that no length can declare") {
  auto ends = pair_of_ends::of_pipe();
  const std::byte one{};
  const std::span beyond(&one, std::size_t{chunk::max_length} + 1);
  CHECK((code_of_sending(ends.out, {"LONG"_id, beyond}) == chunk::errc::too_large));
  ends.close_out();
  CHECK(read_all(ends.in).empty());
}

TEST_CASE("a channel divides the stream by its framing") {
  auto ends = pair_of_ends::of_pipe();
  const auto most = chunk::channel::default_max_payload;
  chunk::channel out(ends.out, most, support::digit_framing);
  out.send({"ECHO"_id, bytes("abc")});
  out.send({"NOOP"_id, {}});
  put(ends.out, "LAST");
  ends.close_out();
  chunk::channel in(ends.in, most, support::digit_framing);
  const auto echo = support::copied("ECHO3:"), noop = support::copied("NOOP0:");
  CHECK((in.receive() == chunk::owned{"ECHO"_id, support::copied("abc"), echo}));
  CHECK((in.receive() == chunk::owned{"NOOP"_id, {}, noop}));
  CHECK_THROWS_AS(in.receive(), chunk::failure);
}

TEST_CASE("a channel sends back what foreign programs have written, in any framing") {
  for (const auto& name : support::framed_samples()) {
    CAPTURE(name);
    const auto rules = value_or_throw(chunk::find_protocol(name.substr(0, name.find('.'))));
    const auto side = name.ends_with(".client")   ? chunk::stream_side::client
                      : name.ends_with(".server") ? chunk::stream_side::server
                                                  : chunk::stream_side::unknown;
    auto wire = support::sample("framings/" + name + ".bin");
    auto from = pair_of_ends::of_pipe(), to = pair_of_ends::of_pipe();
    put(from.out, wire);
    from.close_out();
    const auto most = chunk::channel::default_max_payload;
    chunk::channel in(from.in, most, rules.framing.of(side));
    chunk::channel out(to.out, most, rules.framing.of(side));
    while (const auto each = in.receive()) out.send(*each);
    to.close_out();
    // What stands before the first chunk is passed over.
    wire.erase(0, rules.framing.of(side).start().count);
    // Python's wave leaves out the last byte of padding.
    if (name == "riff.wav") wire += '\0';
    CHECK(read_all(to.in) == wire);
  }
}

TEST_CASE("chunks larger than the buffers of the system pass") {
  SUBCASE("a pipe") {
    check_much(pair_of_ends::of_pipe());
  }
  SUBCASE("a socket") {
    check_much(pair_of_ends::of_sockets());
  }
}

TEST_CASE("descriptors in non-blocking mode are waited for") {
  const auto check_non_blocking = [](const pair_of_ends& ends) {
    set_non_blocking(ends.in);
    set_non_blocking(ends.out);
    check_much(ends);
  };
  SUBCASE("a pipe") {
    check_non_blocking(pair_of_ends::of_pipe());
  }
  SUBCASE("a socket") {
    check_non_blocking(pair_of_ends::of_sockets());
  }
}

TEST_CASE("signals do not disturb a channel") {
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = [](int) {};  // without SA_RESTART
  REQUIRE(::sigaction(SIGALRM, &action, &before) == 0);
  itimerval often{{0, 200}, {0, 200}};  // every 200 us
  REQUIRE(::setitimer(ITIMER_REAL, &often, nullptr) == 0);
  check_much(pair_of_ends::of_pipe());
  check_much(pair_of_ends::of_sockets());
  often = {};
  REQUIRE(::setitimer(ITIMER_REAL, &often, nullptr) == 0);
  ::sigaction(SIGALRM, &before, nullptr);
}

TEST_CASE("a peer that has exited gives an exception and not a signal") {
  auto ends = pair_of_ends::of_sockets();
  ends.close_in();
  CHECK(code_of_sending(ends.out, {"NOOP"_id, {}}).value() == EPIPE);
}

TEST_CASE("an error of the system has its code") {
  CHECK(code_of_sending(-1, {"NOOP"_id, {}}) == std::errc::bad_file_descriptor);
  CHECK(received(-1) == "! reading from descriptor -1: bad file descriptor");
}

TEST_CASE("a channel leaves the descriptor open") {
  auto ends = pair_of_ends::of_pipe();
  { chunk::channel unused(ends.in); }
  CHECK(::fcntl(ends.in, F_GETFD) >= 0);
}
