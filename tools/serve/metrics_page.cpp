#include "serve/metrics_page.hpp"

#include <chunk/net/deadline.hpp>

#include <asio/co_spawn.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <new>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

namespace tools::serve {
namespace {

// Chosen: the request of a scraper has a few hundred bytes.
constexpr std::size_t longest_request = 8 * 1024;
constexpr auto time_limit = std::chrono::seconds(5);

/// For a connection above the limit. Chosen: short, since it may be one of many.
constexpr auto short_limit = std::chrono::seconds(1);

chunk::net::accept_options few_connections() {
  chunk::net::accept_options out;
  out.max_connections = metrics_page::most_connections + metrics_page::most_excess;
  return out;
}

/// Source: RFC 9110 and RFC 9112
std::string response(std::string_view status, std::string_view text, bool with_content) {
  return fmt::format(
      "HTTP/1.1 {}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
      "Content-Length: {}\r\nConnection: close\r\n\r\n{}",
      status, text.size(), with_content ? text : std::string_view());
}

/// Says whether a request is for the page. A query does not change it.
bool is_page(std::string_view line) {
  constexpr std::string_view path = " /metrics";
  const auto target = line.substr(std::min(line.find(' '), line.size()));
  if (!target.starts_with(path)) return false;
  const auto rest = target.substr(path.size());
  return rest.starts_with(' ') || rest.starts_with('?');
}

}  // namespace

metrics_page::metrics_page(asio::io_context& context, std::unique_ptr<chunk::net::listener> from,
                           std::function<std::string()> render)
    : context_(context),
      local_(from->local()),
      render_(std::move(render)),
      // Failures to accept are not reported here: they affect the server as well, which logs them.
      accepting_(
          context, [this](chunk::net::accepted_connection one) { take(std::move(one)); }, *this,
          few_connections()) {
  accepting_.listen(std::move(from));
}

void metrics_page::take(chunk::net::accepted_connection from) {
  asio::co_spawn(context_, serve(std::move(from)), [](const std::exception_ptr& problem) {
    if (problem) std::rethrow_exception(problem);
  });
}

asio::awaitable<void> metrics_page::serve(chunk::net::accepted_connection from) {
  const bool excess = accepting_.active() > most_connections;
  try {
    auto work = excess ? finish(*from.link,
                                response("503 Service Unavailable", "too many connections\n", true))
                       : answer(*from.link);
    const auto limit = excess ? short_limit : time_limit;
    co_await chunk::net::within(limit, std::move(work), "the page was not read in time");
  } catch (const std::bad_alloc&) {
    // The client is lost.
  } catch (const std::system_error&) {
    // The client has disconnected or is stuck, and cannot be sent an error.
    from.link->cancel();
  }
}

asio::awaitable<void> metrics_page::answer(chunk::net::transport& link) {
  std::string request;
  while (request.find("\r\n\r\n") == request.npos && request.size() < longest_request) {
    std::byte room[1024];
    const auto got = co_await link.read_some(room);
    if (got == 0) co_return;
    request.append(reinterpret_cast<const char*>(room), got);
  }
  const std::string_view line(request.data(), request.find("\r\n"));
  const bool head = line.starts_with("HEAD ");
  std::string reply;
  if (request.find("\r\n\r\n") == request.npos) {
    reply = response("431 Request Header Fields Too Large", "too long\n", true);
  } else if (!head && !line.starts_with("GET ")) {
    reply = response("405 Method Not Allowed", "only GET\n", true);
  } else if (is_page(line)) {
    reply = response("200 OK", render_(), !head);
  } else {
    reply = response("404 Not Found", "only /metrics\n", !head);
  }
  co_await finish(link, std::move(reply));
}

/// Writes the response, and closes without a reset.
asio::awaitable<void> metrics_page::finish(chunk::net::transport& link, std::string reply) {
  co_await link.write_all(std::as_bytes(std::span(reply)));
  link.shutdown_write();
  // Wait until the client has closed its side, since closing earlier could reset the connection
  // before the client has read the page.
  for (std::size_t got = 1; got != 0;) {
    std::byte room[1024];
    got = co_await link.read_some(room);
  }
}

}  // namespace tools::serve
