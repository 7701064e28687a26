#include "serve/options.hpp"

#include "cli/run.hpp"
#include "cli/status.hpp"
#include "cli/tls.hpp"
#include "serve/access_rules.hpp"

#include <CLI/App.hpp>
#include <CLI/Error.hpp>
#include <CLI/Validators.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>

namespace tools::serve {
namespace {

void add_seconds(CLI::App& app, const char* name, double& out, const char* what) {
  app.add_option(name, out, what)->type_name("SECONDS")->capture_default_str()->group("Limits");
}

void add_rule(CLI::App& app, const char* name, const char* what) {
  app.add_option(name)
      ->description(what)
      ->type_name("RULE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false)
      ->group("Access");
}

void add_limits(CLI::App& app, options& out) {
  cli::add_max_chunk(app, out.max_chunk);
  cli::add_count(app, "--max-connections", out.max_connections, "Serve so many clients at one time",
                 "Limits");
  cli::add_count(app, "--max-per-peer", out.max_per_peer, "And so many of one user or address",
                 "Limits");
  add_seconds(app, "--handshake-timeout", out.handshake_seconds, "Time for TLS and a PROXY header");
  add_seconds(app, "--idle-timeout", out.idle_seconds, "Close a connection without requests");
  add_seconds(app, "--request-timeout", out.request_seconds, "Time for a request to come");
  app.add_option_function<std::string>(
         "--min-rate",
         [&out](const std::string& text) {
           const auto size = cli::parse_size(text);
           if (!size) throw CLI::ValidationError("--min-rate", size.error().detail);
           if (*size == 0) throw CLI::ValidationError("--min-rate", "the size 0 is not above 0");
           out.least_rate = *size;
         },
         "Bytes that give it a second more (k, M, G)")
      ->type_name("SIZE")
      ->default_str(std::to_string(out.least_rate))
      ->group("Limits");
  add_seconds(app, "--handler-timeout", out.handler_seconds, "Time to answer a request");
  add_seconds(app, "--write-timeout", out.write_seconds, "Cut a client that takes no replies");
  add_seconds(app, "--drain-timeout", out.drain_seconds, "Time to finish requests when stopping");
}

/// What buffers take at most.
std::uint64_t memory_of(const options& from, chunk::session::server_options limits) {
  constexpr std::uint64_t passed_at_once = 128 * 1024;  // of chunk::session::relay(), each way
  const auto& handlers = from.handlers;
  if (handlers.forward) return limits.max_connections * 2 * passed_at_once;
  if (handlers.wanted()) limits.max_payload = std::max(limits.max_payload, handlers.max_reply);
  return most_memory(limits);
}

std::string protocol_of(const options& from) {
  if (from.script) return "script " + *from.script;
  return from.handlers.wanted() && !from.handlers.has_protocol ? "none" : from.protocol;
}

}  // namespace

void add_options(CLI::App& app, options& out) {
  const auto* const address = app.add_option("ADDR", out.addresses,
                                             "unix:PATH, abstract:NAME, tcp:HOST:PORT,\n"
                                             "tls:HOST:PORT, vsock:CID:PORT, fd:N or fd:NAME\n"
                                             "(listening), - (stdin, stdout); without any,\n"
                                             "what systemd passes");
  app.parse_complete_callback([address] {
    const bool passed = std::getenv("LISTEN_FDS") != nullptr;
    if (address->count() == 0 && !passed) throw CLI::RequiredError("ADDR");
  });
  app.add_option("-p,--protocol", out.protocol, "Protocol to serve")
      ->type_name("NAME")
      ->capture_default_str()
      ->group("Connection");
  auto* script = app.add_option("--script", out.script, "Perform the script FILE with each client");
  script->type_name("FILE")->group("Connection");
  add_handler_options(app, out.handlers);
  app.add_option("--mode", out.mode, "Mode of the socket files")
      ->type_name("MODE")
      ->capture_default_str()
      ->group("Connection");
  app.add_option("--ready-fd", out.ready_fd, "Write the bound addresses to descriptor N")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber)
      ->group("Connection");
  app.add_option("--metrics", out.metrics, "Show what is counted at http://ADDR/metrics")
      ->type_name("ADDR")
      ->excludes(script)
      ->group("Connection");
  add_rule(app, "--allow", "Admit uid=, gid=, user=, group=, cert= or a network");
  add_rule(app, "--deny", "Refuse one; the first rule that matches decides");
  app.add_option("--proxy-from", out.proxy_from, "Require a PROXY header from this network")
      ->type_name("CIDR")
      ->allow_extra_args(false)
      ->excludes(script)
      ->group("Access");
  app.add_flag("--allow-shutdown", out.allow_shutdown, "Let TCP clients stop the server by SHUT")
      ->group("Access");
  cli::add_tls_server_options(app, out.tls);
  add_limits(app, out);
  cli::add_other(app, out.verbosity);
  app.add_option("--log-format", out.log_format, "Log as logfmt or json")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"logfmt", "json"}))
      ->capture_default_str()
      ->group("Other");
}

void complete(const CLI::App& app, options& out) {
  out.limits_chunk = app.count("--max-chunk") > 0;
  complete_handlers(app, out.handlers);
  std::map<const CLI::Option*, std::size_t> seen;
  for (const auto* const each : app.parse_order()) {
    const auto& name = each->get_lnames().empty() ? each->get_name() : each->get_lnames().front();
    if (name != "allow" && name != "deny") continue;
    out.access.push_back(parse_access_rule(each->results().at(seen[each]++), name == "allow"));
  }
}

chunk::session::server_options limits(const options& from) {
  chunk::session::server_options out;
  out.max_payload = from.max_chunk;
  out.max_connections = from.max_connections;
  out.max_per_peer = from.max_per_peer;
  out.handshake_timeout = cli::to_limit(from.handshake_seconds, "--handshake-timeout");
  out.idle_timeout = cli::to_limit(from.idle_seconds, "--idle-timeout");
  out.request_timeout = cli::to_limit(from.request_seconds, "--request-timeout");
  out.least_rate = from.least_rate;
  out.handler_timeout = cli::to_limit(from.handler_seconds, "--handler-timeout");
  out.write_timeout = cli::to_limit(from.write_seconds, "--write-timeout");
  out.drain_timeout = cli::to_duration(from.drain_seconds, "--drain-timeout");
  out.access = from.access;
  for (const auto& each : from.proxy_from) {
    const auto within = chunk::net::parse_network(each);
    if (!within) throw cli::wrong_usage("--proxy-from: " + within.error().detail);
    out.balancers.push_back(*within);
  }
  return out;
}

record describe(const options& from, const chunk::session::server_options& limits) {
  record out(level::info, "start");
  out.add("version", cli::version())
      .add("protocol", protocol_of(from))
      .add("max-chunk", limits.max_payload)
      .add("max-connections", limits.max_connections)
      .add("max-per-peer", limits.max_per_peer)
      .add("most-memory", memory_of(from, limits))
      .add("handshake", chunk::net::to_text(limits.handshake_timeout))
      .add("idle", chunk::net::to_text(limits.idle_timeout))
      .add("request", chunk::net::to_text(limits.request_timeout))
      .add("min-rate", limits.least_rate)
      .add("handler", chunk::net::to_text(limits.handler_timeout))
      .add("write", chunk::net::to_text(limits.write_timeout))
      .add("drain", chunk::net::to_text(limits.drain_timeout))
      .add("rules", limits.access.size())
      .add("shutdown", from.allow_shutdown ? "all" : "unix");
  std::string balancers;
  for (const auto& each : from.proxy_from) balancers += (balancers.empty() ? "" : " ") + each;
  if (!balancers.empty()) out.add("proxy-from", balancers);
  describe_handlers(from.handlers, out);
  if (!from.tls.certificate_file.empty()) {
    const bool old = from.tls.least == chunk::net::tls_options::version::tls_1_2;
    out.add("tls-cert", from.tls.certificate_file).add("tls-min", old ? "1.2" : "1.3");
    if (!from.tls.client_ca_file.empty()) out.add("tls-client-ca", from.tls.client_ca_file);
  }
  return out;
}

level least_level(const cli::verbosity& how) {
  if (how.quiet) return level::warning;
  return how.verbose ? level::debug : level::info;
}

}  // namespace tools::serve
