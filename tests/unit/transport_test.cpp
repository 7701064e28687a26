#include "support/bytes.hpp"
#include "support/descriptors.hpp"
#include "support/memory_transport.hpp"
#include "support/run.hpp"

#include <chunk/net/transport.hpp>

#include <asio/io_context.hpp>
#include <doctest/doctest.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

using namespace std::literals;
using support::bytes;
using support::chars;
using support::run;

namespace {

using link = std::unique_ptr<chunk::net::transport>;

asio::awaitable<std::string> read_some(chunk::net::transport& from, std::size_t most) {
  std::string room(most, '\0');
  const auto count = co_await from.read_some(std::as_writable_bytes(std::span(room)));
  co_return room.substr(0, count);
}

asio::awaitable<std::string> read_all(chunk::net::transport& from) {
  std::string out;
  for (;;) {
    const auto some = co_await read_some(from, 4096);
    if (some.empty()) co_return out;
    out += some;
  }
}

asio::awaitable<void> write_all(chunk::net::transport& to, std::string_view text) {
  const auto all = bytes(text);
  co_await to.write_all(all);
}

/// What try_read() gives: the bytes, "" at the end, "-" while there are none.
std::string tried(chunk::net::transport& from) {
  std::array<std::byte, 100> room{};
  const auto count = from.try_read(room);
  return count ? chars(std::span(room).first(*count)) : "-";
}

/// "local" or "remote" by its type, and the text of what `work` throws.
std::string thrown(const std::function<void()>& work) {
  const auto show = [](std::string_view side, const chunk::failure& reason) {
    return std::string(side) + ": " + reason.what();
  };
  try {
    work();
  } catch (const chunk::local_failure& reason) {
    return show("local", reason);
  } catch (const chunk::failure& reason) {
    return show("remote", reason);
  }
  return "nothing";
}

std::error_code code_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const chunk::failure& reason) {
    return reason.code();
  }
  return {};
}

std::string name_of(const support::descriptor& which) {
  return "fd:" + std::to_string(which.get());
}

link adopt(asio::io_context& context, support::descriptor& socket, std::string name = "peer") {
  return chunk::net::adopt_socket(context, socket.release(), std::move(name), {});
}

/// A text that is longer than the capacity of any pipe or socket.
std::string long_text() {
  std::string out(4 << 20, '\0');
  int value = 0;
  for (char& each : out) each = support::char_of(value = (value + 7) % 251);
  return out;
}

/// Writes to a pipe or socket until it is full.
void stuff(int number) {
  const std::string block(4096, 'x');
  const int flags = ::fcntl(number, F_GETFL);
  ::fcntl(number, F_SETFL, flags | O_NONBLOCK);
  while (::write(number, block.data(), block.size()) > 0) {
  }
  ::fcntl(number, F_SETFL, flags);
}

/// Lets two ends send each other more than there is room for between them.
void check_both_directions(asio::io_context& context, const link& near, const link& far) {
  const auto text = long_text();
  const auto near_writes = support::start(context, write_all(*near, text));
  const auto far_writes = support::start(context, write_all(*far, text));
  const auto near_reads = support::start(context, read_all(*near));
  const auto far_reads = support::start(context, read_all(*far));
  support::finish(context, near_writes);
  support::finish(context, far_writes);
  near->shutdown_write();
  far->shutdown_write();
  CHECK((support::finish(context, near_reads) == text));
  CHECK((support::finish(context, far_reads) == text));
}

/// Replaces standard input and output by other descriptors.
class redirected_stdio {
 public:
  redirected_stdio(int in, int out) : in_(::dup(STDIN_FILENO)), out_(::dup(STDOUT_FILENO)) {
    ::dup2(in, STDIN_FILENO);
    ::dup2(out, STDOUT_FILENO);
  }
  ~redirected_stdio() {
    ::dup2(in_.get(), STDIN_FILENO);
    ::dup2(out_.get(), STDOUT_FILENO);
  }
  redirected_stdio(const redirected_stdio&) = delete;
  redirected_stdio& operator=(const redirected_stdio&) = delete;

 private:
  support::descriptor in_;
  support::descriptor out_;
};

}  // namespace

// Reading and writing with any transport

TEST_CASE("reading gives each piece when it has arrived, and the end on every further call") {
  asio::io_context context{1};
  support::far_side far{.pieces = {"ab", "", "", "cde"}};
  support::memory_transport link(context, far);
  CHECK(run(context, read_some(link, 100)) == "ab");
  CHECK(run(context, read_some(link, 2)) == "cd");
  CHECK(run(context, read_some(link, 2)) == "e");
  CHECK(run(context, read_some(link, 2)) == "");
  CHECK(run(context, read_some(link, 2)) == "");
  CHECK(far.read_waits == 2);
  CHECK(link.bytes_read() == 5);
}

TEST_CASE("writing continues after short writes and waits until everything is written") {
  asio::io_context context{1};
  support::far_side far{.takes = 3, .hesitates = true};
  support::memory_transport link(context, far);
  run(context, write_all(link, "0123456789"));
  CHECK(far.taken == "0123456789");
  CHECK(far.writes == 4);
  CHECK(far.write_waits == 3);
  CHECK(link.bytes_written() == 10);
}

TEST_CASE("writing nothing writes nothing") {
  asio::io_context context{1};
  support::far_side far{.write_fails_at = 0};
  support::memory_transport link(context, far);
  run(context, write_all(link, ""));
  CHECK(far.writes == 0);
}

TEST_CASE("bytes_written() counts the bytes of a failed write") {
  asio::io_context context{1};
  support::far_side far{.takes = 4, .write_fails_at = 6};
  support::memory_transport link(context, far);
  CHECK(thrown([&] { run(context, write_all(link, "0123456789")); }) ==
        "remote: memory: broken pipe");
  CHECK(far.taken == "012345");
  CHECK(link.bytes_written() == 6);
}

TEST_CASE("bytes_read() counts the bytes of a failed read") {
  asio::io_context context{1};
  support::far_side far{.pieces = {"abcdef"}, .read_fails_at = 4};
  support::memory_transport link(context, far);
  CHECK(thrown([&] { run(context, read_all(link)); }) ==
        "remote: memory: connection reset by peer");
  CHECK(link.bytes_read() == 4);
}

// Pipes

TEST_CASE("a pipe gives what is written to it, then its end") {
  asio::io_context context{1};
  auto [out, in] = support::make_pipe();
  const auto reader = chunk::net::open_descriptor(context, out.get());
  auto writer = chunk::net::open_descriptor(context, in.get());
  auto reading = support::start(context, read_all(*reader));
  run(context, write_all(*writer, "through "));
  run(context, write_all(*writer, "a pipe"));
  CHECK(writer->bytes_written() == 14);
  writer.reset();
  in.close();
  CHECK(support::finish(context, reading) == "through a pipe");
  CHECK(reader->bytes_read() == 14);
}

TEST_CASE("try_read() distinguishes no bytes yet, bytes, and the end of a pipe") {
  asio::io_context context{1};
  auto [out, in] = support::make_pipe();
  const auto link = chunk::net::open_descriptor(context, out.get());
  CHECK(tried(*link) == "-");
  support::put(in.get(), "ab");
  CHECK(tried(*link) == "ab");
  CHECK(tried(*link) == "-");
  in.close();
  CHECK(tried(*link) == "");
  CHECK(link->bytes_read() == 2);
}

TEST_CASE("try_write() to a full pipe writes nothing and does not wait") {
  asio::io_context context{1};
  auto [out, in] = support::make_pipe();
  stuff(in.get());
  const auto link = chunk::net::open_descriptor(context, in.get());
  CHECK_FALSE(link->try_write(bytes("ab")));
  CHECK(link->bytes_written() == 0);
}

TEST_CASE("to write nothing to a pipe succeeds") {
  asio::io_context context{1};
  auto [out, in] = support::make_pipe();
  const auto link = chunk::net::open_descriptor(context, in.get());
  CHECK(link->try_write({}) == 0U);
}

TEST_CASE("writing to a pipe without a reader is a local failure") {
  const support::without_pipe_signal ignoring;
  asio::io_context context{1};
  auto [out, in] = support::make_pipe();
  const auto link = chunk::net::open_descriptor(context, in.get());
  out.close();
  const auto write = [&] { run(context, write_all(*link, "ab")); };
  CHECK(thrown(write) == "local: " + name_of(in) + ": broken pipe");
  CHECK(code_of(write) == std::errc::broken_pipe);
}

// Inherited descriptors

TEST_CASE("an inherited descriptor stays open and blocking") {
  asio::io_context context{1};
  auto [out, in] = support::make_pipe();
  auto [near, far] = support::make_socket_pair();
  const support::descriptor other(::dup(near.get()));
  for (const auto* each : {&out, &near}) {
    CAPTURE(each->get());
    auto link = chunk::net::open_descriptor(context, each->get());
    link->set_read_timeout(1ms);
    CHECK_THROWS_AS(run(context, read_some(*link, 1)), chunk::failure);
    CHECK(support::is_blocking(each->get()));
    link.reset();
    CHECK(support::is_open(each->get()));
  }
  CHECK(support::is_blocking(other.get()));
}

TEST_CASE("an inherited descriptor that is full stays blocking") {
  asio::io_context context{1};
  auto [near, far] = support::make_socket_pair();
  const support::descriptor other(::dup(near.get()));
  stuff(near.get());
  const auto link = chunk::net::open_descriptor(context, near.get());
  link->set_write_timeout(1ms);
  CHECK_THROWS_AS(run(context, write_all(*link, "ab")), chunk::failure);
  CHECK(support::is_blocking(near.get()));
  CHECK(support::is_blocking(other.get()));
}

TEST_CASE("a descriptor that is not open is refused") {
  asio::io_context context{1};
  int number = -1;
  {
    const support::descriptor gone(::dup(STDIN_FILENO));
    number = gone.get();
  }
  const auto open = [&] { chunk::net::open_descriptor(context, number); };
  CHECK(thrown(open) == "remote: fd:" + std::to_string(number) + ": bad file descriptor");
  CHECK(code_of(open) == std::errc::bad_file_descriptor);
}

TEST_CASE("an inherited descriptor is named by its number") {
  asio::io_context context{1};
  auto [out, in] = support::make_pipe();
  const auto link = chunk::net::open_descriptor(context, out.get());
  CHECK(link->name() == name_of(out));
  CHECK(to_text(link->remote().address) == name_of(out));
  CHECK_FALSE(link->remote().owner);
}

TEST_CASE("an inherited socket carries both directions and can end one") {
  asio::io_context context{1};
  auto [near, far] = support::make_socket_pair();
  const auto link = chunk::net::open_descriptor(context, near.get());
  const auto peer = adopt(context, far);
  run(context, write_all(*link, "there"));
  link->shutdown_write();
  CHECK(run(context, read_all(*peer)) == "there");
  run(context, write_all(*peer, "and back"));
  peer->shutdown_write();
  CHECK(run(context, read_all(*link)) == "and back");
}

TEST_CASE("both directions of an inherited socket work at the same time") {
  asio::io_context context{1};
  auto [one, other] = support::make_socket_pair();
  check_both_directions(context, chunk::net::open_descriptor(context, one.get()),
                        chunk::net::open_descriptor(context, other.get()));
}

TEST_CASE("a failing inherited socket is a failure of the connection, not a local one") {
  const support::without_pipe_signal ignoring;
  asio::io_context context{1};
  auto [near, far] = support::make_socket_pair();
  const auto link = chunk::net::open_descriptor(context, near.get());
  far.close();
  CHECK(thrown([&] { run(context, write_all(*link, "ab")); }) ==
        "remote: " + name_of(near) + ": broken pipe");
}

// Files

TEST_CASE("a file is read to its end") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  const auto path = folder.file("long");
  const auto text = long_text();
  std::ofstream(path, std::ios::binary) << text;
  const auto link = chunk::net::open_file(context, path);
  CHECK(link->name() == path);
  CHECK((run(context, read_all(*link)) == text));
  CHECK(link->bytes_read() == text.size());
}

TEST_CASE("a file is always ready to be read") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  std::ofstream(folder.file("empty"));
  const auto link = chunk::net::open_file(context, folder.file("empty"));
  CHECK(run(context, link->wait_readable()));
  CHECK(tried(*link) == "");
}

TEST_CASE("a missing file is a local failure") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  const auto path = folder.file("missing");
  const auto open = [&] { chunk::net::open_file(context, path); };
  CHECK(thrown(open) == "local: " + path + ": no such file or directory");
  CHECK(code_of(open) == std::errc::no_such_file_or_directory);
}

TEST_CASE("a directory instead of a file is a local failure") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  const auto path = folder.file("");
  const auto link = chunk::net::open_file(context, path);
  CHECK(thrown([&] { run(context, read_some(*link, 1)); }) ==
        "local: " + path + ": is a directory");
}

TEST_CASE("opening a file leaves no descriptor behind") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  std::ofstream(folder.file("text")) << "text";
  const auto lowest = [] { return support::descriptor(::dup(STDIN_FILENO)).get(); };
  const int before = lowest();
  chunk::net::open_file(context, folder.file("text"));
  CHECK(lowest() == before);
}

TEST_CASE("a regular file is written through its descriptor") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  const auto path = folder.file("out");
  const support::descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  const auto link = chunk::net::open_descriptor(context, file.get());
  CHECK(run(context, link->wait_writable()));
  run(context, write_all(*link, "to a file"));
  std::ifstream back(path);
  CHECK(std::string(std::istreambuf_iterator<char>(back), {}) == "to a file");
}

TEST_CASE("a full disk is a local failure") {
  asio::io_context context{1};
  const support::descriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  const auto link = chunk::net::open_descriptor(context, full.get());
  const auto write = [&] { run(context, write_all(*link, "ab")); };
  CHECK(thrown(write) == "local: " + name_of(full) + ": no space left on device");
  CHECK(code_of(write) == std::errc::no_space_on_device);
}

// Skipping

TEST_CASE("bytes of a file are skipped without being read, and counted") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  std::ofstream(folder.file("text")) << "0123456789";
  const auto link = chunk::net::open_file(context, folder.file("text"));
  CHECK(link->skip(3) == 3);
  CHECK(run(context, read_some(*link, 2)) == "34");
  CHECK(link->skip(0) == 0);
  CHECK(link->skip(4) == 4);
  CHECK(link->bytes_read() == 9);
  CHECK(tried(*link) == "9");
}

TEST_CASE("a file is skipped up to its current end") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  std::ofstream file(folder.file("text"));
  file << "0123456789" << std::flush;
  const auto link = chunk::net::open_file(context, folder.file("text"));
  CHECK(link->skip(100) == 10);
  CHECK(link->skip(100) == 0);
  CHECK(tried(*link) == "");
  file << "abc" << std::flush;
  CHECK(link->skip(2) == 2);
  CHECK(tried(*link) == "c");
  std::filesystem::resize_file(folder.file("text"), 4);
  CHECK(link->skip(100) == 0);
  CHECK(link->bytes_read() == 13);
}

TEST_CASE("more than four gigabytes of a file are skipped at once") {
  constexpr std::uint64_t large = 5ULL << 30;
  asio::io_context context{1};
  const support::temporary_directory folder;
  std::ofstream(folder.file("sparse"));
  std::filesystem::resize_file(folder.file("sparse"), large);
  const auto link = chunk::net::open_file(context, folder.file("sparse"));
  CHECK(link->skip(large + 1) == large);
  CHECK(link->bytes_read() == large);
}

TEST_CASE("only regular files with a known size are skipped") {
  asio::io_context context{1};
  auto [out, in] = support::make_pipe();
  auto [near, far] = support::make_socket_pair();
  support::put(in.get(), "ab");
  support::put(far.get(), "ab");
  const auto pipe = chunk::net::open_descriptor(context, out.get());
  const auto socket = chunk::net::open_descriptor(context, near.get());
  const auto adopted = adopt(context, near);
  CHECK(pipe->skip(1) + socket->skip(1) + adopted->skip(1) == 0);
  CHECK(tried(*pipe) == "ab");
  CHECK(tried(*adopted) == "ab");
  CHECK(chunk::net::open_file(context, "/dev/zero")->skip(1) == 0);
  const auto generated = chunk::net::open_file(context, "/proc/self/status");
  CHECK(generated->skip(1) == 0);
  CHECK(run(context, read_some(*generated, 4)) == "Name");
}

TEST_CASE("a file on standard input is skipped from its current offset") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  std::ofstream(folder.file("in")) << "0123456789";
  const support::descriptor file(::open(folder.file("in").c_str(), O_RDONLY | O_CLOEXEC));
  CHECK(::lseek(file.get(), 2, SEEK_SET) == 2);
  const redirected_stdio there(file.get(), STDOUT_FILENO);
  const auto link = chunk::net::open_stdio(context);
  CHECK(link->skip(3) == 3);
  CHECK(tried(*link) == "56789");
  CHECK(link->bytes_read() == 8);
}

TEST_CASE("bytes that cannot be skipped are read and dropped, and not one more") {
  asio::io_context context{1};
  support::far_side far{.pieces = {std::string(100'000, 'x'), "", "abc", "def"}};
  support::memory_transport link(context, far);
  CHECK(run(context, link.drop(100'004)) == 100'004);
  CHECK(far.largest_room == 65536);
  CHECK(link.bytes_read() == 100'004);
  CHECK(run(context, read_some(link, 10)) == "ef");
  CHECK(run(context, link.drop(1)) == 0);
}

TEST_CASE("dropping from a file reads nothing, and finds its end") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  std::ofstream(folder.file("text")) << "0123456789";
  const auto link = chunk::net::open_file(context, folder.file("text"));
  CHECK(run(context, link->drop(0)) == 0);
  CHECK(run(context, link->drop(9)) == 9);
  CHECK(run(context, link->drop(9)) == 1);
}

// Standard input and output

TEST_CASE("standard input and output are one stream, of a file and a pipe as well") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  const auto path = folder.file("in");
  std::ofstream(path) << "from a file";
  auto [out, in] = support::make_pipe();
  std::string input;
  {
    const support::descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    const redirected_stdio there(file.get(), in.get());
    const auto link = chunk::net::open_stdio(context);
    input = run(context, read_all(*link));
    run(context, write_all(*link, "to a pipe"));
  }
  in.close();
  CHECK(input == "from a file");
  CHECK(support::get_all(out.get()) == "to a pipe");
}

TEST_CASE("a failure names the standard stream that it concerns") {
  const support::without_pipe_signal ignoring;
  asio::io_context context{1};
  const support::temporary_directory folder;
  std::string read;
  std::string written;
  {
    const support::descriptor directory(::open(folder.file("").c_str(), O_RDONLY | O_CLOEXEC));
    const support::descriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    const redirected_stdio there(directory.get(), full.get());
    const auto link = chunk::net::open_stdio(context);
    read = thrown([&] { run(context, read_some(*link, 1)); });
    written = thrown([&] { run(context, write_all(*link, "ab")); });
  }
  CHECK(read == "local: standard input: is a directory");
  CHECK(written == "local: standard output: no space left on device");
}

TEST_CASE("standard input and output stay blocking and open") {
  asio::io_context context{1};
  auto [out, in] = support::make_pipe();
  bool blocking = false;
  bool open = false;
  {
    const redirected_stdio there(out.get(), in.get());
    auto link = chunk::net::open_stdio(context);
    link->set_read_timeout(1ms);
    CHECK_THROWS_AS(run(context, read_some(*link, 1)), chunk::failure);
    run(context, write_all(*link, "ab"));
    link.reset();
    blocking = support::is_blocking(STDIN_FILENO) && support::is_blocking(STDOUT_FILENO);
    open = support::is_open(STDIN_FILENO) && support::is_open(STDOUT_FILENO);
  }
  CHECK(blocking);
  CHECK(open);
}

// Sockets

TEST_CASE("both directions of a socket work at the same time") {
  asio::io_context context{1};
  auto [one, other] = support::make_socket_pair();
  check_both_directions(context, adopt(context, one), adopt(context, other));
}

TEST_CASE("an adopted socket is closed with its transport") {
  asio::io_context context{1};
  auto [near, far] = support::make_socket_pair();
  auto link = adopt(context, near);
  link.reset();
  CHECK(support::get_all(far.get()) == "");
}

TEST_CASE("an adopted socket need not be non-blocking") {
  asio::io_context context{1};
  auto [near, far] = support::make_socket_pair();
  stuff(near.get());
  REQUIRE(support::is_blocking(near.get()));
  const auto link = adopt(context, near);
  CHECK(tried(*link) == "-");
  CHECK_FALSE(link->try_write(bytes("ab")));
  support::put(far.get(), "ab");
  CHECK(tried(*link) == "ab");
}

TEST_CASE("an adopted socket has the name and the peer that it is given") {
  asio::io_context context{1};
  auto [near, far] = support::make_socket_pair();
  const chunk::net::peer who{{chunk::net::endpoint::kind::unix, "/run/x", 0, 0},
                             chunk::net::credentials{1, 2, 3}};
  const auto link = chunk::net::adopt_socket(context, near.release(), "unix:/run/x", who);
  CHECK(link->name() == "unix:/run/x");
  CHECK(to_text(link->remote().address) == "unix:/run/x");
  REQUIRE(link->remote().owner);
  CHECK(link->remote().owner->gid == 3);
}

TEST_CASE("a socket reports how many of the bytes written are unread") {
  asio::io_context context{1};
  auto [near, far] = support::make_socket_pair();
  const auto link = adopt(context, near);
  CHECK(link->unacked() == 0U);
  run(context, write_all(*link, "abc"));
  CHECK(link->unacked().value_or(0) > 0);
  std::array<char, 3> room{};
  CHECK(::read(far.get(), room.data(), room.size()) == 3);
  CHECK(link->unacked() == 0U);
}

TEST_CASE("a socket reports how many bytes have arrived that are not read yet") {
  asio::io_context context{1};
  auto [near, far] = support::make_socket_pair();
  const auto link = adopt(context, near);
  CHECK(link->unread() == 0U);
  CHECK(::write(far.get(), "abc", 3) == 3);
  CHECK(link->unread() == 3U);
  std::array<std::byte, 2> room{};
  CHECK(link->try_read(room) == 2U);
  CHECK(link->unread() == 1U);
}

TEST_CASE("a half that is shut down for reading ends, and the other one continues") {
  asio::io_context context{1};
  auto [near, far] = support::make_socket_pair();
  const auto link = adopt(context, near);
  link->shutdown_read();
  CHECK(tried(*link) == "");
  run(context, write_all(*link, "abc"));
  std::array<char, 3> room{};
  CHECK(::read(far.get(), room.data(), room.size()) == 3);
}

TEST_CASE("a reset closes a socket at once") {
  asio::io_context context{1};
  auto [near, far] = support::make_socket_pair();
  const auto link = adopt(context, near);
  link->reset();
  CHECK(support::get_all(far.get()) == "");
}

TEST_CASE("a reset of a Unix socket with unread bytes is seen as a reset") {
  asio::io_context context{1};
  auto [near, far] = support::make_socket_pair();
  const auto link = adopt(context, near);
  support::put(far.get(), "unread");
  link->reset();
  std::array<char, 3> room{};
  CHECK(::read(far.get(), room.data(), room.size()) == -1);
  CHECK(errno == ECONNRESET);
}

TEST_CASE("writing to a socket whose peer is gone fails without a signal") {
  asio::io_context context{1};
  auto [near, far] = support::make_socket_pair();
  const auto link = adopt(context, near, "unix:/run/x");
  far.close();
  const auto write = [&] { run(context, write_all(*link, "ab")); };
  CHECK(code_of(write) == std::errc::broken_pipe);
  CHECK(thrown(write) == "remote: unix:/run/x: broken pipe");
}

// Timeouts and cancelling

TEST_CASE("reading without progress ends at the timeout, and what comes later is not lost") {
  asio::io_context context{1};
  auto [near, far] = support::make_socket_pair();
  const support::descriptor same(::dup(near.get()));
  for (const bool adopted : {false, true}) {
    CAPTURE(adopted);
    const auto link =
        adopted ? adopt(context, near, "peer") : chunk::net::open_descriptor(context, near.get());
    link->set_read_timeout(5ms);
    const auto read = [&] { run(context, read_some(*link, 10)); };
    CHECK(thrown(read) == "remote: " + link->name() + ": nothing received for 5 ms");
    CHECK(code_of(read) == std::make_error_code(std::errc::timed_out));
    support::put(far.get(), "later");
    CHECK(run(context, read_some(*link, 10)) == "later");
  }
}

TEST_CASE("writing without progress ends at the timeout") {
  asio::io_context context{1};
  auto [near, far] = support::make_socket_pair();
  stuff(near.get());
  const auto link = adopt(context, near);
  link->set_write_timeout(5ms);
  const auto write = [&] { run(context, write_all(*link, "ab")); };
  CHECK(thrown(write) == "remote: peer: nothing taken for 5 ms");
  CHECK(code_of(write) == std::make_error_code(std::errc::timed_out));
  CHECK(link->bytes_written() == 0);
}

TEST_CASE("a timeout applies to each wait, not to all of them together") {
  asio::io_context context{1};
  support::far_side far{.takes = 1, .hesitates = true};
  support::memory_transport link(context, far);
  link.set_write_timeout(24h);
  run(context, write_all(link, std::string(1000, 'x')));
  CHECK(far.write_waits == 999);
}

TEST_CASE("cancel() ends the current waits") {
  asio::io_context context{1};
  auto [near, far] = support::make_socket_pair();
  const support::descriptor same(::dup(near.get()));
  stuff(same.get());
  for (const bool adopted : {false, true}) {
    CAPTURE(adopted);
    const auto link =
        adopted ? adopt(context, near) : chunk::net::open_descriptor(context, near.get());
    auto readable = support::start(context, link->wait_readable());
    auto writable = support::start(context, link->wait_writable());
    support::run_ready(context);
    link->cancel();
    CHECK_FALSE(support::finish(context, readable));
    CHECK_FALSE(support::finish(context, writable));
  }
}

TEST_CASE("cancel() ends reading and writing with a failure") {
  asio::io_context context{1};
  auto [near, far] = support::make_socket_pair();
  stuff(near.get());
  const auto link = adopt(context, near);
  auto reading = support::start(context, read_some(*link, 1));
  auto writing = support::start(context, write_all(*link, "ab"));
  support::run_ready(context);
  link->cancel();
  CHECK(code_of([&] { support::finish(context, reading); }) == std::errc::operation_canceled);
  CHECK(code_of([&] { support::finish(context, writing); }) == std::errc::operation_canceled);
}

TEST_CASE("a stream is usable after cancel()") {
  asio::io_context context{1};
  auto [near, far] = support::make_socket_pair();
  const auto link = adopt(context, near);
  auto reading = support::start(context, read_some(*link, 10));
  support::run_ready(context);
  link->cancel();
  CHECK_THROWS_AS(support::finish(context, reading), chunk::failure);
  support::put(far.get(), "later");
  CHECK(run(context, read_some(*link, 10)) == "later");
}

TEST_CASE("a wait ends when the other side closes") {
  asio::io_context context{1};
  auto [near, far] = support::make_socket_pair();
  const support::descriptor same(::dup(near.get()));
  const auto adopted = adopt(context, near);
  const auto inherited = chunk::net::open_descriptor(context, same.get());
  auto first = support::start(context, adopted->wait_readable());
  auto second = support::start(context, inherited->wait_readable());
  support::run_ready(context);
  far.close();
  CHECK(support::finish(context, first));
  CHECK(support::finish(context, second));
  CHECK(tried(*adopted) == "");
}
