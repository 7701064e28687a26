// Connecting and listening.
#include "support/descriptors.hpp"
#include "support/run.hpp"

#include <chunk/net/connect.hpp>
#include <chunk/net/listener.hpp>

#include <asio/io_context.hpp>
#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
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
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

using namespace std::literals;
using chunk::net::endpoint;
using support::run;

namespace {

/// The mode that a file had when the library first changed it by name.
std::optional<mode_t> mode_at_birth;

mode_t mode_of(const char* path) {
  struct stat about {};
  support::checked(::lstat(path, &about), "lstat");
  return about.st_mode & 07777;
}

}  // namespace

/// Replaces the function of the system, to observe what the library does between bind() and the
/// first moment at which a test could look.
extern "C" int chmod(const char* path, mode_t mode) noexcept {
  if (!mode_at_birth) mode_at_birth = mode_of(path);
  return static_cast<int>(::syscall(SYS_fchmodat, AT_FDCWD, path, mode));
}

namespace {

using stream = std::unique_ptr<chunk::net::transport>;
namespace fs = std::filesystem;

endpoint address(const std::string& text) {
  return chunk::value_or_throw(chunk::net::parse_endpoint(text));
}

asio::awaitable<std::string> pass(chunk::net::transport& from, chunk::net::transport& to,
                                  std::string text) {
  const auto all = std::as_bytes(std::span(text));
  co_await from.write_all(all);
  std::string out(text.size() + 1, '\0');
  const auto count = co_await to.read_some(std::as_writable_bytes(std::span(out)));
  co_return out.substr(0, count);
}

struct ends {
  stream client;
  stream accepted;
};

/// Connects to `where`, where `at` listens.
ends meet(asio::io_context& context, chunk::net::listener& at, const endpoint& where) {
  const auto accepting = support::start(context, at.accept());
  auto client = run(context, chunk::net::connect(context, where));
  return {std::move(client), support::finish(context, accepting)};
}

/// Connects to `where` and passes a text in each direction.
std::string converse(asio::io_context& context, chunk::net::listener& at, const endpoint& where) {
  const auto both = meet(context, at, where);
  if (!both.client || !both.accepted) return "no connection";
  return run(context, pass(*both.client, *both.accepted, "there")) + ' ' +
         run(context, pass(*both.accepted, *both.client, "and back"));
}

struct thrown {
  std::error_code code;
  std::string text;
};

thrown failure_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const chunk::failure& reason) {
    return {reason.code(), reason.what()};
  }
  return {{}, "nothing"};
}

thrown connecting(asio::io_context& context, const std::string& text) {
  return failure_of([&] { run(context, chunk::net::connect(context, address(text))); });
}

thrown listening(asio::io_context& context, const std::string& text) {
  return failure_of([&] { chunk::net::listener(context, address(text)); });
}

/// A socket bound to `path`, of which the file stays.
support::descriptor bind_socket(const std::string& path, int type = SOCK_STREAM) {
  support::descriptor out(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  path.copy(where.sun_path, sizeof where.sun_path - 1);
  support::checked(::bind(out.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where),
                   "bind");
  return out;
}

/// A socket bound to a free port of the loopback address, and the port. Nothing listens there
/// unless the test does.
std::pair<support::descriptor, std::uint16_t> bind_port() {
  support::descriptor out(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof where;
  support::checked(::bind(out.get(), reinterpret_cast<const sockaddr*>(&where), size), "bind");
  support::checked(::getsockname(out.get(), reinterpret_cast<sockaddr*>(&where), &size),
                   "getsockname");
  return {std::move(out), ::ntohs(where.sin_port)};
}

bool has_ipv6() {
  const support::descriptor probe(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 where{};
  where.sin6_family = AF_INET6;
  where.sin6_addr = IN6ADDR_LOOPBACK_INIT;
  return ::bind(probe.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0;
}

std::string contents(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

class with_umask {
 public:
  explicit with_umask(mode_t mask) : before_(::umask(mask)) {}
  ~with_umask() { ::umask(before_); }
  with_umask(const with_umask&) = delete;
  with_umask& operator=(const with_umask&) = delete;

 private:
  mode_t before_;
};

}  // namespace

// Addresses to listen on

TEST_CASE("a Unix path can be listened on and connected to") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  const auto where = address("unix:" + folder.file("a.sock"));
  chunk::net::listener at(context, where);
  CHECK(at.local() == where);
  CHECK(converse(context, at, where) == "there and back");
}

TEST_CASE("an abstract name can be listened on and connected to") {
  asio::io_context context{1};
  const support::temporary_directory unique;
  const auto where = address("abstract:" + unique.file("x"));
  chunk::net::listener at(context, where);
  CHECK(at.local() == where);
  CHECK(converse(context, at, where) == "there and back");
  const auto longer = address("abstract:" + unique.file("xx"));
  CHECK(connecting(context, to_text(longer)).code == std::errc::connection_refused);
  CHECK(listening(context, to_text(where)).code == std::errc::address_in_use);
}

TEST_CASE("port 0 listens on a free port and reports it") {
  asio::io_context context{1};
  chunk::net::listener at(context, address("tcp:127.0.0.1:0"));
  CHECK(at.local().type == endpoint::kind::tcp);
  CHECK(at.local().name == "127.0.0.1");
  CHECK(at.local().port != 0);
  CHECK(converse(context, at, at.local()) == "there and back");
}

TEST_CASE("an IPv6 address can be listened on and connected to") {
  if (!has_ipv6()) return;
  asio::io_context context{1};
  chunk::net::listener at(context, address("tcp:[::1]:0"));
  CHECK(to_text(at.local()) == "tcp:[::1]:" + std::to_string(at.local().port));
  const auto both = meet(context, at, at.local());
  CHECK(both.accepted->remote().address.name == "::1");
}

TEST_CASE("without a host all addresses of both families are listened on") {
  if (!has_ipv6()) return;
  asio::io_context context{1};
  chunk::net::listener at(context, address("tcp::0"));
  const auto port = std::to_string(at.local().port);
  CHECK(to_text(at.local()) == "tcp:[::]:" + port);
  const auto six = meet(context, at, address("tcp:[::1]:" + port));
  CHECK(six.accepted->remote().address.name == "::1");
  const auto four = meet(context, at, address("tcp:127.0.0.1:" + port));
  CHECK(four.accepted->remote().address.name == "127.0.0.1");
}

TEST_CASE("a host name is looked up for listening and for connecting") {
  if (::gethostbyname("localhost") == nullptr) {
    MESSAGE("skipped: the name localhost has no address");
    return;
  }
  asio::io_context context{1};
  chunk::net::listener at(context, address("tcp:localhost:0"));
  const auto where = address("tcp:localhost:" + std::to_string(at.local().port));
  CHECK(converse(context, at, where) == "there and back");
}

TEST_CASE("a port in use is refused") {
  asio::io_context context{1};
  const chunk::net::listener at(context, address("tcp:127.0.0.1:0"));
  const auto second = listening(context, to_text(at.local()));
  CHECK(second.code == std::errc::address_in_use);
  CHECK(second.text == to_text(at.local()) + ": address already in use");
}

TEST_CASE("a port can be listened on again at once after a connection") {
  asio::io_context context{1};
  auto first = std::make_unique<chunk::net::listener>(context, address("tcp:127.0.0.1:0"));
  const auto where = first->local();
  auto both = meet(context, *first, where);
  both.accepted.reset();  // the side that closes first keeps the port busy for a while
  both.client.reset();
  first.reset();
  chunk::net::listener again(context, where);
  CHECK(converse(context, again, where) == "there and back");
}

TEST_CASE("standard input, TLS and an ordinary descriptor cannot be listened on") {
  asio::io_context context{1};
  CHECK(listening(context, "-").text == "-: nothing can connect to it");
  CHECK(listening(context, "tls:localhost:0").code == std::errc::not_supported);
  const auto pair = support::make_socket_pair();
  const auto name = "fd:" + std::to_string(pair.near.get());
  CHECK(listening(context, name).text == name + ": not a listening socket");
  const auto pipe = support::make_pipe();
  CHECK(listening(context, "fd:" + std::to_string(pipe.in.get())).code == std::errc::not_a_socket);
}

// The file of a Unix socket

TEST_CASE("the file of a Unix socket is accessible only to its owner from the beginning") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  const auto path = folder.file("a.sock");
  const with_umask none(0);
  mode_at_birth.reset();
  const chunk::net::listener at(context, address("unix:" + path));
  CHECK(mode_of(path.c_str()) == 0600);
  CHECK(mode_at_birth.value_or(0600) == 0600);
}

TEST_CASE("the requested mode applies even if the umask is stricter") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  const auto path = folder.file("a.sock");
  const with_umask narrow(0077);
  const chunk::net::listen_options wide{.mode = 0666};
  mode_at_birth.reset();
  const chunk::net::listener at(context, address("unix:" + path), wide);
  CHECK(mode_of(path.c_str()) == 0666);
  CHECK(mode_at_birth.value_or(0600) == 0600);
}

TEST_CASE("the file of a Unix socket is removed with its listener") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  const auto path = folder.file("a.sock");
  {
    const chunk::net::listener at(context, address("unix:" + path));
    CHECK(fs::is_socket(path));
  }
  CHECK_FALSE(fs::exists(path));
  chunk::net::listener at(context, address("unix:" + path));
  at.close();
  CHECK_FALSE(fs::exists(path));
  at.close();
}

TEST_CASE("a file that has replaced the socket's own is not removed") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  const auto path = folder.file("a.sock");
  chunk::net::listener at(context, address("unix:" + path));
  fs::remove(path);
  std::ofstream(path) << "another";
  at.close();
  CHECK(contents(path) == "another");
}

TEST_CASE("a listener does not remove the file of its successor") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  const auto where = address("unix:" + folder.file("a.sock"));
  auto first = std::make_unique<chunk::net::listener>(context, where);
  fs::remove(where.name);
  chunk::net::listener second(context, where);
  first.reset();
  CHECK(converse(context, second, where) == "there and back");
}

TEST_CASE("a path that is listened on is refused and continues to work") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  const auto where = address("unix:" + folder.file("a.sock"));
  chunk::net::listener at(context, where);
  const auto second = listening(context, to_text(where));
  CHECK(second.code == std::errc::address_in_use);
  CHECK(second.text == to_text(where) + ": address already in use by pid " +
                           std::to_string(::getpid()) + ", uid " + std::to_string(::getuid()));
  const auto probe = run(context, at.accept());  // the refused one has looked whether it is alive
  CHECK(converse(context, at, where) == "there and back");
}

TEST_CASE("a socket file that was left behind is replaced") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  const auto where = address("unix:" + folder.file("a.sock"));
  bind_socket(where.name).close();
  REQUIRE(fs::is_socket(where.name));
  // A process with the same number in another PID namespace may be doing the same.
  const auto other = folder.file(".chunk-" + std::to_string(::getpid()));
  const auto kept = bind_socket(other);
  mode_at_birth.reset();
  const with_umask none(0);
  chunk::net::listener at(context, where);
  CHECK(converse(context, at, where) == "there and back");
  CHECK(mode_of(where.name.c_str()) == 0600);
  CHECK(mode_at_birth.value_or(0600) == 0600);
  CHECK(fs::is_socket(other));
}

TEST_CASE("a file that is not a left-over socket is not touched") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  const auto left_over = folder.file("left-over");
  bind_socket(left_over).close();
  std::ofstream(folder.file("file")) << "precious";
  fs::create_directory(folder.file("folder"));
  fs::create_symlink(left_over, folder.file("link"));
  fs::create_symlink("nowhere", folder.file("dangling"));
  const auto datagrams = bind_socket(folder.file("datagrams"), SOCK_DGRAM);
  support::checked(::mkfifo(folder.file("pipe").c_str(), 0600), "mkfifo");
  for (const auto* name : {"file", "folder", "link", "dangling", "datagrams", "pipe"}) {
    CAPTURE(name);
    const auto outcome = listening(context, "unix:" + folder.file(name));
    CHECK(outcome.code == std::errc::address_in_use);
    const std::string why = name == "datagrams"s ? "" : ": it is no socket";
    CHECK(outcome.text == "unix:" + folder.file(name) + ": address already in use" + why);
  }
  CHECK(contents(folder.file("file")) == "precious");
  CHECK(fs::is_directory(folder.file("folder")));
  CHECK(fs::read_symlink(folder.file("link")) == left_over);
  CHECK(fs::read_symlink(folder.file("dangling")) == "nowhere");
  CHECK(fs::is_socket(folder.file("datagrams")));
  CHECK(fs::is_fifo(folder.file("pipe")));
  CHECK(fs::is_socket(left_over));
}

TEST_CASE("a path in a missing directory is an error") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  const auto outcome = listening(context, "unix:" + folder.file("no/a.sock"));
  CHECK(outcome.code == std::errc::no_such_file_or_directory);
  CHECK(outcome.text == "unix:" + folder.file("no/a.sock") + ": no such file or directory");
}

TEST_CASE("the longest path that the system accepts works, and a longer one is refused") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  const auto start = folder.file("");
  const auto path = start + std::string(107 - start.size(), 'x');
  const auto where = address("unix:" + path);
  {
    chunk::net::listener at(context, where);
    CHECK(fs::is_socket(path));
    CHECK(converse(context, at, where) == "there and back");
  }
  CHECK_FALSE(fs::exists(path));
  CHECK_FALSE(chunk::net::parse_endpoint("unix:" + path + 'x'));
}

// Accepting

TEST_CASE("on a Unix socket the kernel identifies the client") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  const auto where = address("unix:" + folder.file("a.sock"));
  chunk::net::listener at(context, where);
  const auto both = meet(context, at, where);
  const auto& owner = both.accepted->remote().owner;
  REQUIRE(owner);
  CHECK(owner->pid == ::getpid());
  CHECK(owner->uid == ::getuid());
  CHECK(owner->gid == ::getgid());
}

TEST_CASE("the client of a Unix socket is called by the address that it connected to") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  const auto where = address("unix:" + folder.file("a.sock"));
  chunk::net::listener at(context, where);
  const auto both = meet(context, at, where);
  CHECK(both.accepted->name() == to_text(where));
  CHECK(both.client->name() == to_text(where));
  CHECK(both.client->remote().address == where);
}

TEST_CASE("the client of a TCP port is called by its own address and has no owner") {
  asio::io_context context{1};
  chunk::net::listener at(context, address("tcp:127.0.0.1:0"));
  const auto both = meet(context, at, at.local());
  const auto& remote = both.accepted->remote();
  CHECK(remote.address.name == "127.0.0.1");
  CHECK(remote.address.port != at.local().port);
  CHECK(both.accepted->name() == to_text(remote.address));
  CHECK_FALSE(remote.owner);
  CHECK(both.client->name() == to_text(at.local()));
}

TEST_CASE("connections that came before accept() are accepted in their order") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  const auto where = address("unix:" + folder.file("a.sock"));
  chunk::net::listener at(context, where);
  const auto first = run(context, chunk::net::connect(context, where));
  const auto second = run(context, chunk::net::connect(context, where));
  const auto from_first = run(context, at.accept());
  const auto from_second = run(context, at.accept());
  CHECK(run(context, pass(*first, *from_first, "1")) == "1");
  CHECK(run(context, pass(*second, *from_second, "2")) == "2");
}

TEST_CASE("close() ends accept() without a connection, and later calls too") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  const auto where = address("unix:" + folder.file("a.sock"));
  chunk::net::listener at(context, where);
  const auto accepting = support::start(context, at.accept());
  support::run_ready(context);
  CHECK_FALSE(accepting->done);
  at.close();
  CHECK(support::finish(context, accepting) == nullptr);
  CHECK(run(context, at.accept()) == nullptr);
}

TEST_CASE("a listener is usable after a failed accept()") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  const auto where = address("unix:" + folder.file("a.sock"));
  chunk::net::listener at(context, where);
  const auto client = run(context, chunk::net::connect(context, where));
  thrown outcome;
  {
    const support::without_descriptors now;
    outcome = failure_of([&] { run(context, at.accept()); });
  }
  CHECK(outcome.code == std::errc::too_many_files_open);
  CHECK(outcome.text == to_text(where) + ": too many open files");
  const auto accepted = run(context, at.accept());
  REQUIRE(accepted);
  CHECK(run(context, pass(*client, *accepted, "still")) == "still");
}

// Inherited listening sockets

TEST_CASE("an inherited listening socket is usable, and its file is not removed") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  const auto where = address("unix:" + folder.file("a.sock"));
  auto socket = bind_socket(where.name);
  ::listen(socket.get(), 5);
  {
    chunk::net::listener at(context, address("fd:" + std::to_string(socket.release())));
    CHECK(at.local() == where);
    CHECK(converse(context, at, where) == "there and back");
  }
  CHECK(fs::is_socket(where.name));
}

TEST_CASE("a Unix socket for TLS does not show the name of its client as an IP address") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  auto socket = bind_socket(folder.file("a.sock"));
  ::listen(socket.get(), 5);
  chunk::net::listen_options how;
  how.tls = std::make_shared<chunk::net::tls_context>(chunk::net::tls_context::side::server,
                                                      chunk::net::tls_options{});
  chunk::net::listener at(context, address("fd:" + std::to_string(socket.release())),
                          std::move(how));
  CHECK(at.local().type == endpoint::kind::unix);
  const auto client = bind_socket(folder.file("10.0.0.1"));
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  at.local().name.copy(where.sun_path, sizeof where.sun_path - 1);
  REQUIRE(::connect(client.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0);
  const auto accepted = run(context, at.accept());
  CHECK(accepted->remote().address.type == endpoint::kind::unix);
}

TEST_CASE("closing a listener ends its pause") {
  asio::io_context context{1};
  chunk::net::listener at(context, address("tcp:127.0.0.1:0"));
  const auto resting = support::start(context, at.rest(1h));
  support::run_ready(context);
  CHECK_FALSE(resting->done);
  at.close();
  support::finish(context, resting);
  run(context, at.rest(1h));
}

TEST_CASE("waiting for connections to an inherited blocking socket does not stop other work") {
  asio::io_context context{1};
  auto [socket, port] = bind_port();
  ::listen(socket.get(), 5);
  REQUIRE(support::is_blocking(socket.get()));
  chunk::net::listener at(context, address("fd:" + std::to_string(socket.release())));
  CHECK(to_text(at.local()) == "tcp:127.0.0.1:" + std::to_string(port));
  const auto accepting = support::start(context, at.accept());
  support::run_ready(context);
  CHECK_FALSE(accepting->done);
  at.close();
  CHECK(support::finish(context, accepting) == nullptr);
}

// Connecting

TEST_CASE("a missing path is an error with the reason of the system") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  const auto path = folder.file("a.sock");
  const auto outcome = connecting(context, "unix:" + path);
  CHECK(outcome.code == std::errc::no_such_file_or_directory);
  CHECK(outcome.text == "unix:" + path + ": no such file or directory");
}

TEST_CASE("a socket file on which nothing listens refuses the connection") {
  asio::io_context context{1};
  const support::temporary_directory folder;
  const auto path = folder.file("a.sock");
  bind_socket(path).close();
  const auto outcome = connecting(context, path);
  CHECK(outcome.code == std::errc::connection_refused);
  CHECK(outcome.text == "unix:" + path + ": connection refused");
}

TEST_CASE("a port on which nothing listens refuses the connection") {
  asio::io_context context{1};
  const auto [unheard, port] = bind_port();
  const auto name = "tcp:127.0.0.1:" + std::to_string(port);
  const auto outcome = connecting(context, name);
  CHECK(outcome.code == std::errc::connection_refused);
  CHECK(outcome.text == name + ": connection refused");
}

TEST_CASE("a failed connection leaves no descriptor behind") {
  asio::io_context context{1};
  const auto [unheard, port] = bind_port();
  const auto lowest = [] { return support::descriptor(::dup(STDIN_FILENO)).get(); };
  connecting(context, "tcp:127.0.0.1:" + std::to_string(port));
  const int before = lowest();
  connecting(context, "tcp:127.0.0.1:" + std::to_string(port));
  CHECK(lowest() == before);
}

TEST_CASE("connecting takes no longer than its deadline") {
  asio::io_context context{1};
  const auto [socket, port] = bind_port();
  ::listen(socket.get(), 0);
  const auto where = address("tcp:127.0.0.1:" + std::to_string(port));
  // Nothing accepts, so that soon the queue is full and further connections get no answer.
  std::vector<stream> queued;
  thrown outcome;
  while (queued.size() < 8 && !outcome.code) {
    outcome = failure_of(
        [&] { queued.push_back(run(context, chunk::net::connect(context, where, 50ms))); });
  }
  CHECK(outcome.code == std::make_error_code(std::errc::timed_out));
  CHECK(outcome.text.starts_with(to_text(where) + ": no connection within "));
}

TEST_CASE("a client waits until there is room in the queue of a Unix listener") {
  asio::io_context context{1};
  const support::temporary_directory there;
  const auto path = there.file("socket");
  const auto listening = bind_socket(path);
  ::listen(listening.get(), 0);
  const auto where = address("unix:" + path);
  std::vector<stream> queued;
  thrown outcome;
  while (queued.size() < 8 && !outcome.code) {
    outcome = failure_of(
        [&] { queued.push_back(run(context, chunk::net::connect(context, where, 50ms))); });
  }
  CHECK(outcome.code == std::make_error_code(std::errc::timed_out));

  const auto waiting = support::start(context, chunk::net::connect(context, where));
  support::run_ready(context);
  const support::descriptor accepted(::accept(listening.get(), nullptr, nullptr));
  CHECK(support::finish(context, waiting) != nullptr);
}

TEST_CASE("connecting to an open descriptor uses it as it is") {
  asio::io_context context{1};
  const auto [near, far] = support::make_socket_pair();
  const auto name = "fd:" + std::to_string(near.get());
  const auto link = run(context, chunk::net::connect(context, address(name)));
  CHECK(link->name() == name);
  support::put(far.get(), "ab");
  std::array<std::byte, 10> room{};
  CHECK(link->try_read(room) == 2);
}

TEST_CASE("addresses that cannot be connected to are refused with the reason") {
  asio::io_context context{1};
  CHECK(connecting(context, "tcp::7000").text == "tcp:*:7000: needs a host to connect to");
  CHECK(connecting(context, "tcp::7000").code == std::errc::not_supported);
  CHECK(connecting(context, "tls::7000").code == std::errc::not_supported);
}
