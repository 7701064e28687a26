// Whatever clients send and take, in whatever pieces and with whatever pauses, each connection of a
// server ends once, its replies are those to its requests in their order, and draining ends.
//
// The input is a list of commands of one byte, some with operands after it. Time is a number that
// commands advance, so that every limit of time is reached without a wait.
#include "check.hpp"
#include "support/memory_transport.hpp"

#include <chunk/framing.hpp>
#include <chunk/session/server.hpp>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using namespace chunk::literals;
using namespace std::literals;

namespace {

/// What the clock shows.
std::chrono::steady_clock::time_point present(1h);

}  // namespace

// Takes the place of the clock of the C++ library.
std::chrono::steady_clock::time_point std::chrono::steady_clock::now() noexcept {
  return present;
}

namespace {

/// Gives the operands of commands; 0 after the end.
class commands {
 public:
  explicit commands(std::string_view rest) : rest_(rest) {}

  bool is_over() const { return rest_.empty(); }

  unsigned next() {
    if (rest_.empty()) return 0;
    const auto out = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return out;
  }

  std::string text(std::size_t size) {
    const auto out = rest_.substr(0, size);
    rest_.remove_prefix(out.size());
    return std::string(out);
  }

 private:
  std::string_view rest_;
};

/// Answers ECHO at once, HOLD when it is released, and fails or refuses others; and notes what
/// happens.
class judge final : public chunk::session::handler, public chunk::session::server_observer {
 public:
  explicit judge(asio::io_context& context) : gate_(context) {
    gate_.expires_at(asio::steady_timer::time_point::max());
  }

  std::optional<asio::awaitable<void>> answer(const chunk::session::connection_info& from,
                                              const chunk::chunk_view& request,
                                              chunk::session::reply_buffer& out) override {
    auto& due = replies[from.number];
    if (request.id == "FAIL"_id) throw std::runtime_error("failed");
    const bool held = request.id == "HOLD"_id;
    if (request.id != "ECHO"_id && !held) {
      throw chunk::failure(chunk::error{chunk::errc::violation, "not this"});
    }
    const auto reply =
        encode(chunk::header{request.id, static_cast<std::uint32_t>(request.payload.size())});
    due += support::chars(reply) + support::chars(request.payload);
    if (held) return hold(request, out);
    out.append(request.id, request.payload);
    return std::nullopt;
  }

  void opened(const chunk::session::connection_info& about) override { ++opened_[about.number]; }

  void closed(const chunk::session::connection_info& about, chunk::session::close_reason,
              const std::string&) override {
    fuzz::check(++closed_[about.number] == 1, "a connection ends once");
    fuzz::check(opened_[about.number] <= 1, "it was opened once, or refused");
  }

  void release() { gate_.cancel(); }

  std::size_t closed_count() const { return closed_.size(); }

  std::map<std::uint64_t, std::string> replies;  ///< of each connection, all that are due

 private:
  asio::awaitable<void> hold(chunk::chunk_view request, chunk::session::reply_buffer& out) {
    std::error_code ignored;
    co_await gate_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    out.append(request.id, request.payload);
  }

  asio::steady_timer gate_;
  std::map<std::uint64_t, int> opened_;
  std::map<std::uint64_t, int> closed_;
};

/// Adds pieces of a stream, such as whole requests, parts of them, and waits.
void add_piece(commands& from, support::far_side& far) {
  const auto kind = from.next();
  const auto size = from.next();
  switch (kind % 5) {
    case 0: far.pieces.push_back(from.text(size)); break;
    case 1: far.pieces.emplace_back(); break;
    default: {
      constexpr chunk::id ids[] = {"ECHO"_id, "HOLD"_id, "FAIL"_id};
      const chunk::id id = ids[kind % 5 - 2];
      auto whole = support::chars(encode(chunk::header{id, size}));
      whole.append(size, 'x');
      const auto cut = std::min<std::size_t>(from.next(), whole.size());
      far.pieces.push_back(whole.substr(0, cut));
      if (cut < whole.size()) far.pieces.push_back(whole.substr(cut));
    }
  }
  // An empty piece is a wait, and two of them in a row are one.
}

support::far_side client_of(commands& from) {
  support::far_side out;
  const auto traits = from.next();
  out.ends = (traits & 1) != 0;
  out.hesitates = (traits & 2) != 0;
  if (traits & 4) out.takes = 1 + from.next();
  if (traits & 8) out.stalls_at = from.next();
  if (traits & 16) out.read_fails_at = from.next();
  if (traits & 32) out.write_fails_at = from.next();
  if (traits & 64) out.queued = from.next();
  for (auto count = from.next() % 16; count > 0; --count) add_piece(from, out);
  return out;
}

/// Runs what is ready, and what becomes so at the present time.
void settle(asio::io_context& context) {
  // A timer before all others makes Asio look at the clock.
  asio::steady_timer looks(context, std::chrono::steady_clock::time_point::min());
  looks.async_wait([](std::error_code) {});
  context.restart();
  while (context.poll() > 0) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  commands from(std::string_view(reinterpret_cast<const char*>(data), size));
  asio::io_context context(1);
  judge by(context);
  chunk::session::server_options limits;
  limits.max_payload = 200;
  limits.max_connections = 4;
  limits.max_unsent = 256;
  std::list<support::far_side> clients;
  chunk::session::server server(context, by, limits, &by);
  bool drains = false;
  while (!from.is_over() && clients.size() < 6) {
    switch (from.next() % 5) {
      case 0:
        if (drains) break;
        clients.push_back(client_of(from));
        server.serve(std::make_unique<support::memory_transport>(context, clients.back()), {});
        break;
      case 1: present += std::chrono::milliseconds(100) * from.next(); break;
      case 2: by.release(); break;
      case 3:
        drains = true;
        server.drain();
        break;
      default: break;
    }
    settle(context);
  }
  server.drain();
  bool over = false;
  asio::co_spawn(context, server.run(), [&](std::exception_ptr problem, std::size_t) {
    fuzz::check(!problem, "serving does not fail");
    over = true;
  });
  // Chosen: more than all limits of time one after the other
  for (int minute = 0; minute < 20 && !over; ++minute) {
    settle(context);
    present += 60s;
  }
  settle(context);
  fuzz::check(over, "draining ends");
  fuzz::check(by.closed_count() == clients.size(), "each connection ends");
  std::uint64_t number = 0;
  for (const auto& each : clients) {
    fuzz::check(each.closed, "no transport is left");
    fuzz::check(by.replies[++number].starts_with(each.taken),
                "replies are those to the requests, in order");
  }
  return 0;
}
