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
    group,        ///< or this group ID, also as a supplementary one
    network,      ///< the address is in this network
    certificate,  ///< the client certificate has this name
  };

  bool allows = false;
  subject about = subject::user;
  std::uint32_t number = 0;  ///< of the user or group
  chunk::net::network within;
  std::string name;  ///< of the certificate
};

/// Says whether `who` may connect: as the first rule says that matches.
///
/// What no rule matches may connect if there are no rules. Otherwise a peer on a Unix socket must
/// have the user ID `own`, and any other may connect only if no rule allows anything. Whoever is
/// behind our standard streams was let in by who started us.
bool admits(const std::vector<access_rule>& rules, const peer& who, uid_t own);

/// Says whether some rule is about certificates. What they say is known only after the handshake,
/// so that admits() decides nothing before it.
bool depends_on_certificates(const std::vector<access_rule>& rules);

/// Whose connections count as those of one peer: a user ID, an IPv4 address, or the first 64 bits
/// of an IPv6 address, as text. Empty: it is not known.
std::string identity_of(const peer& who);

}  // namespace chunk::net
