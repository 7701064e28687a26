// The schemes of addresses: one table that says how each kind is written, connected to and listened
// on, and what programs may ask about it.
#pragma once

#include <chunk/error.hpp>
#include <chunk/net/deadline.hpp>
#include <chunk/net/endpoint.hpp>
#include <chunk/net/tls.hpp>
#include <chunk/net/transport.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace chunk::net {

struct bound_socket;
struct listen_options;
struct socket_address;

/// What programs ask about a kind of address.
struct scheme_traits {
  bool repeatable = true;  ///< it can be connected to any number of times
  bool tls = false;        ///< its streams are encrypted by TLS
  bool has_ip = false;     ///< the name of a peer's address is an IP address

  bool operator==(const scheme_traits&) const = default;
};

/// One kind of address. All of them are in the table that schemes() gives; nothing else tells kinds
/// apart.
struct scheme {
  endpoint::kind type;
  std::string_view prefix;  ///< "unix:"; a prefix without a colon is the whole address
  std::string_view form;    ///< for people: "unix:PATH"
  std::string_view help;    ///< one line that says what such an address is

  /// For people: "./PATH", the form without the prefix. Empty: such an address has its prefix.
  std::string_view short_form{};

  scheme_traits traits{};

  /// An address without a prefix is of the first scheme whose mark it contains. 0: of none.
  char mark = 0;

  /// The kind that a TLS stream to such an address is shown as. nullopt: its own.
  std::optional<endpoint::kind> over_tls{};

  /// Reads what follows the prefix of `whole`; parse_endpoint() adds the type.
  result<endpoint> (*parse)(std::string_view rest, std::string_view whole);

  /// Shows what follows the prefix.
  std::string (*show)(const endpoint& where);

  /// Reads what accept() or getsockname() gave. Returns nullopt for an address of another scheme.
  /// A null pointer: no socket has such an address.
  std::optional<endpoint> (*recognize)(const socket_address& address) = nullptr;

  /// As chunk::net::connect().
  asio::awaitable<std::unique_ptr<transport>> (*connect)(asio::io_context& context, endpoint where,
                                                         duration timeout,
                                                         std::shared_ptr<tls_context> tls);

  /// Opens a listening socket, without TLS. A null pointer: nothing can connect to such an address.
  bound_socket (*listen)(const endpoint& where, const listen_options& options) = nullptr;

  bool listenable() const { return listen != nullptr; }
};

/// All schemes, in the order in which people are told about them.
std::span<const scheme* const> schemes();

const scheme& scheme_of(endpoint::kind type);
const scheme& scheme_of(const endpoint& where);

/// The address as a stream over TLS is shown: a tcp: address becomes a tls: one. The names of other
/// kinds are up to the peer and might look like one, so they stay what they are.
endpoint over_tls(endpoint where);

}  // namespace chunk::net
