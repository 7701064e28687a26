#include "unix_name.hpp"

#include "scheme_rows.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

#include <string.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>

namespace chunk::net {
namespace {

/// sun_path of unix(7) on Linux has 108 bytes, the last of them for the terminating NUL; an
/// abstract name has no terminator but starts with a NUL.
constexpr std::size_t longest_name = sizeof(sockaddr_un::sun_path) - 1;
static_assert(longest_name == 107);

}  // namespace

result<endpoint> parse_unix_name(std::string_view name, std::string_view whole) {
  if (name.empty()) return bad_address(whole, "the name is missing");
  if (name.find('\0') != std::string_view::npos) {
    return bad_address(whole, "a NUL would end the name");
  }
  if (name.size() > longest_name) {
    return bad_address(
        whole, fmt::format("{} bytes, a socket's name has at most {}", name.size(), longest_name));
  }
  return endpoint{{}, std::string(name), 0, 0};
}

std::string show_unix_name(const endpoint& where) {
  return quoted(where.name);
}

/// unix(7): a path ends with a NUL, an abstract name starts with one and has no end but its size.
socket_address unix_address(std::string_view name, unix_name which) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t start = which == unix_name::abstract ? 1 : 0;
  name.copy(address.sun_path + start, longest_name);
  const auto size = offsetof(sockaddr_un, sun_path) + name.size() + 1;
  return socket_address::of(address, static_cast<socklen_t>(size));
}

std::optional<endpoint> recognize_unix_name(const socket_address& address, unix_name which) {
  if (address.storage.ss_family != AF_UNIX) return std::nullopt;
  const auto* path = reinterpret_cast<const sockaddr_un*>(&address.storage)->sun_path;
  const auto size =
      address.size - std::min<std::size_t>(address.size, offsetof(sockaddr_un, sun_path));
  const bool abstract = size > 0 && path[0] == '\0';
  if (abstract != (which == unix_name::abstract)) return std::nullopt;
  endpoint out;
  out.name = abstract ? std::string(path + 1, size - 1) : std::string(path, ::strnlen(path, size));
  return out;
}

}  // namespace chunk::net
