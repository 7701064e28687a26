#include "serve/exec_handler.hpp"

#include "serve/stderr_log.hpp"

#include <chunk/net/endpoint.hpp>

#include <asio/co_spawn.hpp>
#include <asio/experimental/deferred.hpp>
#include <asio/experimental/parallel_group.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <exception>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace tools::serve {
namespace {

/// Chosen: the capacity of a pipe.
constexpr std::size_t block = 64 * 1024;

/// The variables that describe a request to its command. A name without a value removes the
/// variable from the environment, so that it is not inherited where the value is unknown.
std::vector<std::string> environment(const chunk::session::connection_info& from,
                                     const chunk::chunk_view& request, const chunk::framing& how) {
  const auto& owner = from.remote.owner;
  std::vector<std::string> out{
      "CHUNK_ID=" + to_text(request.id),
      fmt::format("CHUNK_LENGTH={}", request.payload.size()),
      fmt::format("CHUNK_CONNECTION={}", from.number),
      "CHUNK_PEER=" + (owner ? "unix" : to_address(from.remote.address)),
      owner ? fmt::format("CHUNK_PEER_UID={}", owner->uid) : "CHUNK_PEER_UID",
      owner ? fmt::format("CHUNK_PEER_PID={}", owner->pid) : "CHUNK_PEER_PID"};
  io::append_fields(out, how, {request.id, request.payload.size(), request.front});
  return out;
}

asio::awaitable<void> feed(io::child& to, std::span<const std::byte> payload) {
  co_await to.feed(payload);  // not an error if the command does not read all of it
  to.end_input();
}

/// Collects the output of a command. Memory grows with the bytes that have arrived.
asio::awaitable<void> collect(io::child& from, std::uint64_t most, std::vector<std::byte>& out) {
  for (std::size_t held = 0;;) {
    if (out.size() < held + block) out.resize(std::max(held + block, 2 * held));
    const auto count = co_await from.read(std::span(out).subspan(held));
    held += count;
    if (held > most) throw std::runtime_error(fmt::format("more than {} bytes of output", most));
    if (count > 0) continue;
    out.resize(held);
    break;
  }
}

/// Releases one of the slots for running commands when destroyed.
struct slot {
  explicit slot(io::async_semaphore& from) : of(from) {}
  ~slot() { of.release(); }
  slot(const slot&) = delete;
  slot& operator=(const slot&) = delete;

  io::async_semaphore& of;
};

}  // namespace

exec_handler::exec_handler(asio::io_context& context, log& to, settings how)
    : context_(context), log_(to), how_(std::move(how)), slots_(context, how_.jobs) {}

asio::awaitable<void> exec_handler::answer(const chunk::session::connection_info& from,
                                           const chunk::chunk_view& request, chunk::id reply,
                                           chunk::session::reply_buffer& out) {
  co_await slots_.acquire();
  const slot held(slots_);
  record start(level::warning, "stderr");
  stderr_log errors(log_, start.note("conn", from.number).add("id", to_text(request.id)));
  io::child process(context_, how_.commands.at(request.id), io::child::errors::piped,
                    environment(from, request, how_.framing));
  std::vector<std::byte> output;

  const auto executor = co_await asio::this_coro::executor;
  auto feeding = feed(process, request.payload);
  auto collecting = collect(process, how_.max_reply, output);
  auto following = errors.follow(process);
  auto together = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, std::move(feeding), asio::experimental::deferred),
      asio::co_spawn(executor, std::move(collecting), asio::experimental::deferred),
      asio::co_spawn(executor, std::move(following), asio::experimental::deferred));
  asio::experimental::wait_for_one_error unless_one_fails;
  const auto [order, not_fed, not_collected, not_followed] =
      co_await together.async_wait(unless_one_fails, asio::use_awaitable);
  const std::array problems{not_fed, not_collected, not_followed};
  for (const auto each : order) {
    if (problems.at(each)) std::rethrow_exception(problems.at(each));
  }
  co_await process.ended();
  const auto end = process.finish();
  if (!end.succeeded()) throw std::runtime_error(end.in_words());
  chunk::chunk_view answer{reply, output};
  // A first request may have a header of its own, with other fields.
  const bool alike = request.id.form == reply.form;
  if (alike && how_.framing.has_fields(reply)) answer.front = request.front;
  out.append(answer);
}

}  // namespace tools::serve
