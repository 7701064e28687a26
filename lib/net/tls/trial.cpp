#include "trial.hpp"

#include <memory>

namespace chunk::net {
namespace {

/// Chosen: a handshake takes three turns.
constexpr int most_turns = 16;

using trial_session = std::unique_ptr<SSL, void (*)(SSL*)>;

/// Connects both sessions by a pair of buffers in memory. Returns: false without memory
bool connect_both(const openssl& api, SSL* one, SSL* other) {
  BIO* of_one = nullptr;
  BIO* of_other = nullptr;
  if (api.BIO_new_bio_pair(&of_one, 0, &of_other, 0) != 1) return false;
  api.SSL_set_bio(one, of_one, of_one);
  api.SSL_set_bio(other, of_other, of_other);
  return true;
}

/// Says whether a call has only to wait for the other side.
bool has_to_wait(const openssl& api, const SSL* by, int outcome) {
  const int kind = api.SSL_get_error(by, outcome);
  return kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE;
}

}  // namespace

bool serves_a_client(const openssl& api, SSL_CTX* context) {
  const std::shared_ptr<SSL_CTX> of_client(api.SSL_CTX_new(api.TLS_method()), api.SSL_CTX_free);
  if (!of_client) return false;
  api.SSL_CTX_set_verify(of_client.get(), SSL_VERIFY_NONE, nullptr);
  const trial_session client(api.SSL_new(of_client.get()), api.SSL_free);
  const trial_session server(api.SSL_new(context), api.SSL_free);
  if (!client || !server || !connect_both(api, client.get(), server.get())) return false;
  api.SSL_set_connect_state(client.get());
  api.SSL_set_accept_state(server.get());
  for (int turn = 0; turn < most_turns; ++turn) {
    const int outcome = api.SSL_do_handshake(client.get());
    // Of TLS 1.3, the client is done once it has verified the server's signature. Whether the
    // server takes its certificate does not matter here.
    if (outcome == 1) {
      api.ERR_clear_error();
      return true;
    }
    if (!has_to_wait(api, client.get(), outcome)) return false;
    const int answer = api.SSL_do_handshake(server.get());
    if (answer != 1 && !has_to_wait(api, server.get(), answer)) return false;
  }
  return false;
}

}  // namespace chunk::net
