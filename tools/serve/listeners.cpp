#include "serve/listeners.hpp"

#include "cli/connect.hpp"
#include "cli/options.hpp"
#include "cli/signals.hpp"
#include "cli/status.hpp"
#include "cli/tls.hpp"

#include <chunk/net/endpoint.hpp>
#include <chunk/net/scheme.hpp>

#include <algorithm>
#include <utility>

namespace tools::serve {
namespace {

using chunk::net::scheme_of;

/// The scheme over TLS whose word begins the name of a socket, as in "tls-web". Null: there is
/// none.
const chunk::net::scheme* tls_scheme_in(const std::string& name) {
  for (const auto* each : chunk::net::schemes()) {
    const auto word = each->prefix.substr(0, each->prefix.find(':'));
    if (each->traits.tls && name.starts_with(word)) return each;
  }
  return nullptr;
}

}  // namespace

listeners::listeners(asio::io_context& context, const options& opt) : opt_(opt) {
  const auto passed = take_passed_sockets();
  for (const auto& text : opt.addresses) add(text, passed);
  if (opt.addresses.empty()) {
    if (passed.empty()) throw cli::wrong_usage("ADDR is required: no socket was passed");
    wanted_ = passed;
  }
  const auto makes_file = [](const passed_socket& one) { return cli::makes_file(one.where); };
  holds_.emplace(cli::ending_signals, opt.metrics || std::ranges::any_of(wanted_, makes_file));
  for (const auto& each : wanted_) {
    if (!scheme_of(each.where).listenable()) continue;
    chunk::net::listen_options how{cli::parse_mode(opt.mode), tls_for(each)};
    how.keep_alive = opt.keep_alive;
    how.ipv6_only = has_ipv4_beside(each.where);
    open_.push_back(std::make_unique<chunk::net::listener>(context, each.where, std::move(how)));
  }
}

/// Says whether an IPv4 address with the port of this IPv6 address is listened on as well. A socket
/// for both would then be in the way of the other one.
bool listeners::has_ipv4_beside(const chunk::net::endpoint& where) const {
  const auto is_ipv6 = [](const chunk::net::endpoint& one) {
    return one.name.find(':') != one.name.npos;
  };
  if (!scheme_of(where).traits.has_ip || !is_ipv6(where) || where.port == 0) return false;
  return std::ranges::any_of(wanted_, [&](const passed_socket& each) {
    const auto& other = each.where;
    return scheme_of(other).traits.has_ip && !other.name.empty() && !is_ipv6(other) &&
           other.port == where.port;
  });
}

bool listeners::has_streams() const {
  return std::ranges::count(wanted_, chunk::net::endpoint{}, &passed_socket::where);
}

void listeners::announce(log& log,
                         const std::function<void(std::unique_ptr<chunk::net::listener>)>& accept) {
  for (auto& each : open_) {
    const auto local = each->local();
    accept(std::move(each));
    log.write(record(level::info, "listening").add("local", to_text(local)).stands_out());
    cli::announce_ready(opt_.ready_fd, local);
  }
}

void listeners::add(const std::string& text, const std::vector<passed_socket>& passed) {
  std::size_t before = wanted_.size();
  for (const auto& each : passed) {
    if (text == std::string(scheme_of(each.where).prefix) + each.name) wanted_.push_back(each);
  }
  if (wanted_.size() > before) return;
  const auto where = cli::read_address(text);
  const auto same = std::ranges::find(passed, where, &passed_socket::where);
  if (same != passed.end()) return wanted_.push_back(*same);
  if (!scheme_of(where).listenable() && has_streams())
    throw cli::wrong_usage("'-': can be given only once");
  wanted_.push_back({where, {}});
}

std::shared_ptr<chunk::net::tls_context> listeners::tls_for(const passed_socket& one) {
  const bool needed = scheme_of(one.where).traits.tls || tls_scheme_in(one.name);
  if (needed && !tls_) tls_ = make_tls(one);
  return needed ? tls_ : nullptr;
}

std::shared_ptr<chunk::net::tls_context> listeners::make_tls(const passed_socket& one) const {
  const auto* const named = tls_scheme_in(one.name);
  return cli::require_server_tls(named ? std::string(named->prefix) + one.name : to_text(one.where),
                                 opt_.tls);
}

}  // namespace tools::serve
