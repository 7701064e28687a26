#include "serve/options.hpp"

#include "cli/command_line.hpp"
#include "cli/protocols.hpp"
#include "cli/run.hpp"
#include "cli/status.hpp"
#include "cli/tls.hpp"
#include "serve/access_rules.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

namespace tools::serve {
namespace {

using namespace std::literals;

constexpr std::array examples{
    cli::help_example{"chunk-serve ./server.sock", "a server to try"},
    cli::help_example{"chunk-serve --exec 'UPPR=tr a-z A-Z' localhost:7000", "one of your own"},
};
constexpr std::array common_options{"--protocol"sv, "--exec"sv,   "--worker"sv,
                                    "--forward"sv,  "--script"sv, "--allow"sv,
                                    "--deny"sv,     "--quiet"sv,  "--help"sv};
constexpr std::array headings{"Handlers"sv, "Connection"sv, "Access"sv, "Limits"sv,
                              "TLS"sv,      "Sockets"sv,    "Other"sv};
constexpr cli::help_page help_texts{.examples = examples,
                                    .common = common_options,
                                    .headings = headings,
                                    .manual = "chunk-serve(1), chunk-protocol(5), chunk-script(5)"};

void add_limits(cli::command_line& line, options& out) {
  const auto group = line.group("Limits");
  const auto add_seconds = [&](const char* name, double& seconds, const char* help) {
    group.number(name, seconds, help).shows_default();
  };
  cli::add_max_chunk(line, out.max_chunk);
  group.count("--max-connections N", out.max_connections, "Serve up to N clients at one time");
  group.count("--max-per-peer N", out.max_per_peer,
              "Serve up to N clients of one user or IP address");
  add_seconds("--handshake-timeout SECONDS", out.handshake_seconds,
              "Limit the time for TLS and PROXY header");
  add_seconds("--idle-timeout SECONDS", out.idle_seconds,
              "Close a connection after SECONDS without requests");
  add_seconds("--request-timeout SECONDS", out.request_seconds,
              "Limit the time for a request to arrive");
  const auto read_rate = [&out](const std::string& text) -> chunk::result<void> {
    const auto size = cli::parse_size(text);
    if (!size) return tl::unexpected(size.error());
    if (*size == 0) {
      return tl::unexpected(chunk::error{chunk::errc::bad_notation, "the size 0 is not above 0"});
    }
    out.least_rate = *size;
    return {};
  };
  group.parsed("--min-rate SIZE", read_rate, "Extend --request-timeout by 1 s per SIZE bytes")
      .shows_default(cli::show_size(out.least_rate));
  add_seconds("--handler-timeout SECONDS", out.handler_seconds,
              "Limit the time to answer a request");
  add_seconds("--write-timeout SECONDS", out.write_seconds,
              "Cut a client that reads nothing for SECONDS");
  add_seconds("--drain-timeout SECONDS", out.drain_seconds,
              "Limit the time to finish requests when stopping");
}

/// The most memory that buffers can take, in bytes.
std::uint64_t memory_of(const options& from, chunk::session::server_options limits) {
  constexpr std::uint64_t passed_at_once = 128 * 1024;  // of chunk::session::relay(), per direction
  const auto& handlers = from.handlers;
  if (handlers.forward) return limits.max_connections * 2 * passed_at_once;
  if (handlers.wanted()) limits.max_payload = std::max(limits.max_payload, handlers.max_reply);
  return most_memory(limits);
}

std::string protocol_of(const options& from) {
  if (from.script) return "script " + *from.script;
  return from.handlers.wanted() && !from.has_protocol ? "none" : from.protocol;
}

/// Finds the protocol of requests: the one that --protocol names, or that of the handlers which are
/// built in. Scripts and programs need none.
std::shared_ptr<const chunk::protocol> rules_of(const options& from) {
  const bool built_in = !from.script && !from.handlers.wanted();
  if (built_in) find_built_in(from.protocol);
  const auto name = built_in || from.has_protocol ? from.protocol : std::string("none");
  return std::make_shared<const chunk::protocol>(cli::choose_protocol(name));
}

}  // namespace

void add_options(cli::command_line& line, options& out) {
  line.set_help(help_texts);
  line.positional("ADDR", out.addresses,
                  "Listen on each ADDR, or on those that systemd passes;\n"
                  "fd:NAME is one of the latter by its name");
  cli::explain_addresses(line);
  line.check([&out]() -> std::string {
    const bool passed = std::getenv("LISTEN_FDS") != nullptr;
    return out.addresses.empty() && !passed ? "ADDR is required" : "";
  });
  const auto connection = line.group("Connection");
  connection
      .text("-p,--protocol NAME", out.protocol,
            "Answer or check requests by a protocol (see -p help)\nor .toml file")
      .shows_default();
  cli::add_protocol_lists(line, out.protocol);
  connection.text("--script FILE", out.script, "Perform the script FILE with each client");
  add_handler_options(line, out.handlers);
  const auto sockets = line.group("Sockets");
  sockets.text("--mode MODE", out.mode, "Create socket files with this mode").shows_default();
  sockets.descriptor("--ready-fd N", out.ready_fd,
                     "Write the addresses listened on to descriptor N");
  cli::add_keep_alive(sockets, [&out](bool on) { out.keep_alive = on; });
  connection
      .text("--metrics ADDR", out.metrics, "Serve metrics to Prometheus at http://ADDR/metrics")
      .excludes({"--script"});
  const auto access = line.group("Access");
  access.list("--allow RULE",
              "Admit clients with this uid=, gid=, user=, group= or\ncert=NAME, or from a network "
              "such as 10.0.0.0/8");
  access.list("--deny RULE", "Refuse clients by RULE (see --allow); first match wins");
  access
      .list("--proxy-from CIDR", out.proxy_from,
            "Require a PROXY header from the balancers in CIDR")
      .excludes({"--script"});
  access.flag("--allow-shutdown", out.allow_shutdown, "Let TCP clients stop the server with SHUT");
  cli::add_tls_server_options(line, out.tls);
  add_limits(line, out);
  line.group("Other")
      .text("--log-format FORMAT", out.log_format, "Log as logfmt or json")
      .choices({"logfmt", "json"})
      .shows_default();
  cli::add_other(line, out.verbosity);
}

void complete(const cli::command_line& line, options& out) {
  out.limits_chunk = line.has("--max-chunk");
  const auto by_default = cli::protocol_of_environment();
  out.has_protocol = line.has("--protocol");
  if (out.has_protocol || by_default.empty()) {
    out.rules = rules_of(out);
  } else {
    out.protocol = by_default;
    out.has_protocol = true;
    try {
      out.rules = rules_of(out);
    } catch (const chunk::failure& why) {
      throw cli::blame_environment(why);
    }
  }
  complete_handlers(line, *out.rules, out.handlers);
  if (out.has_protocol && !out.verbosity.quiet) remark_unknown_ids(out.handlers, *out.rules);
  for (const auto& [option, rule] : line.in_order({"--allow", "--deny"})) {
    out.access.push_back(parse_access_rule(rule, option == "--allow"));
  }
}

chunk::session::server_options limits(const options& from) {
  chunk::session::server_options out;
  out.max_payload = from.max_chunk;
  out.framing = from.rules->framing.of(chunk::stream_side::client);
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
