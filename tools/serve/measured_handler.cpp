#include "serve/measured_handler.hpp"

#include "io/memory_reserve.hpp"

#include <new>
#include <utility>

namespace tools::serve {
namespace {

using clock = std::chrono::steady_clock;

}  // namespace

std::optional<asio::awaitable<void>> measured_handler::answer(
    const chunk::session::connection_info& from, const chunk::chunk_view& request,
    chunk::session::reply_buffer& out) {
  if (io::memory_is_low()) throw std::bad_alloc();  // ends this connection, for the others
  counts_.count_request(request.id);
  if (!timed_) return by_.answer(from, request, out);
  const auto since = clock::now();
  auto work = by_.answer(from, request, out);
  if (work) return time(std::move(*work), since);
  counts_.count_latency(clock::now() - since);
  return std::nullopt;
}

std::optional<asio::awaitable<void>> measured_handler::answer_ahead(
    const chunk::session::connection_info& from, const chunk::chunk_view& request,
    chunk::session::reply_buffer& out) {
  auto work = by_.answer_ahead(from, request, out);
  if (!work) return std::nullopt;
  counts_.count_request(request.id);
  if (!timed_) return work;
  return time(std::move(*work), clock::now());
}

asio::awaitable<void> measured_handler::time(asio::awaitable<void> work, clock::time_point since) {
  co_await std::move(work);
  counts_.count_latency(clock::now() - since);
}

std::optional<asio::awaitable<void>> measured_handler::take_over(
    chunk::session::connection_info& about, chunk::net::transport& link) {
  return by_.take_over(about, link);
}

}  // namespace tools::serve
