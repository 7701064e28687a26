// Addresses of streams: parse and show. No name is looked up here.
#pragma once

#include <chunk/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace chunk::net {

/// Where a stream comes from or goes to.
struct endpoint {
  enum class kind {
    stdio,     ///< `-`: standard input and output
    unix,      ///< `unix:PATH`, or a bare word with a slash
    abstract,  ///< `abstract:NAME`, Linux's socket names without a file
    tcp,       ///< `tcp:HOST:PORT`, or HOST:PORT
    tls,       ///< `tls:HOST:PORT`
    vsock,     ///< `vsock:CID:PORT`, between a virtual machine and its host
    fd,        ///< `fd:N`, an open descriptor
  };

  kind type = kind::stdio;
  std::string name;          ///< path, abstract name or host; an empty host means any address
  std::uint32_t number = 0;  ///< CID or descriptor
  std::uint32_t port = 0;    ///< host order; 16 bits except for vsock

  bool operator==(const endpoint&) const = default;
};

/// Reads an address.
///
/// Errors: errc::bad_address; the detail quotes the text and says what is wrong with it
/// Source: design of addresses in chunk-send(1), ADDRESSES
result<endpoint> parse_endpoint(std::string_view text);

/// Shows an address to people: as parse_endpoint() reads it, but in plain ASCII, so that a name of
/// other characters is escaped.
std::string to_text(const endpoint& where);

/// Gives an address to programs: as parse_endpoint() reads it, whatever its name consists of.
std::string to_address(const endpoint& where);

}  // namespace chunk::net
