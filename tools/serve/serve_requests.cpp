#include "serve/serve_requests.hpp"

#include "cli/connect.hpp"
#include "cli/options.hpp"
#include "cli/status.hpp"
#include "io/descriptors.hpp"
#include "io/files.hpp"
#include "io/output.hpp"
#include "serve/built_in.hpp"
#include "serve/connection_log.hpp"
#include "serve/handler.hpp"
#include "serve/listeners.hpp"
#include "serve/measured_handler.hpp"
#include "serve/metrics.hpp"
#include "serve/metrics_page.hpp"
#include "serve/service_manager.hpp"
#include "serve/signals.hpp"

#include <chunk/net/endpoint.hpp>
#include <chunk/net/listener.hpp>
#include <chunk/net/scheme.hpp>
#include <chunk/net/transport.hpp>
#include <chunk/session/server.hpp>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace tools::serve {
namespace {

std::unique_ptr<metrics_page> open_page(asio::io_context& context, const options& opt,
                                        std::function<std::string()> render) {
  if (!opt.metrics) return nullptr;
  const auto where = value_or_throw(chunk::net::parse_endpoint(*opt.metrics));
  if (chunk::net::scheme_of(where).traits.tls) {
    throw cli::wrong_usage("--metrics: '" + *opt.metrics + "': the page is there without TLS only");
  }
  const chunk::net::listen_options how{cli::parse_mode(opt.mode)};
  auto from = std::make_unique<chunk::net::listener>(context, where, how);
  return std::make_unique<metrics_page>(context, std::move(from), std::move(render));
}

/// The number of connections for which there are descriptors, including those that handlers need.
std::uint64_t usable_connections(const options& opt) {
  constexpr auto most = std::uint64_t{1} << 32;  // chosen: more than any machine has
  const auto wanted = opt.handlers.descriptors_for(std::min(opt.max_connections, most));
  const auto got = io::usable_descriptors(wanted, opt.metrics ? metrics_page::most_descriptors : 0);
  return std::max<std::uint64_t>(opt.handlers.connections_within(got), 1);
}

[[noreturn]] void fail_to_start(const std::string& reason) {
  throw chunk::local_failure(
      chunk::error{std::make_error_code(std::errc::no_child_process), reason});
}

}  // namespace

asio::awaitable<int> serve_requests(asio::io_context& context, const options& opt, log& log) {
  auto most = limits(opt);
  const auto* const own = opt.handlers.wanted() ? nullptr : &find_built_in(opt.protocol);
  const auto& rules = *opt.rules;
  metrics counts(rules);
  std::function<void(const std::string&)> stop;
  std::unique_ptr<handler> by;
  if (own) {
    const auto shut_down = [&stop] { stop("SHUT"); };
    by = own->make({most.handler_timeout, opt.allow_shutdown, shut_down});
  } else {
    by = make_handler(context, opt.handlers, rules, most, log, counts);
  }
  measured_handler measured(*by, counts, opt.metrics.has_value());
  service_manager manager(context);
  listeners open(context, opt);
  connection_log connections(log, counts, open.has_only_streams());
  if (open.has_streams()) io::refuse_output_as_input("-");
  most.max_connections = usable_connections(opt);
  const auto announced = describe(opt, most);
  if (own) most.handler_timeout += own->grace;
  chunk::session::server server(context, measured, most, &connections);
  const auto page = open_page(context, opt, [&] { return counts.to_text(server.counts()); });
  signals reacts(context, log, manager, [&] {
    by->drain();
    server.drain();
  });
  stop = [&reacts](const std::string& why) { reacts.drain(why); };
  reacts.reload(open.tls());
  reacts.report_by([&] {
    record entry(level::warning, "metrics");  // so that -q does not suppress it
    for (const auto& [key, value] : counts.to_pairs(server.counts())) entry.note(key, value);
    log.write(entry.stands_out());
  });

  log.write(announced);
  std::optional<std::string> hopeless;
  bool is_open = false;
  std::exception_ptr problem;
  std::size_t cut = 0;
  try {
    by->start([&](const std::string& reason) {
      hopeless = reason;
      if (is_open) reacts.drain("--worker");
    });
    if (hopeless) fail_to_start(*hopeless);
    is_open = true;
    open.announce(
        log, [&](std::unique_ptr<chunk::net::listener> from) { server.listen(std::move(from)); });
    if (page) {
      log.write(
          record(level::info, "metrics-page").add("local", to_text(page->local())).stands_out());
      cli::announce_ready(opt.ready_fd, page->local());
    }
    using later = cli::later_output;
    cli::end_ready(opt.ready_fd, open.has_streams() ? later::some : later::none);
    manager.ready();
    if (open.has_streams()) server.serve(chunk::net::open_stdio(context), chunk::net::endpoint{});
    cut = co_await server.run();
  } catch (...) {
    problem = std::current_exception();
  }
  // Whatever has failed, clients and workers that are there by now still use what is here.
  if (problem) {
    by->drain();
    server.drain();
    cut = co_await server.run();
  }
  if (page) page->close();
  co_await by->stop();
  if (problem) std::rethrow_exception(problem);
  log.flush();
  log.write(record(level::info, "stopped").add("cut", cut));
  if (hopeless) fail_to_start(*hopeless);
  if (connections.reader_gone()) io::fail_by_broken_pipe();
  const int of_stream = connections.stream_status();
  if (of_stream != cli::success) co_return of_stream;
  co_return cut == 0 ? cli::success : cli::negative;
}

}  // namespace tools::serve
