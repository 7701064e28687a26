// chunk-serve: answers requests on any number of addresses.
#include "cli.hpp"
#include "script/read.hpp"
#include "serve/example.hpp"
#include "serve/log.hpp"
#include "serve/scripted.hpp"

#include <chunk/endpoint.hpp>
#include <chunk/listener.hpp>
#include <chunk/server.hpp>
#include <chunk/transport.hpp>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using serve::level;
using serve::record;

struct options {
  std::vector<std::string> addresses;
  cli::verbosity verbosity;
  std::string protocol = "example";
  std::optional<std::string> script;
  std::string mode = "0600";
  int ready_fd = -1;
  std::uint32_t max_chunk = chunk::server_options{}.max_payload;
  bool limits_chunk = false;  ///< max_chunk was given
  std::uint64_t max_connections = chunk::server_options{}.max_connections;
  double idle_seconds = 60;
  double drain_seconds = 10;
  bool allow_shutdown = false;
};

level least_level(const cli::verbosity& how) {
  if (how.quiet) return level::warning;
  return how.verbose ? level::debug : level::info;
}

/// What an operator should see: the faults of clients and the server's own, not every farewell.
level severity(chunk::ending why) {
  switch (why) {
    case chunk::ending::ended:
    case chunk::ending::drained: return level::debug;
    case chunk::ending::failed: return level::error;
    case chunk::ending::over_capacity:
    case chunk::ending::cut: return level::warning;
    case chunk::ending::idle:
    case chunk::ending::violation:
    case chunk::ending::denied:
    case chunk::ending::too_large:
    case chunk::ending::truncated:
    case chunk::ending::lost:
    case chunk::ending::write_stalled:
    case chunk::ending::handler_timeout: return level::info;
  }
  return level::info;
}

/// The example protocol, with a log of what happens to its connections.
class logged_service final : public chunk::service {
 public:
  logged_service(serve::example::settings how, serve::log log)
      : example_(std::move(how)), log_(log) {}

  std::optional<asio::awaitable<void>> answer(const chunk::connection& from,
                                              const chunk::view& request,
                                              chunk::replies& out) override {
    return example_.answer(from, request, out);
  }

  void opened(const chunk::connection& about) override {
    record entry(level::debug, "accept");
    entry.add("conn", about.number).add("local", to_text(about.local)).add(about.remote);
    log_.write(entry);
  }

  void closed(const chunk::connection& about, chunk::ending why,
              const std::string& detail) override {
    using namespace std::chrono;
    const auto lasted = duration_cast<milliseconds>(steady_clock::now() - about.since).count();
    record entry(severity(why), "close");
    entry.add("conn", about.number).add("reason", to_text(why));
    if (!detail.empty()) entry.add("detail", detail);
    entry.add("local", to_text(about.local)).add(about.remote);
    if (about.last_id) entry.add("id", to_text(*about.last_id));
    entry.add("requests", about.requests).add("in", about.bytes_in).add("out", about.bytes_out);
    entry.add("ms", static_cast<std::uint64_t>(lasted));
    log_.write(entry);
  }

  void accept_failed(const chunk::error& reason) override {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_complaint_) return;
    next_complaint_ = now + std::chrono::seconds(10);  // chosen: seen, without filling a disk
    record entry(level::error, "accept-failed");
    log_.write(entry.add("reason", to_text(reason)));
  }

 private:
  serve::example example_;
  serve::log log_;
  std::chrono::steady_clock::time_point next_complaint_{};
};

/// The descriptors that connections may use: those allowed, less some for all else, but at least
/// one.
std::uint64_t usable_descriptors() {
  constexpr rlim_t others = 16;  // chosen: streams, listeners, epoll, timers, and some to spare
  rlimit allowed{};
  if (::getrlimit(RLIMIT_NOFILE, &allowed) != 0) return 1;
  return allowed.rlim_cur > others ? allowed.rlim_cur - others : 1;
}

chunk::server_options limits(const options& opt) {
  chunk::server_options out;
  out.max_payload = opt.max_chunk;
  out.max_connections = std::min<std::uint64_t>(opt.max_connections, usable_descriptors());
  out.idle_timeout = cli::to_limit(opt.idle_seconds, "--idle-timeout");
  out.drain_timeout = cli::to_duration(opt.drain_seconds, "--drain-timeout");
  return out;
}

/// Opens every address before any is served, so that a mistake in one leaves nothing half done.
/// `accept` is given each listener, `serve` standard input and output, if they are an address.
template <class Accept, class Serve>
void listen(asio::io_context& context, const options& opt, const serve::log& log, Accept accept,
            Serve serve) {
  const chunk::listen_options how{cli::parse_mode(opt.mode)};
  std::vector<chunk::endpoint> where;
  for (const auto& text : opt.addresses) {
    where.push_back(value_or_throw(chunk::parse_endpoint(text)));
  }
  const auto streams = std::ranges::count(where, chunk::endpoint{});
  if (streams > 1) throw cli::wrong_usage("'-': can be given only once");
  std::vector<std::unique_ptr<chunk::listener>> open;
  for (const auto& each : where) {
    if (each.type == chunk::endpoint::kind::stdio) continue;
    open.push_back(std::make_unique<chunk::listener>(context, each, how));
  }
  for (auto& each : open) {
    const auto local = each->local();
    accept(std::move(each));
    log.write(record(level::info, "listening").add("local", to_text(local)));
    cli::announce_ready(opt.ready_fd, local);
  }
  if (streams > 0) serve(chunk::open_stdio(context));
}

/// Drains at the first signal that asks to stop. From then on a signal does what it does to any
/// program.
template <class Server>
class drain_by_signal {
 public:
  drain_by_signal(asio::io_context& context, Server& server, const serve::log& log)
      : signals_(context) {
    for (const int number : {SIGINT, SIGTERM}) {
      if (!cli::is_ignored(number)) signals_.add(number);
    }
    signals_.async_wait([&](std::error_code aborted, int number) {
      if (aborted) return;
      const auto name = std::string("SIG") + ::sigabbrev_np(number);
      log.write(record(level::info, "drain").add("by", name));
      server.drain();
      signals_.clear();
    });
  }

 private:
  asio::signal_set signals_;
};

asio::awaitable<int> serve_script(asio::io_context& context, const options& opt) {
  const serve::log log(least_level(opt.verbosity));
  const auto all = script::read_program({}, {*opt.script}, script::role::server);
  if (!all) co_return script::refuse(all.error());
  const auto most = limits(opt);
  serve::script_options how;
  how.drain = most.drain_timeout;
  how.max_connections = most.max_connections;
  if (opt.limits_chunk) how.max_payload = opt.max_chunk;
  serve::scripted_server server(context, *all, log, how);
  const drain_by_signal drains(context, server, log);
  listen(
      context, opt, log,
      [&](std::unique_ptr<chunk::listener> from) { server.listen(std::move(from)); },
      [&](std::unique_ptr<chunk::transport> link) { server.serve(std::move(link)); });
  const auto failed = co_await server.run();
  log.write(record(level::info, "stopped").add("failed", failed));
  co_return failed == 0 ? cli::success : cli::negative;
}

asio::awaitable<int> serve_all(asio::io_context& context, const options& opt) {
  const serve::log log(least_level(opt.verbosity));
  auto options = limits(opt);
  const auto longest_delay = options.handler_timeout;
  options.handler_timeout += std::chrono::seconds(1);  // the longest DLAY is to end before it
  if (opt.protocol != "example") {
    throw cli::wrong_usage("no handlers for the protocol '" + opt.protocol + "'; there is example");
  }
  chunk::server* running = nullptr;
  serve::example::settings handlers{longest_delay, opt.allow_shutdown, [&running, &log] {
                                      log.write(record(level::info, "drain").add("by", "SHUT"));
                                      running->drain();
                                    }};
  logged_service service(std::move(handlers), log);
  chunk::server server(context, service, options);
  running = &server;

  const drain_by_signal drains(context, server, log);
  listen(
      context, opt, log,
      [&](std::unique_ptr<chunk::listener> from) { server.listen(std::move(from)); },
      [&](std::unique_ptr<chunk::transport> link) {
        server.serve(std::move(link), chunk::endpoint{});
      });
  const auto cut = co_await server.run();
  log.write(record(level::info, "stopped").add("cut", cut));
  co_return cut == 0 ? cli::success : cli::negative;
}

}  // namespace

int main(int argc, char** argv) {
  options opt;
  CLI::App app{"Answer the requests of chunk clients on each ADDR.", "chunk-serve"};
  app.add_option("ADDR", opt.addresses,
                 "unix:PATH, abstract:NAME, tcp:HOST:PORT,\n"
                 "vsock:CID:PORT, fd:N (listening) or - (stdin, stdout)")
      ->required();
  app.add_option("-p,--protocol", opt.protocol, "Protocol to serve")
      ->type_name("NAME")
      ->capture_default_str()
      ->group("Connection");
  app.add_option("--script", opt.script, "Perform the script FILE with each client instead")
      ->type_name("FILE")
      ->group("Connection");
  app.add_option("--mode", opt.mode, "Mode of the socket files")
      ->type_name("MODE")
      ->capture_default_str()
      ->group("Connection");
  app.add_option("--ready-fd", opt.ready_fd, "Write the bound addresses to descriptor N")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber)
      ->group("Connection");
  app.add_flag("--allow-shutdown", opt.allow_shutdown, "Let TCP clients stop the server by SHUT")
      ->group("Connection");
  cli::add_max_chunk(app, opt.max_chunk);
  cli::add_count(app, "--max-connections", opt.max_connections, "Serve so many clients at one time",
                 "Limits");
  app.add_option("--idle-timeout", opt.idle_seconds, "Close a connection without requests")
      ->type_name("SECONDS")
      ->capture_default_str()
      ->group("Limits");
  app.add_option("--drain-timeout", opt.drain_seconds, "Time to finish requests when stopping")
      ->type_name("SECONDS")
      ->capture_default_str()
      ->group("Limits");
  cli::add_other(app, opt.verbosity);
  return cli::run(app, argc, argv, [&](asio::io_context& context) {
    opt.limits_chunk = app.count("--max-chunk") > 0;
    return cli::run(context, opt.script ? serve_script(context, opt) : serve_all(context, opt));
  });
}
