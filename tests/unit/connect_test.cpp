// Connecting to a host that has several addresses.
#include "support/descriptors.hpp"
#include "support/run.hpp"

#include <chunk/net/connect.hpp>
#include <chunk/net/listener.hpp>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

using namespace std::literals;

namespace {

/// The addresses of the host name, in the order of the resolver.
std::vector<std::string> addresses;

struct entry {
  addrinfo info{};
  sockaddr_storage address{};
};

std::deque<entry> entries;

entry entry_of(const std::string& text, std::uint16_t port) {
  entry out;
  out.info.ai_socktype = SOCK_STREAM;
  sockaddr_in four{};
  sockaddr_in6 six{};
  if (::inet_pton(AF_INET, text.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    std::memcpy(&out.address, &four, sizeof four);
    out.info.ai_addrlen = sizeof four;
  } else if (::inet_pton(AF_INET6, text.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    std::memcpy(&out.address, &six, sizeof six);
    out.info.ai_addrlen = sizeof six;
  }
  out.info.ai_family = out.address.ss_family;
  return out;
}

}  // namespace

/// Replaces the resolver of the system.
extern "C" int getaddrinfo(const char*, const char* port, const addrinfo*, addrinfo** out) {
  entries.clear();
  for (const auto& each : addresses) {
    entries.push_back(entry_of(each, static_cast<std::uint16_t>(std::stoi(port))));
  }
  addrinfo* next = nullptr;
  for (auto each = entries.rbegin(); each != entries.rend(); ++each) {
    each->info.ai_addr = reinterpret_cast<sockaddr*>(&each->address);
    each->info.ai_next = next;
    next = &each->info;
  }
  *out = next;
  return 0;
}

extern "C" void freeaddrinfo(addrinfo*) {}

namespace {

/// A free port on one address, or a given port on another.
support::descriptor bind_to(const std::string& address, std::uint16_t& port) {
  support::descriptor out(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  ::inet_pton(AF_INET, address.c_str(), &where.sin_addr);
  const int on = 1;
  ::setsockopt(out.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  support::checked(::bind(out.get(), reinterpret_cast<sockaddr*>(&where), sizeof where), "bind");
  socklen_t size = sizeof where;
  ::getsockname(out.get(), reinterpret_cast<sockaddr*>(&where), &size);
  port = ntohs(where.sin_port);
  return out;
}

std::string numbered(int last) {
  return "127.0.0." + std::to_string(last);
}

/// An address that does not answer: its queue is full, and nothing accepts.
class black_hole {
 public:
  black_hole(const std::string& address, std::uint16_t port) : listening_(bind_to(address, port)) {
    ::listen(listening_.get(), 0);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    ::inet_pton(AF_INET, address.c_str(), &where.sin_addr);
    constexpr int enough = 3;  // one is taken in, and one more by some kernels
    for (int count = 0; count < enough; ++count) {
      support::descriptor one(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      ::connect(one.get(), reinterpret_cast<sockaddr*>(&where), sizeof where);
      waiting_.push_back(std::move(one));
    }
  }

 private:
  support::descriptor listening_;
  std::deque<support::descriptor> waiting_;
};

chunk::net::endpoint host(std::uint16_t port) {
  return chunk::value_or_throw(chunk::net::parse_endpoint("tcp:host.test:" + std::to_string(port)));
}

struct thrown {
  std::error_code code;
  std::string text;
};

thrown failing(asio::io_context& context, std::uint16_t port, chunk::net::duration limit) {
  try {
    support::run(context, chunk::net::connect(context, host(port), limit));
  } catch (const chunk::failure& reason) {
    return {reason.code(), reason.what()};
  }
  return {{}, "nothing"};
}

std::ptrdiff_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return std::distance(begin(all), end(all));
}

}  // namespace

TEST_CASE("nine addresses that do not answer leave enough time for the tenth") {
  asio::io_context context{1};
  std::uint16_t port = 0;
  auto live = bind_to(numbered(20), port);
  ::listen(live.get(), 5);
  std::deque<black_hole> dead;
  addresses.clear();
  for (int each = 11; each < 20; ++each) {
    dead.emplace_back(numbered(each), port);
    addresses.push_back(numbered(each));
  }
  addresses.push_back(numbered(20));
  // Ten times 250 ms would be more.
  const auto limit = 2s;
  const asio::steady_timer first(context);  // for which the context opens its own descriptors
  const auto before = open_descriptors();
  {
    const auto link = support::run(context, chunk::net::connect(context, host(port), limit));
    REQUIRE(link);
    const support::descriptor accepted(::accept4(live.get(), nullptr, nullptr, SOCK_NONBLOCK));
    CHECK(link->name() == "tcp:host.test:" + std::to_string(port));
  }
  CHECK(open_descriptors() == before);
}

TEST_CASE("addresses that refuse are skipped at once") {
  asio::io_context context{1};
  std::uint16_t port = 0;
  auto live = bind_to(numbered(20), port);
  ::listen(live.get(), 5);
  addresses.clear();
  for (int each = 11; each <= 20; ++each) addresses.push_back(numbered(each));
  // Nothing is bound there; even one pause of 250 ms would be too long.
  const auto link = support::run(context, chunk::net::connect(context, host(port), 200ms));
  CHECK(link);
}

TEST_CASE("the first address that accepts is used, not the first of the list") {
  asio::io_context context{1};
  std::uint16_t port = 0;
  auto live = bind_to(numbered(20), port);
  ::listen(live.get(), 5);
  const black_hole silent(numbered(11), port);
  addresses = {numbered(11), numbered(20), numbered(12)};
  const auto link = support::run(context, chunk::net::connect(context, host(port)));
  REQUIRE(link);
  CHECK(support::descriptor(::accept4(live.get(), nullptr, nullptr, SOCK_NONBLOCK)).get() >= 0);
}

TEST_CASE("a failure names the address with the most informative error") {
  asio::io_context context{1};
  std::uint16_t port = 0;
  const auto unheard = bind_to(numbered(11), port);
  const auto name = "tcp:host.test:" + std::to_string(port);
  // Nothing can be connected to a multicast address.
  addresses = {numbered(11), "ff02::1"};
  const auto outcome = failing(context, port, 5s);
  CHECK(outcome.code == std::errc::connection_refused);
  CHECK(outcome.text == name + ": 2 addresses tried; " + numbered(11) + ": connection refused");

  addresses = {numbered(11)};
  CHECK(failing(context, port, 5s).text == name + ": connection refused");
}

TEST_CASE("no answer in time is reported as a timeout, whatever other addresses answered") {
  asio::io_context context{1};
  std::uint16_t port = 0;
  const auto unheard = bind_to(numbered(11), port);
  const black_hole silent(numbered(12), port);
  addresses = {numbered(11), numbered(12)};
  const asio::steady_timer first(context);  // for which the context opens its own descriptors
  const auto before = open_descriptors();
  const auto outcome = failing(context, port, 1s);
  CHECK(outcome.code == std::make_error_code(std::errc::timed_out));
  CHECK(outcome.text == "tcp:host.test:" + std::to_string(port) +
                            ": no connection within 1 s, 2 addresses tried; " + numbered(11) +
                            ": connection refused");
  CHECK(open_descriptors() == before);
}
