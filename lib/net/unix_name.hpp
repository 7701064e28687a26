// The names of Unix sockets, with a file or without. Internal to the library.
#pragma once

#include "socket_address.hpp"

#include <chunk/error.hpp>
#include <chunk/net/endpoint.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace chunk::net {

/// A path in the file system, or one of Linux's abstract names.
enum class unix_name { path, abstract };

/// Reads a name of either kind, which the address `whole` contains.
///
/// Errors: errc::bad_address for one that is empty, too long or has a NUL in it
result<endpoint> parse_unix_name(std::string_view name, std::string_view whole);

std::string show_unix_name(const endpoint& where);

/// Shape: the name has passed parse_unix_name()
socket_address unix_address(std::string_view name, unix_name which);

/// The name in an address of that kind. nullopt: it is none.
std::optional<endpoint> recognize_unix_name(const socket_address& address, unix_name which);

}  // namespace chunk::net
