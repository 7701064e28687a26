#include "chunk/net/scheme.hpp"

#include "scheme_table.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace chunk::net {
namespace {

/// One line a scheme. Of the marks of addresses without a prefix, the first one found counts.
constexpr std::array table{
    &unix_scheme,      // unix:PATH
    &abstract_scheme,  // abstract:NAME
    &tcp_scheme,       // tcp:HOST:PORT
    &tls_scheme,       // tls:HOST:PORT
    &vsock_scheme,     // vsock:CID:PORT
    &fd_scheme,        // fd:N
    &stdio_scheme,     // -
};

bool begins(const scheme& one, std::string_view text) {
  return one.prefix.ends_with(':') ? text.starts_with(one.prefix) : text == one.prefix;
}

result<endpoint> parse_as(const scheme& one, std::string_view rest, std::string_view whole) {
  auto out = one.parse(rest, whole);
  if (out) out->type = one.type;
  return out;
}

}  // namespace

std::span<const scheme* const> schemes() {
  return table;
}

const scheme& scheme_of(endpoint::kind type) {
  return **std::ranges::find(table, type, &scheme::type);
}

const scheme& scheme_of(const endpoint& where) {
  return scheme_of(where.type);
}

endpoint over_tls(endpoint where) {
  where.type = scheme_of(where).over_tls.value_or(where.type);
  return where;
}

result<endpoint> parse_endpoint(std::string_view text) {
  for (const auto* each : table) {
    if (begins(*each, text)) return parse_as(*each, text.substr(each->prefix.size()), text);
  }
  for (const auto* each : table) {
    const bool marked = each->mark != 0 && text.find(each->mark) != std::string_view::npos;
    if (marked) return parse_as(*each, text, text);
  }
  return bad_address(text, "not an address; try unix:PATH, tcp:HOST:PORT or a path with a /");
}

std::string to_text(const endpoint& where) {
  const auto& by = scheme_of(where);
  return std::string(by.prefix) + by.show(where);
}

endpoint to_endpoint(const socket_address& address, const endpoint& otherwise) {
  for (const auto* each : table) {
    if (!each->recognize) continue;
    if (auto known = each->recognize(address)) {
      known->type = each->type;
      return *std::move(known);
    }
  }
  return otherwise;
}

tl::unexpected<error> bad_address(std::string_view whole, std::string_view reason) {
  return tl::unexpected(error{errc::bad_address, fmt::format("'{}': {}", quoted(whole), reason)});
}

endpoint local_address(int socket, const endpoint& where) {
  socket_address out;
  out.size = sizeof out.storage;
  ::getsockname(socket, out.data(), &out.size);
  return to_endpoint(out, where);
}

bound_socket bind_and_listen(unique_descriptor socket, const endpoint& where,
                             const socket_address& address) {
  const bool listening = ::bind(socket.get(), address.data(), address.size) == 0 &&
                         ::listen(socket.get(), SOMAXCONN) == 0;
  if (!listening) throw failure(last_system_error(to_text(where)));
  auto local = local_address(socket.get(), where);
  return {std::move(socket), std::move(local)};
}

}  // namespace chunk::net
