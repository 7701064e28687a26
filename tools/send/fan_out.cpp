#include "send/fan_out.hpp"

#include "cli/connect.hpp"
#include "cli/signals.hpp"
#include "cli/tls.hpp"
#include "send/distributor.hpp"

#include <chunk/net/endpoint.hpp>
#include <chunk/net/listener.hpp>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <memory>
#include <utility>

namespace tools::send {
namespace {

policy policy_of(const std::string& name) {
  if (name == "drop") return policy::drop;
  return name == "cut" ? policy::cut : policy::block;
}

}  // namespace

void add_fan_out_options(CLI::App& app, fan_out_options& out) {
  auto* keep = app.add_flag("-k,--keep-open", out.keep_open, "Hand the stream to every client");
  auto* slow = app.add_option("--slow", out.slow, "Let slow ones block, lose chunks, or be cut");
  keep->group("Connection")->needs(app.get_option("--listen"));
  for (const auto* other : {"ACTION", "--script", "--from", "--count", "--trace"}) {
    keep->excludes(app.get_option(other));
  }
  slow->type_name("HOW")->check(CLI::IsMember({"block", "drop", "cut"}))->capture_default_str();
  slow->group("Connection")->needs(keep);
}

asio::awaitable<int> fan_out(asio::io_context& context, const cli::connection_options& connection,
                             const fan_out_options& how, const cli::verbosity& verbosity,
                             cli::progress& counting) {
  const auto where = chunk::value_or_throw(chunk::net::parse_endpoint(connection.listen));
  chunk::net::listen_options options{cli::parse_mode(connection.mode),
                                     cli::server_tls(connection.listen, connection.tls)};
  const auto at = std::make_shared<chunk::net::listener>(context, where, std::move(options));
  const cli::interruption removes_file(context, [&](int) { at->close(); });
  if (verbosity.verbose) cli::remark("listening on " + to_text(at->local()));
  cli::announce_ready(connection.ready_fd, at->local());
  distributor::settings settings{policy_of(how.slow), cli::timeout_of(connection), how.max_chunk,
                                 verbosity};
  const auto all = std::make_shared<distributor>(context, settings, counting);
  co_await all->run(at);
  co_return cli::success;
}

}  // namespace tools::send
