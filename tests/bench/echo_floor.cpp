// A minimal echo server: an epoll loop that writes back what it has read.
//
// echo_floor PATH
//
// Listens on the Unix socket PATH and on a free port of 127.0.0.1, which it prints. It neither
// parses nor limits anything, so that its cost is the lower bound for servers that do.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

int listen_at(const sockaddr* address, socklen_t size) {
  const int made = ::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0 || ::bind(made, address, size) != 0 || ::listen(made, SOMAXCONN) != 0) {
    fail("listening");
  }
  return made;
}

int listen_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.copy(address.sun_path, sizeof address.sun_path - 1) != path.size()) fail("path");
  return listen_at(reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

int listen_tcp() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int made = listen_at(reinterpret_cast<const sockaddr*>(&address), sizeof address);
  socklen_t size = sizeof address;
  ::getsockname(made, reinterpret_cast<sockaddr*>(&address), &size);
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return made;
}

void watch(int set, int what) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = what;
  if (::epoll_ctl(set, EPOLL_CTL_ADD, what, &event) != 0) fail("epoll");
}

void accept_from(int set, int listener) {
  const int made = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  if (made < 0) return;
  const int on = 1;
  ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on,
               sizeof on);  // fails on Unix sockets, which is fine
  watch(set, made);
}

void echo(int client) {
  static std::array<std::byte, 64 * 1024> buffer;
  const auto got = ::recv(client, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got <= 0 || ::send(client, buffer.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL) < got)
    ::close(client);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: echo_floor PATH\n", stderr);
    return 2;
  }
  const int set = ::epoll_create1(EPOLL_CLOEXEC);
  const int local = listen_unix(argv[1]);
  const int tcp = listen_tcp();
  watch(set, local);
  watch(set, tcp);
  std::array<epoll_event, 128> events;
  for (;;) {
    const int count = ::epoll_wait(set, events.data(), static_cast<int>(events.size()), -1);
    for (int at = 0; at < count; ++at) {
      const int ready = events[static_cast<std::size_t>(at)].data.fd;
      if (ready == local || ready == tcp) {
        accept_from(set, ready);
      } else {
        echo(ready);
      }
    }
  }
}
