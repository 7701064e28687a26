// Who may connect: networks, and ordered rules about peers.
#pragma once

#include <chunk/error.hpp>
#include <chunk/net/transport.hpp>

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chunk::net {

/// An IPv6 address, or an IPv4 address mapped into one, in network order.
using ip_address = std::array<std::uint8_t, 16>;

/// Reads an IPv4 or IPv6 address without a prefix, scope or port.
std::optional<ip_address> parse_ip_address(std::string_view text);

/// The addresses that begin with the same bits.
struct network {
  ip_address address{};
  unsigned prefix = 0;  ///< bits, of 128

  bool contains(const ip_address& one) const;
  bool operator==(const network&) const = default;
};

/// Reads "192.0.2.0/24", "2001:db8::/32", or an address alone, which is a network of one.
///
/// Errors: errc::bad_address, also when bits behind the prefix are set
result<network> parse_network(std::string_view text);

/// Says whether the address of `who` is in one of `networks`.
bool is_within(const peer& who, const std::vector<network>& networks);

/// One rule about peers.
struct access_rule {
  enum class subject {
    user,         ///< the process at the other end of a Unix socket has this user ID
    group,        ///< it is in the group with this ID, also by a supplementary one
    network,      ///< the address is in this network
    certificate,  ///< the client certificate has this name
  };

  bool allows = false;
  subject about = subject::user;
  std::uint32_t number = 0;  ///< of the user or group
  chunk::net::network within;
  std::string name;  ///< of the certificate
};

/// Says whether `who` may connect. The first rule that matches decides.
///
/// A peer that no rule matches may connect if there are no rules. Otherwise it must have the user
/// ID `own` if it is on a Unix socket, and any other may connect only if no rule allows anything. A
/// peer at an address that nothing can connect to, such as the standard streams, always may.
bool admits(const std::vector<access_rule>& rules, const peer& who, uid_t own);

/// Says whether some rule is about certificates. What they say is known only after the TLS
/// handshake, so admits() has to be asked after it.
bool depends_on_certificates(const std::vector<access_rule>& rules);

/// Whose connections count as those of one peer: a user ID, an IPv4 address, or the first 64 bits
/// of an IPv6 address, as text. Returns an empty text where none of these is known.
std::string identity_of(const peer& who);

}  // namespace chunk::net
