// The options about TLS that tools share.
#pragma once

#include <chunk/net/tls.hpp>

#include <memory>
#include <string>

namespace tools::cli {

class command_line;

/// Adds --tls-ca, --tls-cert, --tls-key, --tls-name, --tls-min and --tls-insecure.
void add_tls_options(command_line& line, chunk::net::tls_options& out);

/// Adds those that say whom to trust: --tls-ca, --tls-name and --tls-insecure.
void add_tls_trust_options(command_line& line, chunk::net::tls_options& out);

/// Adds those that a server has: --tls-cert, --tls-key, --tls-client-ca and --tls-min.
void add_tls_server_options(command_line& line, chunk::net::tls_options& out);

/// The context of a client that connects to `address`, with a warning where it verifies nothing.
/// Null where the address is not one over TLS, so that OpenSSL is not loaded.
///
/// Throws: as chunk::net::tls_context
std::shared_ptr<chunk::net::tls_context> client_tls(const std::string& address,
                                                    const chunk::net::tls_options& how);

/// The context of a server that listens on `address`. Null where that is not one over TLS.
///
/// Throws: as require_server_tls()
std::shared_ptr<chunk::net::tls_context> server_tls(const std::string& address,
                                                    const chunk::net::tls_options& how);

/// The context of a server. `address` is for the message.
///
/// Throws: failure with status usage without a certificate; as chunk::net::tls_context
std::shared_ptr<chunk::net::tls_context> require_server_tls(const std::string& address,
                                                            const chunk::net::tls_options& how);

}  // namespace tools::cli
