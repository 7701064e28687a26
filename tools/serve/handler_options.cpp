#include "serve/handler_options.hpp"

#include "cli/command_line.hpp"
#include "cli/connect.hpp"
#include "cli/options.hpp"
#include "cli/protocols.hpp"
#include "cli/status.hpp"
#include "cli/tls.hpp"
#include "io/child.hpp"
#include "serve/exec_handler.hpp"
#include "serve/forward.hpp"
#include "serve/programs.hpp"
#include "serve/worker_pool.hpp"

#include <chunk/net/scheme.hpp>

#include <algorithm>
#include <utility>

namespace tools::serve {
namespace {

/// Chosen: more processes than any server needs.
constexpr std::uint64_t most_processes = 4096;

std::pair<chunk::id, std::string> parse_exec(const std::string& text,
                                             const chunk::protocol& rules) {
  const auto equals = text.find('=');
  if (equals == text.npos) throw cli::wrong_usage("--exec: '" + text + "' is not ID=COMMAND");
  const auto id = cli::read_id(text.substr(0, equals), rules);
  if (!id) throw cli::wrong_usage("--exec: " + id.error().detail);
  auto command = text.substr(equals + 1);
  if (command.empty()) throw cli::wrong_usage("--exec: '" + text + "' has no command");
  return {*id, std::move(command)};
}

}  // namespace

std::uint64_t handler_options::descriptors_for(std::uint64_t connections) const {
  if (forward) return 2 * connections;
  const auto commands_at_once = exec.empty() ? 0 : std::min(connections, jobs);
  const auto processes = commands_at_once + (worker ? workers : 0);
  return connections + io::descriptors_of_child * processes;
}

std::uint64_t handler_options::connections_within(std::uint64_t descriptors) const {
  if (forward) return descriptors / 2;
  const auto for_workers = worker ? io::descriptors_of_child * workers : 0;
  if (descriptors <= for_workers) return 0;
  const auto rest = descriptors - for_workers;
  if (exec.empty()) return rest;
  const auto each_busy = rest / (1 + io::descriptors_of_child);
  return each_busy <= jobs ? each_busy : rest - io::descriptors_of_child * jobs;
}

void add_handler_options(cli::command_line& line, handler_options& out) {
  const auto group = line.group("Handlers");
  group.list("--exec ID=COMMAND", out.exec, "Answer each request with this ID by running COMMAND")
      .excludes({"--script"});
  group.text("--worker COMMAND", out.worker, "Answer other requests with one long-running process")
      .excludes({"--script"});
  group.text("--forward ADDR", out.forward, "Pass all connections on to the server at ADDR")
      .excludes({"--script", "--exec", "--worker"});
  group
      .text("--exec-reply FORM", out.exec_reply,
            "Take the output of --exec as the payload, or as text:\na reply in each line")
      .choices({"payload", "text"})
      .shows_default()
      .needs("--exec");
  group.count("--jobs N", out.jobs, "Run up to N commands of --exec at one time")
      .range(1, most_processes)
      .needs("--exec");
  group.count("--workers N", out.workers, "Keep N processes of --worker running")
      .range(1, most_processes)
      .needs("--worker");
  group.count("--worker-depth N", out.worker_depth, "Have up to N requests in flight per worker")
      .needs("--worker");
  group.size("--max-reply SIZE", out.max_reply, "Refuse replies of --exec and --worker above SIZE")
      .needs_one_of("--exec", "--worker");
  cli::add_tls_trust_options(line, out.tls);
}

void complete_handlers(const cli::command_line& line, const chunk::protocol& rules,
                       handler_options& out) {
  if (out.forward && line.has("--protocol") && !rules.framing.definition) {
    throw cli::wrong_usage("--protocol excludes --forward");  // it would change nothing
  }
  for (const auto& each : out.exec) {
    auto [id, command] = parse_exec(each, rules);
    if (!out.commands.emplace(id, std::move(command)).second) {
      throw cli::wrong_usage("--exec: '" + to_text(id) + "' is there twice");
    }
  }
  if (out.forward) out.upstream = cli::parse_upstream(*out.forward, "--forward: ");
  const bool to_tls = out.forward && chunk::net::scheme_of(out.upstream).traits.tls;
  for (const auto* const each : {"--tls-ca", "--tls-name", "--tls-insecure"}) {
    if (!line.has(each) || to_tls) continue;
    throw cli::wrong_usage(std::string(each) + " requires --forward to a tls: address");
  }
}

void remark_unknown_ids(const handler_options& from, const chunk::protocol& rules) {
  for (const auto& [id, command] : from.commands) {
    if (rules.find(id)) continue;
    const auto text = to_text(id);
    const auto hint = cli::did_you_mean_id(text, rules);
    if (!hint.empty()) cli::remark("--exec: " + rules.name + " has no " + text + hint);
  }
}

void describe_handlers(const handler_options& from, record& out) {
  if (!from.commands.empty()) {
    std::string ids;
    for (const auto& [id, command] : from.commands) ids += (ids.empty() ? "" : " ") + to_text(id);
    out.add("exec", ids).add("exec-reply", from.exec_reply).add("jobs", from.jobs);
  }
  if (from.worker) out.add("worker", *from.worker).add("workers", from.workers);
  if (from.worker) out.add("worker-depth", from.worker_depth);
  if (from.commands.empty() && !from.worker) {
    if (from.forward) out.add("forward", to_text(from.upstream));
    return;
  }
  out.add("max-reply", from.max_reply);
}

std::unique_ptr<handler> make_handler(asio::io_context& context, const handler_options& from,
                                      const chunk::protocol& rules,
                                      const chunk::session::server_options& limits, log& to,
                                      metrics& counts) {
  if (from.forward) {
    auto secured = cli::client_tls(*from.forward, from.tls);
    return std::make_unique<forward>(context, from.upstream, std::move(secured), limits, counts);
  }
  std::unique_ptr<exec_handler> commands;
  std::unique_ptr<worker_pool> workers;
  if (!from.commands.empty()) {
    exec_handler::settings how{from.commands, from.jobs, from.max_reply, rules};
    how.framing = limits.framing;
    how.says_replies = from.exec_reply == "text";
    commands = std::make_unique<exec_handler>(context, to, std::move(how));
  }
  if (from.worker) {
    const worker::limits each{from.worker_depth, from.max_reply, limits.handler_timeout,
                              limits.framing};
    worker_pool::settings how{*from.worker, from.workers, each};
    workers = std::make_unique<worker_pool>(context, to, std::move(how));
  }
  return std::make_unique<programs>(rules, std::move(commands), std::move(workers));
}

}  // namespace tools::serve
