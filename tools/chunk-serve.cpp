// chunk-serve: answers requests on any number of addresses.
#include "cli/connect.hpp"
#include "cli/options.hpp"
#include "cli/protocols.hpp"
#include "cli/run.hpp"
#include "cli/signals.hpp"
#include "cli/status.hpp"
#include "cli/tls.hpp"
#include "io/descriptors.hpp"
#include "script/language/read.hpp"
#include "serve/example.hpp"
#include "serve/handler.hpp"
#include "serve/log.hpp"
#include "serve/logged_service.hpp"
#include "serve/metrics.hpp"
#include "serve/metrics_page.hpp"
#include "serve/options.hpp"
#include "serve/scripted.hpp"
#include "serve/service_manager.hpp"

#include <chunk/net/endpoint.hpp>
#include <chunk/net/listener.hpp>
#include <chunk/net/transport.hpp>
#include <chunk/session/server.hpp>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <signal.h>
#include <string.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace tools;

namespace {

using serve::level;
using serve::options;
using serve::record;

/// Opens every address before any is served, so that a mistake in one leaves nothing half done.
class listeners {
 public:
  listeners(asio::io_context& context, const options& opt) : opt_(opt) {
    const auto passed = serve::take_passed_sockets();
    for (const auto& text : opt.addresses) add(text, passed);
    if (opt.addresses.empty()) {
      if (passed.empty()) throw cli::wrong_usage("ADDR is required: no socket was passed");
      wanted_ = passed;
    }
    for (const auto& each : wanted_) {
      if (each.where.type == chunk::net::endpoint::kind::stdio) continue;
      chunk::net::listen_options how{cli::parse_mode(opt.mode), tls_for(each)};
      open_.push_back(std::make_unique<chunk::net::listener>(context, each.where, std::move(how)));
    }
  }

  bool has_streams() const {
    return std::ranges::count(wanted_, chunk::net::endpoint{}, &serve::passed_socket::where);
  }

  /// Gives each listener to `accept`, and tells of its address.
  void announce(serve::log& log,
                const std::function<void(std::unique_ptr<chunk::net::listener>)>& accept) {
    for (auto& each : open_) {
      const auto local = each->local();
      accept(std::move(each));
      log.write(record(level::info, "listening").add("local", to_text(local)).stands_out());
      cli::announce_ready(opt_.ready_fd, local);
    }
  }

  /// What all TLS connections share. Nothing: there is no such address.
  const std::shared_ptr<chunk::net::tls_context>& tls() const { return tls_; }

 private:
  /// An address of the form fd:NAME is a socket that was passed with that name.
  void add(const std::string& text, const std::vector<serve::passed_socket>& passed) {
    const bool may_be_name = text.starts_with("fd:");
    std::size_t before = wanted_.size();
    for (const auto& each : passed) {
      if (may_be_name && each.name == text.substr(3)) wanted_.push_back(each);
    }
    if (wanted_.size() > before) return;
    const auto where = value_or_throw(chunk::net::parse_endpoint(text));
    const auto same = std::ranges::find(passed, where, &serve::passed_socket::where);
    if (same != passed.end()) return wanted_.push_back(*same);
    const bool stream = where.type == chunk::net::endpoint::kind::stdio;
    if (stream && has_streams()) throw cli::wrong_usage("'-': can be given only once");
    wanted_.push_back({where, {}});
  }

  /// A socket that was passed with a name that begins with `tls` is for TLS.
  std::shared_ptr<chunk::net::tls_context> tls_for(const serve::passed_socket& one) {
    const bool needed =
        one.where.type == chunk::net::endpoint::kind::tls || one.name.starts_with("tls");
    if (needed && !tls_) tls_ = make_tls(one);
    return needed ? tls_ : nullptr;
  }

  std::shared_ptr<chunk::net::tls_context> make_tls(const serve::passed_socket& one) const {
    return cli::server_tls(one.name.empty() ? to_text(one.where) : "tls:" + one.name, opt_.tls);
  }

  const options& opt_;
  std::vector<serve::passed_socket> wanted_;  // without a name, an address of the command line
  std::vector<std::unique_ptr<chunk::net::listener>> open_;
  std::shared_ptr<chunk::net::tls_context> tls_;
};

/// Calls `drain` with the name of the first signal that asks to stop; another one does what it does
/// to any program. SIGHUP reads certificates again, and SIGUSR1 calls `report`.
class signals {
 public:
  signals(asio::io_context& context, serve::log& log, serve::service_manager& manager,
          std::function<void(const std::string&)> drain)
      : log_(log), manager_(manager), drain_(std::move(drain)), set_(context) {
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1}) {
      if (!cli::is_ignored(number)) set_.add(number);
    }
    wait();
  }

  /// Drains by another's wish; only the first one counts.
  void drain(const std::string& by) {
    if (std::exchange(draining_, true)) return;
    set_.remove(SIGINT);
    set_.remove(SIGTERM);
    drain_(by);
  }

  void report_by(std::function<void()> report) { report_ = std::move(report); }
  void reload(std::shared_ptr<chunk::net::tls_context> tls) { tls_ = std::move(tls); }

 private:
  void wait() {
    set_.async_wait([this](std::error_code aborted, int number) {
      if (aborted) return;
      if (number == SIGHUP) {
        read_certificates();
      } else if (number == SIGUSR1) {
        if (report_) report_();
      } else {
        drain(std::string("SIG") + ::sigabbrev_np(number));
      }
      wait();
    });
  }

  void read_certificates() {
    manager_.reloading();
    try {
      if (tls_) tls_->reload();
      record entry(level::info, "reload");
      log_.write(entry.add("certificates", tls_ ? "read" : "none").stands_out());
    } catch (const chunk::failure& reason) {
      record entry(level::error, "reload");
      log_.write(entry.add("certificates", "kept").add("reason", reason.what()).stands_out());
    }
    manager_.ready();
  }

  serve::log& log_;
  serve::service_manager& manager_;
  std::function<void(const std::string&)> drain_;
  std::function<void()> report_;
  std::shared_ptr<chunk::net::tls_context> tls_;
  asio::signal_set set_;
  bool draining_ = false;
};

/// Lets what is in progress finish, and tells the log and the service manager so.
template <class Server>
void drain(Server& server, const std::string& by, serve::log& log,
           serve::service_manager& manager) {
  log.write(record(level::info, "drain").add("by", by).stands_out());
  manager.stopping();
  server.drain();
}

asio::awaitable<int> serve_script(asio::io_context& context, const options& opt, serve::log& log) {
  const auto all = script::read_program({}, {*opt.script}, script::role::server);
  if (!all) co_return script::refuse(all.error());
  auto most = limits(opt);
  serve::script_options how;
  how.drain = most.drain_timeout;
  how.handshake = most.handshake_timeout;
  how.access = most.access;
  if (opt.limits_chunk) how.max_payload = opt.max_chunk;
  serve::service_manager manager(context);
  listeners open(context, opt);
  most.max_connections = io::usable_descriptors(opt.max_connections, 0);
  how.max_connections = most.max_connections;
  serve::scripted_server server(context, *all, log, std::move(how));
  signals reacts(context, log, manager,
                 [&](const std::string& by) { drain(server, by, log, manager); });
  reacts.reload(open.tls());
  log.write(describe(opt, most));
  open.announce(
      log, [&](std::unique_ptr<chunk::net::listener> from) { server.listen(std::move(from)); });
  manager.ready();
  if (open.has_streams()) server.serve(chunk::net::open_stdio(context));
  const auto failed = co_await server.run();
  log.flush();
  log.write(record(level::info, "stopped").add("failed", failed).stands_out());
  co_return failed == 0 ? cli::success : cli::negative;
}

std::unique_ptr<serve::metrics_page> open_page(asio::io_context& context, const options& opt,
                                               std::function<std::string()> render) {
  if (!opt.metrics) return nullptr;
  const auto where = value_or_throw(chunk::net::parse_endpoint(*opt.metrics));
  if (where.type == chunk::net::endpoint::kind::tls) {
    throw cli::wrong_usage("--metrics: '" + *opt.metrics + "': the page is there without TLS only");
  }
  const chunk::net::listen_options how{cli::parse_mode(opt.mode)};
  auto from = std::make_unique<chunk::net::listener>(context, where, how);
  return std::make_unique<serve::metrics_page>(context, std::move(from), std::move(render));
}

/// So many connections as there are descriptors for, with those that handlers take for them.
std::uint64_t usable_connections(const options& opt) {
  constexpr auto most = std::uint64_t{1} << 32;  // chosen: more are not asked for in earnest
  const auto wanted = opt.handlers.descriptors_for(std::min(opt.max_connections, most));
  const auto got =
      io::usable_descriptors(wanted, opt.metrics ? serve::metrics_page::most_descriptors : 0);
  return std::max<std::uint64_t>(opt.handlers.connections_within(got), 1);
}

asio::awaitable<int> serve_all(asio::io_context& context, const options& opt, serve::log& log) {
  auto most = limits(opt);
  const auto longest_delay = most.handler_timeout;
  const bool built_in = !opt.handlers.wanted();
  if (built_in && opt.protocol != "example") {
    throw cli::wrong_usage("no handlers for the protocol '" + opt.protocol + "'; there is example");
  }
  const auto rules = rules_of(opt.handlers, opt.protocol);
  serve::metrics counts(rules);
  std::function<void(const std::string&)> stop;
  std::unique_ptr<serve::handler> by;
  if (built_in) {
    serve::example::settings how{longest_delay, opt.allow_shutdown, [&stop] { stop("SHUT"); }};
    by = std::make_unique<serve::example>(std::move(how));
  } else {
    by = make_handler(context, opt.handlers, rules, most, log, counts);
  }
  serve::logged_service service(*by, log, counts, opt.metrics.has_value());
  serve::service_manager manager(context);
  listeners open(context, opt);
  most.max_connections = usable_connections(opt);
  const auto announced = describe(opt, most);
  if (built_in) most.handler_timeout += std::chrono::seconds(1);  // the longest DLAY ends before it
  chunk::session::server server(context, service, most);
  const auto page = open_page(context, opt, [&] { return counts.to_text(server.counts()); });
  signals reacts(context, log, manager, [&](const std::string& why) {
    by->drain();
    drain(server, why, log, manager);
  });
  stop = [&reacts](const std::string& why) { reacts.drain(why); };
  reacts.reload(open.tls());
  reacts.report_by([&] {
    record entry(level::warning, "metrics");  // asked for, so that it is shown with -q as well
    for (const auto& [key, value] : counts.to_pairs(server.counts())) entry.note(key, value);
    log.write(entry.stands_out());
  });

  log.write(announced);
  by->start();
  open.announce(
      log, [&](std::unique_ptr<chunk::net::listener> from) { server.listen(std::move(from)); });
  if (page) {
    log.write(
        record(level::info, "metrics-page").add("local", to_text(page->local())).stands_out());
    cli::announce_ready(opt.ready_fd, page->local());
  }
  manager.ready();
  if (open.has_streams()) server.serve(chunk::net::open_stdio(context), chunk::net::endpoint{});
  const auto cut = co_await server.run();
  if (page) page->close();
  co_await by->stop();
  log.flush();
  log.write(record(level::info, "stopped").add("cut", cut));
  co_return cut == 0 ? cli::success : cli::negative;
}

}  // namespace

int main(int argc, char** argv) {
  options opt;
  CLI::App app{"Answer the requests of chunk clients on each ADDR.", "chunk-serve"};
  serve::add_options(app, opt);
  return cli::run(app, argc, argv, [&](asio::io_context& context) {
    complete(app, opt);
    serve::log log(context, serve::least_level(opt.verbosity),
                   opt.log_format == "json" ? serve::log_format::json : serve::log_format::logfmt);
    return cli::run(context,
                    opt.script ? serve_script(context, opt, log) : serve_all(context, opt, log));
  });
}
