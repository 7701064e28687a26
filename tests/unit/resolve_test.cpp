// The look-up of a name is the only thread of the library. This test, and what it tests, is
// compiled with a sanitizer that watches what threads share.
#include "resolve.hpp"

#include "support/run.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <doctest/doctest.h>

#include <netdb.h>
#include <netinet/in.h>

#include <atomic>
#include <exception>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using chunk::net::endpoint;
using chunk::net::socket_address;

namespace {

std::atomic<bool> may_answer{true};
std::atomic<int> in_progress{0};

endpoint host(const char* name) {
  return {.type = endpoint::kind::tcp, .name = name, .port = 7};
}

void wait_for_threads() {
  while (in_progress > 0) std::this_thread::yield();
}

}  // namespace

// Of the whole scheme table, only this is needed.
std::string chunk::net::to_text(const endpoint& where) {
  return where.name;
}

/// The system's resolver: answers once it may, "two" with two addresses, and nothing else.
extern "C" int getaddrinfo(const char* name, const char*, const addrinfo*, addrinfo** found) {
  static sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {}, .sin_zero = {}};
  ++in_progress;
  while (!may_answer) std::this_thread::yield();
  if (name != std::string("two")) {
    --in_progress;
    return EAI_NONAME;
  }
  addrinfo* next = nullptr;
  for (int left = 2; left > 0; --left) {
    auto* made = new addrinfo{};
    made->ai_addr = reinterpret_cast<sockaddr*>(&address);
    made->ai_addrlen = sizeof address;
    made->ai_next = next;
    next = made;
  }
  *found = next;
  return 0;
}

extern "C" void freeaddrinfo(addrinfo* each) noexcept {
  while (each) delete std::exchange(each, each->ai_next);
  --in_progress;
}

TEST_CASE("a name is looked up on another thread") {
  asio::io_context context;
  CHECK(support::run(context, chunk::net::resolve(context, host("two"))).size() == 2);
  wait_for_threads();
}

TEST_CASE("a name that is not known fails with the reason of the resolver") {
  asio::io_context context;
  CHECK_THROWS_WITH_AS(support::run(context, chunk::net::resolve(context, host("none"))),
                       doctest::Contains("not known"), chunk::failure);
  wait_for_threads();
}

TEST_CASE("a look-up may be done while the wait for it ends") {
  for (int pass = 0; pass < 300; ++pass) {
    asio::io_context context;
    asio::cancellation_signal stop;
    may_answer = false;
    bool done = false;
    auto after = [&](const std::exception_ptr&, const std::vector<socket_address>& found) {
      CHECK((found.empty() || found.size() == 2));
      done = true;
    };
    asio::co_spawn(context, chunk::net::resolve(context, host("two")),
                   asio::bind_cancellation_slot(stop.slot(), after));
    asio::post(context, [&] {
      may_answer = true;
      stop.emit(asio::cancellation_type::terminal);
    });
    support::run_until(context, [&] { return done; });
    wait_for_threads();
  }
}
