#include "serve/example.hpp"

#include "serve/number.hpp"

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/id.hpp>

#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace tools::serve {
namespace {

using namespace chunk::literals;

std::string_view text_of(std::span<const std::byte> payload) {
  return {reinterpret_cast<const char*>(payload.data()), payload.size()};
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::vector<chunk::placed_chunk> subchunks_of(const chunk::chunk_view& request) {
  auto inner = chunk::split(request.payload);
  if (!inner) violation(to_text(request.id) + ": " + inner.error().detail);
  return std::move(*inner);
}

/// Finds the one subchunk with an ID.
///
/// Throws: failure with errc::violation if there is none, or more than one
chunk::chunk_view only(const std::vector<chunk::placed_chunk>& subchunks, const chunk::id& id) {
  const chunk::chunk_view* found = nullptr;
  for (const auto& each : subchunks) {
    if (each.id != id) continue;
    if (found) violation("more than one " + to_text(id));
    found = &each;
  }
  if (!found) violation("no " + to_text(id));
  return *found;
}

chunk::net::duration parse_delay(const chunk::chunk_view& request, chunk::net::duration most) {
  const auto seconds = parse_real(text_of(only(subchunks_of(request), "NTVL"_id).payload));
  if (!seconds) violation("NTVL is not a number");
  const auto limit = std::chrono::duration<double>(most);
  const bool usable = *seconds >= 0 && *seconds <= limit.count();
  if (!usable) violation("NTVL is not between 0 and " + chunk::net::to_text(most));
  return std::chrono::duration_cast<chunk::net::duration>(std::chrono::duration<double>(*seconds));
}

std::vector<number> parse_operands(const std::vector<chunk::placed_chunk>& subchunks) {
  std::vector<number> out;
  for (const auto& each : subchunks) {
    if (each.id == "OPER"_id) continue;
    if (each.id != "OPND"_id) violation("unexpected " + to_text(each.id));
    const auto operand = parse_number(text_of(each.payload));
    if (!operand) violation("OPND is not a number");
    out.push_back(*operand);
  }
  return out;
}

void answer_computation(const chunk::chunk_view& request, chunk::session::reply_buffer& out) {
  const auto subchunks = subchunks_of(request);
  const auto operation = parse_operation(text_of(only(subchunks, "OPER"_id).payload));
  if (!operation) violation("OPER is none of + - * / % **");
  const auto operands = parse_operands(subchunks);
  if (!takes_any_number(*operation) && operands.size() != 2) {
    violation("OPND must be there twice, not " + std::to_string(operands.size()) + " times");
  }
  const auto value = compute(*operation, operands);
  std::vector<std::byte> answer;
  chunk::append(answer, chunk::chunk_view{"STS "_id, bytes_of(value ? "1" : "0")});
  if (value) chunk::append(answer, chunk::chunk_view{"VALU"_id, bytes_of(*value)});
  out.append("ANSR"_id, answer);
}

}  // namespace

void example::shut(const chunk::session::connection_info& from,
                   chunk::session::reply_buffer& out) const {
  if (!from.remote.owner && !how_.allow_shutdown) {
    throw chunk::failure(chunk::error{std::make_error_code(std::errc::permission_denied),
                                      "SHUT is not allowed from here"});
  }
  out.append("NOOP"_id);
  how_.shut_down();
}

asio::awaitable<void> example::delay(const chunk::chunk_view& request,
                                     chunk::session::reply_buffer& out) const {
  const auto pause = parse_delay(request, how_.longest_answer);
  asio::steady_timer timer(co_await asio::this_coro::executor, pause);
  co_await timer.async_wait(asio::use_awaitable);
  out.append("NOOP"_id);
}

std::optional<asio::awaitable<void>> example::answer(const chunk::session::connection_info& from,
                                                     const chunk::chunk_view& request,
                                                     chunk::session::reply_buffer& out) {
  if (request.id == "ECHO"_id) {
    out.append(request.id, request.payload);
  } else if (request.id == "NOOP"_id) {
    out.append(request.id);
  } else if (request.id == "CMPU"_id) {
    answer_computation(request, out);
  } else if (request.id == "DLAY"_id) {
    return delay(request, out);
  } else if (request.id == "SHUT"_id) {
    shut(from, out);
  } else {
    violation("unknown request " + to_text(request.id));
  }
  return std::nullopt;
}

}  // namespace tools::serve
