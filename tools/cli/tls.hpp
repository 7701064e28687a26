// TLS: the options that tools share, and what they make.
#pragma once

#include <chunk/net/tls.hpp>

#include <memory>
#include <string>

namespace tools::cli {

class command_line;

/// Adds --tls-ca, --tls-cert, --tls-key, --tls-name, --tls-min and --tls-insecure.
void add_tls_options(command_line& line, chunk::net::tls_options& out);

/// Adds the options that say which servers to trust: --tls-ca, --tls-name and --tls-insecure.
void add_tls_trust_options(command_line& line, chunk::net::tls_options& out);

/// Adds the options of a server: --tls-cert, --tls-key, --tls-client-ca and --tls-min.
void add_tls_server_options(command_line& line, chunk::net::tls_options& out);

/// Makes the TLS context of a client that connects to `address`. Warns if no server is verified.
///
/// Returns: nullptr unless it is a `tls:` address, so that OpenSSL is not loaded
/// Throws:  as chunk::net::tls_context
std::shared_ptr<chunk::net::tls_context> client_tls(const std::string& address,
                                                    const chunk::net::tls_options& how);

/// Makes the TLS context of a server that listens on `address`.
///
/// Returns: nullptr unless it is a `tls:` address
/// Throws:  failure with status usage if --tls-cert is missing; as chunk::net::tls_context
std::shared_ptr<chunk::net::tls_context> server_tls(const std::string& address,
                                                    const chunk::net::tls_options& how);

/// The context of a server. `address` is for the message.
///
/// Throws: failure with status usage without a certificate; as chunk::net::tls_context
std::shared_ptr<chunk::net::tls_context> require_server_tls(const std::string& address,
                                                            const chunk::net::tls_options& how);

}  // namespace tools::cli
