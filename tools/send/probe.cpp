#include "send/probe.hpp"

#include "cli/connect.hpp"
#include "cli/options.hpp"
#include "cli/protocols.hpp"
#include "cli/status.hpp"
#include "script/language/words.hpp"

#include <chunk/framing.hpp>
#include <chunk/net/connect.hpp>
#include <chunk/net/deadline.hpp>
#include <chunk/net/transport.hpp>
#include <chunk/session/chunk_reader.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace tools::send {
namespace {

/// Sends an empty chunk, and gives the ID of the first chunk received, once it is whole.
asio::awaitable<chunk::id> ask(chunk::net::transport& link, chunk::id what,
                               std::uint64_t max_chunk) {
  const auto request = encode(chunk::header{what, 0});
  co_await link.write_all(request);
  chunk::session::reader_options limits;
  limits.max_payload = max_chunk;
  chunk::session::chunk_reader in(link, limits);
  for (bool more = true; more;) {
    while (const auto reply = in.next()) {
      if (reply->ends) co_return reply->head.id;
    }
    more = co_await in.fill();
  }
  value_or_throw(in.finish());
  throw cli::status_failure(
      cli::connection,
      chunk::error{chunk::errc::violation, link.name() + ": closed before the reply"});
}

}  // namespace

asio::awaitable<int> probe(asio::io_context& context, const cli::connection_options& connection,
                           const chunk::protocol& rules, std::uint64_t max_chunk, bool verbose) {
  const auto begin = std::chrono::steady_clock::now();
  const auto limit = cli::timeout_of(connection).value_or(chunk::net::connect_timeout);
  const auto* const known = rules.find(cli::sign_of_life);
  const bool asks = !rules.framing.definition && (known ? known->request : rules.guesses);
  cli::connector connecting(context, connection, verbose);
  const auto link = co_await connecting.open(limit);
  if (asks) {
    auto late = link->name() + ": no reply to " + to_text(cli::sign_of_life) + " within " +
                chunk::net::to_text(limit);
    auto asking = ask(*link, cli::sign_of_life, max_chunk);
    const auto reply = co_await chunk::net::within(limit, std::move(asking), std::move(late));
    const bool fits = !known || known->replies.empty() ||
                      std::ranges::find(known->replies, reply) != known->replies.end();
    if (!fits) {
      auto text = fmt::format("{}: the reply to {} is {}", link->name(), to_text(cli::sign_of_life),
                              to_text(reply));
      throw cli::status_failure(cli::negative,
                                chunk::error{chunk::errc::violation, std::move(text)});
    }
  }
  if (verbose) {
    const auto took = std::chrono::steady_clock::now() - begin;
    cli::remark(fmt::format("{}: {} after {}", link->name(), asks ? "replied" : "connected",
                            script::measured(took)));
  }
  co_return cli::success;
}

}  // namespace tools::send
