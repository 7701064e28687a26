// Requests of one connection that begin before earlier ones are answered.
#include "support/bytes.hpp"
#include "support/descriptors.hpp"
#include "support/run.hpp"
#include "support/trace.hpp"

#include <chunk/framing.hpp>
#include <chunk/net/connect.hpp>
#include <chunk/session/server.hpp>

#include <asio/io_context.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <doctest/doctest.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

using namespace chunk::literals;
using namespace std::literals;
using support::bytes;
using support::chars;

namespace {

std::string wire(chunk::id id, std::string_view payload = {}) {
  const chunk::header head{id, static_cast<std::uint32_t>(payload.size())};
  return chars(encode(head)) + std::string(payload);
}

/// Begins LINE requests as soon as they are there, and answers them in their order when it is told
/// to; NOOP it answers at once.
class line final : public chunk::session::handler, public chunk::session::server_observer {
 public:
  explicit line(asio::io_context& context) : change_(context) {
    change_.expires_at(asio::steady_timer::time_point::max());
  }

  std::optional<asio::awaitable<void>> answer(const chunk::session::connection_info&,
                                              const chunk::chunk_view& request,
                                              chunk::session::reply_buffer& out) override {
    if (request.id == "LINE"_id) return begin(request, out);
    begun += to_text(request.id) + ' ';
    out.append(request.id);
    return std::nullopt;
  }

  std::optional<asio::awaitable<void>> answer_ahead(const chunk::session::connection_info&,
                                                    const chunk::chunk_view& request,
                                                    chunk::session::reply_buffer& out) override {
    if (request.id != "LINE"_id) return std::nullopt;
    return begin(request, out);
  }

  void closed(const chunk::session::connection_info&, chunk::session::close_reason why,
              const std::string&) override {
    endings += to_text(why);
    for (auto& each : held_) each.out = nullptr;  // it went with the connection
  }

  /// Answers all requests that have begun, except those with the payload "bad", which fail.
  void answer_all() {
    for (; answered_ < held_.size(); ++answered_) {
      auto& each = held_[answered_];
      if (each.out && each.payload != "bad") each.out->append("LINE"_id, bytes(each.payload));
    }
    change_.cancel();
  }

  std::string begun;  ///< payloads, or other IDs
  std::size_t count() const { return held_.size(); }
  std::string endings;

 private:
  struct entry {
    std::string payload;
    chunk::session::reply_buffer* out;
  };

  asio::awaitable<void> begin(const chunk::chunk_view& one, chunk::session::reply_buffer& out) {
    held_.push_back({chars(one.payload), &out});
    begun += held_.back().payload + ' ';
    return wait(held_.size() - 1);
  }

  asio::awaitable<void> wait(std::size_t which) {
    std::error_code ignored;
    while (which >= answered_) {
      co_await change_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    if (held_[which].payload == "bad") throw std::runtime_error("bad");
  }

  asio::steady_timer change_;
  std::vector<entry> held_;
  std::size_t answered_ = 0;
};

struct rig {
  explicit rig(chunk::session::server_options options = {})
      : service(context), server(context, service, options, &service) {
    auto [near, far] = support::make_socket_pair();
    server.serve(chunk::net::adopt_socket(context, far.release(), "client", {}), {});
    peer = chunk::net::adopt_socket(context, near.release(), "server", {});
  }

  ~rig() {
    peer.reset();
    service.answer_all();
    server.drain();
    support::run(context, server.run());
  }
  rig(const rig&) = delete;
  rig& operator=(const rig&) = delete;

  void send(std::string_view text) {
    support::run(context, peer->write_all(bytes(text)));
    support::run_until(context, [this] { return service.count() > 0; });
    support::run_ready(context);
  }

  std::string receive(std::size_t size) {
    std::vector<std::byte> room(size);
    std::string out;
    while (out.size() < size) {
      const auto got = support::run(context, peer->read_some(room));
      if (got == 0) break;
      out += chars(std::span(room).first(got));
    }
    return out;
  }

  asio::io_context context{1};
  line service;
  chunk::session::server server;
  std::unique_ptr<chunk::net::transport> peer;
};

}  // namespace

TEST_CASE("requests begin ahead until one has to wait, and replies keep the order") {
  rig on;
  const auto some = wire("LINE"_id, "a") + wire("LINE"_id, "b") + wire("NOOP"_id);
  on.send(some + wire("LINE"_id, "c"));
  CHECK(on.service.begun == "a b ");
  on.service.answer_all();
  CHECK(on.receive(some.size()) == some);
  CHECK(on.service.begun == "a b NOOP c ");
  on.service.answer_all();
  CHECK(on.receive(9) == wire("LINE"_id, "c"));
}

TEST_CASE("the number of requests of a connection that begin ahead is limited") {
  rig on;
  std::string all;
  for (char each = 'a'; each < 'a' + 20; ++each) all += wire("LINE"_id, std::string(1, each));
  on.send(all);
  CHECK(on.service.count() == 16);
  on.service.answer_all();
  support::run_until(on.context, [&] { return on.service.count() == 20; });
  on.service.answer_all();
  CHECK(on.receive(all.size()) == all);
}

TEST_CASE("no reply is sent after a failed request") {
  rig on;
  const auto good = wire("LINE"_id, "a");
  on.send(good + wire("LINE"_id, "bad") + wire("LINE"_id, "c"));
  CHECK(on.service.count() == 3);
  on.service.answer_all();
  CHECK(on.receive(1000).substr(0, good.size()) == good);
  on.peer.reset();
  support::run_until(on.context, [&] { return !on.service.endings.empty(); });
  CHECK(on.service.endings == "failed");
}

TEST_CASE("the time of a request that began ahead starts when those before it are answered") {
  chunk::session::server_options options;
  options.handler_timeout = 50ms;
  rig on(options);
  on.send(wire("LINE"_id, "a") + wire("LINE"_id, "b"));
  on.peer->shutdown_write();
  CHECK(on.receive(1000).empty());
  on.peer.reset();
  support::run_until(on.context, [&] { return !on.service.endings.empty(); });
  CHECK(on.service.endings == "handler-timeout");
}
