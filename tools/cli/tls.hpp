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

/// What a client needs at a `tls:` address. Nothing for any other, so that OpenSSL is not loaded.
/// Warns where nothing is verified.
///
/// Throws: as chunk::net::tls_context
std::shared_ptr<chunk::net::tls_context> client_tls(const std::string& address,
                                                    const chunk::net::tls_options& how);

/// The same for a server.
///
/// Throws: failure with status usage without a certificate
std::shared_ptr<chunk::net::tls_context> server_tls(const std::string& address,
                                                    const chunk::net::tls_options& how);

}  // namespace tools::cli
