// A handshake in memory, before any client comes. Internal to the library.
#pragma once

#include "library.hpp"

namespace chunk::net {

/// Performs a handshake of a server of `context` with a client that trusts everything. OpenSSL may
/// have lost a part of a key or a certificate for lack of memory, and checks neither of them when
/// it reads them.
///
/// Returns: false if no client could be served; OpenSSL's queue of errors says why
bool serves_a_client(const openssl& api, SSL_CTX* context);

}  // namespace chunk::net
