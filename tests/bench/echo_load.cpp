// Load generator for echo servers: clients that keep requests in flight, and the cost per request.
//
// echo_load chunk|redis|memcached ADDR [-c CLIENTS] [-k IN_FLIGHT] [-b BYTES] [-s SECONDS]
//   [-p PID]...
//
// ADDR is the path of a Unix socket, or PORT of 127.0.0.1. A request is an ECHO of BYTES (64) in
// this project's protocol or in that of redis, or in that of memcached, which has none, a get of a
// value of that size. All replies are compared with the expected ones. The PIDs are the processes
// of the server, whose processor time is then measured. Prints requests, requests per second, and
// the microseconds of processor time for each request, of the client and of the server.
#include <chunk/framing.hpp>
#include <chunk/id.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <exception>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace chunk::literals;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

struct options {
  std::string protocol;
  std::string address;
  std::size_t clients = 50;
  std::size_t in_flight = 1;
  std::size_t payload_size = 64;
  std::chrono::duration<double> length = 2s;
  std::vector<pid_t> servers;
};

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "echo_load: %s\n", why.c_str());
  std::exit(1);
}

[[noreturn]] void fail_by_system(const std::string& what) {
  fail(what + ": " + std::strerror(errno));
}

// --- the protocols ---

std::string encode_chunk(std::string_view payload) {
  const chunk::chunk_view whole{"ECHO"_id, std::as_bytes(std::span(payload))};
  std::string out(chunk::encoded_size(whole), '\0');
  chunk::encode(whole, std::as_writable_bytes(std::span(out)));
  return out;
}

std::string encode_bulk(std::string_view text) {
  std::string out = "$";
  out.append(std::to_string(text.size())).append("\r\n").append(text).append("\r\n");
  return out;
}

struct exchange {
  std::string request;
  std::string reply;
  std::string before{};           // a request that has to be made first
  std::string reply_to_before{};  // and what answers it
};

/// An exchange of a protocol. `name` has no blanks, and always the same length.
exchange make_exchange(const std::string& protocol, const std::string& name,
                       const std::string& payload) {
  if (protocol == "chunk") return {encode_chunk(payload), encode_chunk(payload)};
  if (protocol == "redis") {
    return {"*2\r\n" + encode_bulk("ECHO") + encode_bulk(payload), encode_bulk(payload)};
  }
  if (protocol == "memcached") {
    const auto value = " 0 " + std::to_string(payload.size()) + "\r\n" + payload + "\r\n";
    const auto with_expiry = " 0" + value;
    return {"get " + name + "\r\n", "VALUE " + name + value + "END\r\n",
            "set " + name + with_expiry, "STORED\r\n"};
  }
  fail("no protocol '" + protocol + "'; there are chunk, redis and memcached");
}

/// Different for each client and for each of its requests in flight, so that replies in the wrong
/// order or to the wrong client are detected.
std::string make_name(std::size_t client, std::size_t slot) {
  const auto digits = std::to_string(1'000'000 + client) + std::to_string(1'000 + slot);
  return "c" + digits;
}

/// That name again and again.
std::string make_payload(const std::string& name, std::size_t size) {
  std::string out;
  while (out.size() < size) out += name;
  out.resize(size);
  return out;
}

// --- a client ---

int connect_to(const std::string& address) {
  sockaddr_storage storage{};
  socklen_t size = 0;
  if (address.find('/') != address.npos) {
    auto& local = reinterpret_cast<sockaddr_un&>(storage);
    local.sun_family = AF_UNIX;
    if (address.size() >= sizeof local.sun_path) fail(address + ": too long");
    std::ranges::copy(address, local.sun_path);
    size = sizeof local;
  } else {
    auto& internet = reinterpret_cast<sockaddr_in&>(storage);
    internet.sin_family = AF_INET;
    internet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    internet.sin_port = htons(static_cast<std::uint16_t>(std::stoul(address)));
    size = sizeof internet;
  }
  const int made = ::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0 || ::connect(made, reinterpret_cast<const sockaddr*>(&storage), size) != 0) {
    fail_by_system(address);
  }
  const int on = 1;
  ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on,
               sizeof on);  // fails on Unix sockets, which is fine
  return made;
}

class client {
 public:
  client(const options& opt, std::size_t number) : socket_(connect_to(opt.address)) {
    for (std::size_t slot = 0; slot < opt.in_flight; ++slot) {
      const auto name = make_name(number, slot);
      const auto each = make_exchange(opt.protocol, name, make_payload(name, opt.payload_size));
      prepare(each);
      requests_ += each.request;
      replies_ += each.reply;
    }
    request_size_ = requests_.size() / opt.in_flight;
    reply_size_ = replies_.size() / opt.in_flight;
    // Twice, so that a sequence that starts anywhere in the first half is contiguous.
    requests_ += requests_;
    replies_ += replies_;
  }

  ~client() { ::close(socket_); }
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  int socket() const { return socket_; }

  /// Adds the next `count` requests to those that are to be sent.
  void queue(std::size_t count) { queued_ += count * request_size_; }

  /// Sends in one piece as much of them as the socket takes.
  ///
  /// Returns: whether that was all
  bool send() {
    const auto went =
        ::send(socket_, requests_.data() + sent_, queued_, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (went < 0 && errno != EAGAIN) fail_by_system("sending");
    const auto size = static_cast<std::size_t>(std::max<ssize_t>(went, 0));
    sent_ = (sent_ + size) % (requests_.size() / 2);
    queued_ -= size;
    return queued_ == 0;
  }

  /// Reads and compares what the server has sent, and gives the number of replies completed by it.
  std::size_t receive() {
    static std::array<char, 64 * 1024> buffer;
    const auto got = ::recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return 0;
    if (got < 0) fail_by_system("receiving");
    if (got == 0) fail("the server closed a connection");
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
    if (std::string_view(replies_).substr(received_, bytes.size()) != bytes) {
      fail("a reply differs from its request");
    }
    const auto before = received_ / reply_size_;
    received_ += bytes.size();
    const auto complete = received_ / reply_size_ - before;
    received_ %= replies_.size() / 2;
    return complete;
  }

 private:
  /// Makes the request that has to come before an exchange, and waits for its reply.
  void prepare(const exchange& of) {
    if (of.before.empty()) return;
    std::string reply(of.reply_to_before.size(), '\0');
    const bool sent = ::send(socket_, of.before.data(), of.before.size(), MSG_NOSIGNAL) ==
                      static_cast<ssize_t>(of.before.size());
    if (!sent || ::recv(socket_, reply.data(), reply.size(), MSG_WAITALL) < 0) {
      fail_by_system("preparing");
    }
    if (reply != of.reply_to_before) fail("the server refused a value: " + reply);
  }

  int socket_;
  std::string requests_;
  std::string replies_;
  std::size_t request_size_ = 0;
  std::size_t reply_size_ = 0;
  std::size_t queued_ = 0;    // bytes that are still to be sent
  std::size_t sent_ = 0;      // offset in the requests
  std::size_t received_ = 0;  // offset in the replies
};

/// All clients, driven by one thread.
class load {
 public:
  explicit load(const options& opt) : set_(::epoll_create1(EPOLL_CLOEXEC)) {
    for (std::size_t number = 0; number < opt.clients; ++number) {
      watch(clients_.emplace_back(opt, number), EPOLL_CTL_ADD, EPOLLIN);
    }
    for (auto& each : clients_) {
      each.queue(opt.in_flight);
      if (!each.send()) watch(each, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
    }
  }

  ~load() { ::close(set_); }
  load(const load&) = delete;
  load& operator=(const load&) = delete;

  /// Keeps all clients busy until the time is over, and gives the number of replies.
  std::uint64_t run(clock::time_point until) {
    constexpr int patience = 10'000;  // milliseconds without any reply
    std::array<epoll_event, 64> events;
    std::uint64_t done = 0;
    while (clock::now() < until) {
      const int count =
          ::epoll_wait(set_, events.data(), static_cast<int>(events.size()), patience);
      if (count == 0) fail("the server stopped answering");
      for (const auto& each :
           std::span(events).first(static_cast<std::size_t>(std::max(count, 0)))) {
        auto& ready = *static_cast<client*>(each.data.ptr);
        const auto complete = ready.receive();
        ready.queue(complete);
        done += complete;
        const bool was_full = (each.events & EPOLLOUT) != 0;
        if (complete == 0 && !was_full) continue;
        const bool is_full = !ready.send();
        if (is_full != was_full) {
          watch(ready, EPOLL_CTL_MOD, is_full ? EPOLLIN | EPOLLOUT : EPOLLIN);
        }
      }
    }
    return done;
  }

 private:
  void watch(client& which, int how, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &which;
    if (::epoll_ctl(set_, how, which.socket(), &event) != 0) fail_by_system("epoll");
  }

  int set_;
  std::deque<client> clients_;  // epoll has pointers to the elements
};

// --- processor time ---

std::chrono::nanoseconds own_time() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

/// The processor time of all threads of a process in nanoseconds; /proc/PID/stat has only
/// hundredths of a second. Source: proc(5) and scheduler/sched-stats.rst of the kernel
std::chrono::nanoseconds time_of(pid_t process) {
  std::chrono::nanoseconds sum{};
  const std::filesystem::path threads = "/proc/" + std::to_string(process) + "/task";
  for (const auto& each : std::filesystem::directory_iterator(threads)) {
    std::int64_t used = 0;
    std::ifstream file(each.path() / "schedstat");
    if (!(file >> used)) fail(each.path().string() + ": cannot read schedstat");
    sum += std::chrono::nanoseconds(used);
  }
  return sum;
}

std::chrono::nanoseconds time_of(const std::vector<pid_t>& processes) {
  std::chrono::nanoseconds sum{};
  for (const auto each : processes) sum += time_of(each);
  return sum;
}

// --- the whole ---

void measure(const options& opt) {
  load work(opt);
  // Not measured: a warm-up, in which memory is touched and buffers grow to their size.
  work.run(clock::now() + std::chrono::duration_cast<clock::duration>(opt.length) / 5);

  const auto begin = clock::now();
  const auto own_before = own_time();
  const auto server_before = time_of(opt.servers);
  const auto count = work.run(begin + std::chrono::duration_cast<clock::duration>(opt.length));
  const auto server_used = time_of(opt.servers) - server_before;
  const auto own_used = own_time() - own_before;
  const std::chrono::duration<double> lasted = clock::now() - begin;

  using microseconds = std::chrono::duration<double, std::micro>;
  if (count == 0) fail("no reply in that time");
  const auto replies = static_cast<double>(count);
  std::printf("requests=%.0f per_second=%.0f client_us=%.3f", replies, replies / lasted.count(),
              microseconds(own_used).count() / replies);
  if (!opt.servers.empty()) {
    std::printf(" server_us=%.5f", microseconds(server_used).count() / replies);
  }
  std::printf("\n");
}

[[noreturn]] void refuse() {
  std::fputs(
      "usage: echo_load chunk|redis|memcached PATH|PORT [-c CLIENTS] [-k IN_FLIGHT]\n"
      "       [-b BYTES] [-s SECONDS] [-p PID]...\n",
      stderr);
  std::exit(2);
}

options parse(int argc, char** argv) {
  options out;
  if (argc < 3) refuse();
  out.protocol = argv[1];
  out.address = argv[2];
  optind = 3;
  for (int letter; (letter = ::getopt(argc, argv, "c:k:b:s:p:")) != -1;) {
    switch (letter) {
      case 'c': out.clients = std::stoul(optarg); break;
      case 'k': out.in_flight = std::stoul(optarg); break;
      case 's': out.length = std::chrono::duration<double>(std::stod(optarg)); break;
      case 'b': out.payload_size = std::stoul(optarg); break;
      case 'p': out.servers.push_back(std::stoi(optarg)); break;
      default: refuse();
    }
  }
  const bool usable = optind == argc && out.clients > 0 && out.in_flight > 0 &&
                      out.in_flight <= 256 && out.length > 0s && out.length <= 1h;
  if (!usable) refuse();
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    measure(parse(argc, argv));
  } catch (const std::exception& reason) {
    fail(reason.what());
  }
}
