#include "serve/listeners.hpp"

#include "cli/connect.hpp"
#include "cli/options.hpp"
#include "cli/status.hpp"
#include "cli/tls.hpp"

#include <chunk/net/endpoint.hpp>

#include <algorithm>
#include <utility>

namespace tools::serve {

listeners::listeners(asio::io_context& context, const options& opt) : opt_(opt) {
  const auto passed = take_passed_sockets();
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
  const bool may_be_name = text.starts_with("fd:");
  std::size_t before = wanted_.size();
  for (const auto& each : passed) {
    if (may_be_name && each.name == text.substr(3)) wanted_.push_back(each);
  }
  if (wanted_.size() > before) return;
  const auto where = value_or_throw(chunk::net::parse_endpoint(text));
  const auto same = std::ranges::find(passed, where, &passed_socket::where);
  if (same != passed.end()) return wanted_.push_back(*same);
  const bool stream = where.type == chunk::net::endpoint::kind::stdio;
  if (stream && has_streams()) throw cli::wrong_usage("'-': can be given only once");
  wanted_.push_back({where, {}});
}

std::shared_ptr<chunk::net::tls_context> listeners::tls_for(const passed_socket& one) {
  const bool needed =
      one.where.type == chunk::net::endpoint::kind::tls || one.name.starts_with("tls");
  if (needed && !tls_) tls_ = make_tls(one);
  return needed ? tls_ : nullptr;
}

std::shared_ptr<chunk::net::tls_context> listeners::make_tls(const passed_socket& one) const {
  return cli::server_tls(one.name.empty() ? to_text(one.where) : "tls:" + one.name, opt_.tls);
}

}  // namespace tools::serve
