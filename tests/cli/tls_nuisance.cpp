// A TLS client that does what no tool does:
//   tls_nuisance PORT updates   changes its keys over and over, and sends nothing else
//   tls_nuisance PORT split     changes its keys once, in two pieces, and then sends nothing more
//   tls_nuisance PORT drip      sends a record a byte at a time
//   tls_nuisance PORT records   breaks the protocol, and continues with records of one byte
// It ends with 0 when the server at 127.0.0.1 has ended the connection.
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <thread>

namespace {

using namespace std::literals;

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

int connect_to(std::uint16_t port) {
  const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(made, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) {
    fail("connect");
  }
  const int on = 1;
  ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return made;
}

void change_keys(SSL* session) {
  while (SSL_key_update(session, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 &&
         SSL_do_handshake(session) == 1) {
  }
}

void split_update(SSL* session, int socket) {
  BIO* const kept = BIO_new(BIO_s_mem());
  SSL_set0_wbio(session, kept);
  if (SSL_key_update(session, SSL_KEY_UPDATE_NOT_REQUESTED) != 1) fail("update");
  if (SSL_do_handshake(session) != 1) fail("update");
  char* bytes = nullptr;
  const auto size = static_cast<std::size_t>(BIO_get_mem_data(kept, &bytes));
  constexpr std::size_t first = 7;  // the header of the record, and some of what is behind it
  ::send(socket, bytes, first, 0);
  std::this_thread::sleep_for(200ms);  // so that it comes in two pieces
  ::send(socket, bytes + first, size - first, 0);
  for (char next = 0; ::recv(socket, &next, 1, 0) == 1;) {
  }
}

/// The header of a record of application data, and too few bytes behind it.
void drip(int socket) {
  constexpr auto record = "\x17\x03\x03\x10\x00"sv;
  for (std::size_t at = 0;; ++at) {
    const char next = at < record.size() ? record[at] : 'x';
    if (::send(socket, &next, 1, 0) != 1) return;
    std::this_thread::sleep_for(50ms);
  }
}

void send_records(SSL* session) {
  constexpr auto unknown = "WHAT\0\0\0\0"sv;
  if (SSL_write(session, unknown.data(), static_cast<int>(unknown.size())) <= 0) return;
  while (SSL_write(session, "x", 1) == 1) {
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::signal(SIGPIPE, SIG_IGN);
  const std::string_view mode = argv[2];
  const int socket = connect_to(static_cast<std::uint16_t>(std::atoi(argv[1])));
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  SSL* const session = SSL_new(context);
  SSL_set_fd(session, socket);
  if (SSL_connect(session) != 1) fail("TLS");
  if (mode == "updates") {
    change_keys(session);
  } else if (mode == "split") {
    split_update(session, socket);
  } else if (mode == "drip") {
    drip(socket);
  } else {
    send_records(session);
  }
  SSL_free(session);
  SSL_CTX_free(context);
  ::close(socket);
  return 0;
}
