// Moving bytes from one transport to another inside the kernel.
#include "support/bytes.hpp"
#include "support/descriptors.hpp"
#include "support/memory_transport.hpp"
#include "support/run.hpp"

#include <chunk/framing.hpp>
#include <chunk/id.hpp>
#include <chunk/net/transport.hpp>
#include <chunk/session/chunk_reader.hpp>

#include <asio/io_context.hpp>
#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace chunk::literals;
using namespace std::literals;
using support::chars;
using support::run;

namespace {

using link = std::unique_ptr<chunk::net::transport>;

/// More than the capacity of any pipe or socket.
std::string long_text(std::size_t size = 3'000'017) {
  std::string out(size, '\0');
  int value = 0;
  for (char& each : out) each = support::char_of(value = (value + 7) % 251);
  return out;
}

/// A stream of some kind: what is written to it, unless that has been done, and what reads it.
struct channel {
  link in;
  link out;
  std::vector<support::descriptor> kept{};  // of those transports: to write to, and to read
  bool is_file = false;

  /// Ends what is written.
  void end() {
    if (!in) return;
    in->shutdown_write();
    in.reset();
    if (!kept.empty()) kept[0].close();
  }
};

/// A folder with everything that streams can be made of.
class workshop {
 public:
  channel file_with(const std::string& text) {
    std::ofstream(folder_.file("source"), std::ios::binary) << text;
    return {nullptr, chunk::net::open_file(context, folder_.file("source")), {}, true};
  }

  channel file(int flags = 0) {
    const auto path = folder_.file("sink");
    std::vector<support::descriptor> kept;
    kept.emplace_back(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | flags, 0600));
    auto in = chunk::net::open_descriptor(context, kept[0].get());
    return {std::move(in), chunk::net::open_file(context, path), std::move(kept), true};
  }

  channel pipe() {
    auto ends = support::make_pipe();
    std::vector<support::descriptor> kept;
    kept.push_back(std::move(ends.in));
    kept.push_back(std::move(ends.out));
    auto in = chunk::net::open_descriptor(context, kept[0].get());
    auto out = chunk::net::open_descriptor(context, kept[1].get());
    return {std::move(in), std::move(out), std::move(kept)};
  }

  channel socket() {
    auto ends = support::make_socket_pair();
    std::vector<support::descriptor> kept;
    kept.emplace_back(::dup(ends.near.get()));
    return {chunk::net::adopt_socket(context, ends.near.release(), "near", {}),
            chunk::net::adopt_socket(context, ends.far.release(), "far", {}), std::move(kept)};
  }

  asio::io_context context{1};

 private:
  support::temporary_directory folder_;
};

asio::awaitable<std::uint64_t> pass_all(chunk::net::transport& from, chunk::net::transport& to) {
  std::uint64_t out = 0;
  for (std::uint64_t moved = 1; moved > 0; out += moved) {
    moved = co_await from.pass_some(to, 10'000'000);
  }
  co_return out;
}

/// Writes a text, and ends. Runs on another thread, since writing to a pipe waits for its reader.
std::thread write_and_end(channel& to, const std::string& text) {
  to.in.reset();
  const auto number = to.kept[0].get();
  return std::thread([&to, &text, number] {
    for (std::size_t done = 0; done < text.size();) {
      const auto put = ::write(number, &text[done], text.size() - done);
      if (put < 0) break;
      done += static_cast<std::size_t>(put);
    }
    to.kept[0].close();
  });
}

asio::awaitable<std::string> read_all(chunk::net::transport& from) {
  std::string out;
  std::vector<std::byte> room(65536);
  for (std::size_t got = 1; got > 0;) {
    got = co_await from.read_some(room);
    out += chars(std::span(room).first(got));
  }
  co_return out;
}

/// Moves a text from one stream to another, and gives what arrives.
std::string arrives(workshop& in, channel source, channel sink, const std::string& text) {
  std::thread writing;
  if (source.in) writing = write_and_end(source, text);
  const auto passing = support::start(in.context, pass_all(*source.out, *sink.in));
  support::started<std::string> reading;
  if (!sink.is_file) reading = support::start(in.context, read_all(*sink.out));
  CHECK(support::finish(in.context, passing) == text.size());
  if (writing.joinable()) writing.join();
  CHECK(source.out->bytes_read() == text.size());
  CHECK(sink.in->bytes_written() == text.size());
  sink.end();
  return reading ? support::finish(in.context, reading) : run(in.context, read_all(*sink.out));
}

/// What pass_some() moves between two streams of which neither is ready for more.
std::uint64_t moves(workshop& in, channel source, channel sink) {
  return run(in.context, source.out->pass_some(*sink.in, 100));
}

}  // namespace

TEST_CASE("a file is moved to files, pipes and sockets") {
  workshop in;
  const auto text = long_text();
  CHECK((arrives(in, in.file_with(text), in.file(), text) == text));
  CHECK((arrives(in, in.file_with(text), in.pipe(), text) == text));
  CHECK((arrives(in, in.file_with(text), in.socket(), text) == text));
}

TEST_CASE("a pipe is moved to files, pipes and sockets") {
  workshop in;
  const auto text = long_text();
  CHECK((arrives(in, in.pipe(), in.file(), text) == text));
  CHECK((arrives(in, in.pipe(), in.pipe(), text) == text));
  CHECK((arrives(in, in.pipe(), in.socket(), text) == text));
}

TEST_CASE("a socket is moved to files and pipes") {
  workshop in;
  const auto text = long_text();
  CHECK((arrives(in, in.socket(), in.file(), text) == text));
  CHECK((arrives(in, in.socket(), in.pipe(), text) == text));
}

TEST_CASE(
    "what a file does not take of what has left a socket is written to it, and that tells why") {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  workshop in;
  auto sink = in.file();
  auto source = in.socket();
  run(in.context, source.in->write_all(support::bytes(long_text(50'000))));
  const rlimit less{20'000, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &less);
  CHECK_THROWS_WITH_AS(run(in.context, pass_all(*source.out, *sink.in)),
                       (sink.in->name() + ": file too large").c_str(), chunk::failure);
  ::setrlimit(RLIMIT_FSIZE, &before);
  CHECK(sink.in->bytes_written() == 20'000);
  CHECK((run(in.context, read_all(*sink.out)) == long_text(50'000).substr(0, 20'000)));
}

TEST_CASE("bytes that the system cannot move are left to be read") {
  workshop in;
  support::far_side far;
  support::memory_transport memory(in.context, far);
  auto source = in.file_with("text");
  CHECK(run(in.context, source.out->pass_some(memory, 100)) == 0);
  CHECK(run(in.context, memory.pass_some(*in.pipe().in, 100)) == 0);
  CHECK(moves(in, in.file_with("text"), in.file(O_APPEND)) == 0);
  auto one = in.socket();
  run(in.context, one.in->write_all(support::bytes("text")));
  auto other = in.socket();
  CHECK(run(in.context, one.out->pass_some(*other.in, 100)) == 0);
  CHECK(run(in.context, one.out->pass_some(*in.file(O_APPEND).in, 100)) == 0);
  CHECK(run(in.context, read_all(*source.out)) == "text");
}

TEST_CASE("a terminal is left to be read, since moving from it would block") {
  workshop in;
  const support::descriptor master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(::grantpt(master.get()) == 0);
  REQUIRE(::unlockpt(master.get()) == 0);
  const support::descriptor terminal(
      ::open(::ptsname(master.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  const auto source = chunk::net::open_descriptor(in.context, terminal.get());
  CHECK(run(in.context, source->pass_some(*in.pipe().in, 100)) == 0);
}

TEST_CASE("not more is moved than requested") {
  workshop in;
  auto source = in.file_with("one and two");
  auto sink = in.pipe();
  CHECK(run(in.context, source.out->pass_some(*sink.in, 3)) == 3);
  sink.end();
  CHECK(run(in.context, read_all(*sink.out)) == "one");
  CHECK(run(in.context, read_all(*source.out)) == " and two");
}

TEST_CASE("waiting to move ends at the timeout of the side that is waited for") {
  workshop in;
  auto source = in.pipe();
  auto sink = in.pipe();
  source.out->set_read_timeout(5ms);
  CHECK_THROWS_WITH_AS(run(in.context, source.out->pass_some(*sink.in, 100)),
                       (source.out->name() + ": nothing received for 5 ms").c_str(),
                       chunk::failure);
  auto file = in.file_with(long_text());
  sink.in->set_write_timeout(5ms);
  CHECK_THROWS_WITH_AS(run(in.context, pass_all(*file.out, *sink.in)),
                       (sink.in->name() + ": nothing taken for 5 ms").c_str(), chunk::failure);
  CHECK(file.out->bytes_read() == sink.in->bytes_written());
}

TEST_CASE("bytes that cannot be written are an error when they are read and written") {
  std::signal(SIGPIPE, SIG_IGN);
  workshop in;
  auto sink = in.socket();
  sink.out.reset();
  CHECK(moves(in, in.file_with("text"), std::move(sink)) == 0);
}

TEST_CASE("a reader moves the payload of a long chunk, and still sees its end") {
  workshop in;
  const auto payload = long_text(300'000);
  const auto head = chars(encode(chunk::header{"LONG"_id, 300'000}));
  const auto next = chars(encode(chunk::header{"NEXT"_id, 0}));
  auto source = in.file_with(head + payload + next);
  auto sink = in.file();
  chunk::session::reader_options options;
  options.block = 4096;
  chunk::session::chunk_reader from(*source.out, options);
  std::string kinds;
  std::uint64_t moved = 0;
  const auto work = [&]() -> asio::awaitable<void> {
    for (bool more = true; more;) {
      while (const auto given = from.next()) {
        kinds += given->begins ? "b" : "";
        kinds += given->ends ? "e" : "";
        co_await sink.in->write_all(from.raw());
      }
      for (std::uint64_t passed = 1; passed > 0; moved += passed) {
        passed = co_await from.pass_some(*sink.in);
      }
      more = co_await from.fill();
    }
  };
  run(in.context, work());
  CHECK(from.finish());
  CHECK(kinds == "bebe");
  CHECK(moved == 300'000 - (4096 - 8) - 1);
  CHECK(from.offset() == 300'016);
  CHECK((run(in.context, read_all(*sink.out)) == head + payload + next));
}

TEST_CASE("a chunk that ends in a moved payload is truncated, and its size is reported") {
  workshop in;
  auto source = in.file_with(chars(encode(chunk::header{"LONG"_id, 300'000})) + long_text(200'000));
  auto sink = in.file();
  chunk::session::chunk_reader from(*source.out);
  const auto work = [&]() -> asio::awaitable<void> {
    for (bool more = true; more;) {
      while (from.next()) co_await sink.in->write_all(from.raw());
      for (std::uint64_t passed = 1; passed > 0;) passed = co_await from.pass_some(*sink.in);
      more = co_await from.fill();
    }
  };
  run(in.context, work());
  const auto outcome = from.finish();
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().detail.ends_with(
      ": truncated at byte 0x0: LONG declares 300000 bytes, 200000 are there"));
  CHECK(sink.in->bytes_written() == 200'008);
}
