#include "chunk/net/endpoint.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

#include <charconv>
#include <limits>
#include <optional>
#include <span>

namespace chunk::net {
namespace {

using kind = endpoint::kind;

/// sun_path of unix(7) on Linux has 108 bytes, the last of them for the terminating NUL; an
/// abstract name has no terminator but starts with a NUL.
constexpr std::size_t longest_socket_name = 107;

/// VMADDR_CID_ANY of vsock(7): any CID to listen on.
constexpr auto any_cid = std::numeric_limits<std::uint32_t>::max();

tl::unexpected<error> bad(std::string_view text, std::string_view reason) {
  return tl::unexpected(error{errc::bad_address, fmt::format("'{}': {}", quoted(text), reason)});
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value = 0;
  const auto end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc{} || stop != end) return std::nullopt;
  return value;
}

result<endpoint> parse_name(kind type, std::string_view name, std::string_view whole) {
  if (name.empty()) return bad(whole, "the name is missing");
  if (name.find('\0') != std::string_view::npos) return bad(whole, "a NUL would end the name");
  if (name.size() > longest_socket_name) {
    return bad(whole, fmt::format("{} bytes, a socket's name has at most {}", name.size(),
                                  longest_socket_name));
  }
  return endpoint{type, std::string(name), 0, 0};
}

/// HOST:PORT, the host in brackets when it holds colons.
result<endpoint> parse_host_port(kind type, std::string_view text, std::string_view whole) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad(whole, "needs HOST:PORT");
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
  if (!port) return bad(whole, "the port is a number from 0 to 65535");
  auto host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (host.empty()) return bad(whole, "the host is missing");
    if (host.find_first_of("[]") != std::string_view::npos) {
      return bad(whole, "brackets in brackets");
    }
  } else if (host.find_first_of(":[]") != std::string_view::npos) {
    return bad(whole, "an IPv6 address goes in brackets, as in tcp:[::1]:7000");
  }
  if (host == "*") host = {};
  return endpoint{type, std::string(host), 0, *port};
}

result<endpoint> parse_vsock(std::string_view text, std::string_view whole) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return bad(whole, "needs CID:PORT");
  const auto cid_text = text.substr(0, colon);
  const auto cid = cid_text == "*" ? any_cid : parse_number<std::uint32_t>(cid_text);
  const auto port = parse_number<std::uint32_t>(text.substr(colon + 1));
  if (!cid || !port) return bad(whole, "CID and PORT are numbers below 4294967296");
  return endpoint{kind::vsock, {}, *cid, *port};
}

result<endpoint> parse_descriptor(std::string_view text, std::string_view whole) {
  const auto number = parse_number<std::uint32_t>(text);
  if (!number || *number > std::numeric_limits<int>::max()) {
    return bad(whole, "needs the number of an open descriptor");
  }
  return endpoint{kind::fd, {}, *number, 0};
}

std::string show_host(const endpoint& where) {
  if (where.name.empty()) return "*";
  if (where.name.find(':') != std::string::npos) return '[' + quoted(where.name) + ']';
  return quoted(where.name);
}

}  // namespace

result<endpoint> parse_endpoint(std::string_view text) {
  if (text == "-") return endpoint{};
  const auto colon = text.find(':');
  const auto scheme = text.substr(0, colon == std::string_view::npos ? 0 : colon);
  const auto rest = text.substr(scheme.empty() ? 0 : colon + 1);
  if (scheme == "unix") return parse_name(kind::unix, rest, text);
  if (scheme == "abstract") return parse_name(kind::abstract, rest, text);
  if (scheme == "tcp") return parse_host_port(kind::tcp, rest, text);
  if (scheme == "tls") return parse_host_port(kind::tls, rest, text);
  if (scheme == "vsock") return parse_vsock(rest, text);
  if (scheme == "fd") return parse_descriptor(rest, text);
  if (text.find('/') != std::string_view::npos) return parse_name(kind::unix, text, text);
  if (colon != std::string_view::npos) return parse_host_port(kind::tcp, text, text);
  return bad(text, "not an address; try unix:PATH, tcp:HOST:PORT or a path with a /");
}

std::string to_text(const endpoint& where) {
  switch (where.type) {
    case kind::stdio: return "-";
    case kind::unix: return "unix:" + quoted(where.name);
    case kind::abstract: return "abstract:" + quoted(where.name);
    case kind::tcp: return fmt::format("tcp:{}:{}", show_host(where), where.port);
    case kind::tls: return fmt::format("tls:{}:{}", show_host(where), where.port);
    case kind::vsock:
      if (where.number == any_cid) return fmt::format("vsock:*:{}", where.port);
      return fmt::format("vsock:{}:{}", where.number, where.port);
    case kind::fd: return fmt::format("fd:{}", where.number);
  }
  return {};
}

}  // namespace chunk::net
