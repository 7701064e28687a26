// The exchanges of tests/data/example.jsonl, held with the chunk-serve binary over real sockets.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

extern char** environ;

namespace {

using namespace std::string_view_literals;

/// Chosen: far above what an answer takes on a busy machine.
constexpr int patience_ms = 20'000;

/// Chosen: how long a connection that must stay open is watched for its end, where no request can
/// show that it is.
constexpr int watch_ms = 20;

int checked(int outcome, const char* what) {
  if (outcome < 0) throw std::system_error(errno, std::generic_category(), what);
  return outcome;
}

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  if (!value) throw std::runtime_error(std::string(name) + " is not set; use meson test");
  return value;
}

/// Owns a descriptor.
class descriptor {
 public:
  explicit descriptor(int number) : number_(number) {}
  descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  ~descriptor() { close(); }

  int get() const { return number_; }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

struct exchange {
  std::string name;
  std::string send;
  std::string reply;
  std::vector<std::size_t> pieces;  // the sizes of the writes; nothing: all in one
  bool half_close = false;
  bool stays_open = false;

  /// Says whether a further request can follow.
  bool ends_between_chunks() const {
    std::size_t at = 0;
    while (send.size() - at >= 8) {
      std::size_t length = 0;
      for (std::size_t digit = 4; digit-- > 0;) {
        length = length << 8 | static_cast<unsigned char>(send[at + 4 + digit]);
      }
      if (length > send.size() - at - 8) return false;
      at += 8 + length;
    }
    return at == send.size();
  }
};

std::string from_hex(const std::string& digits) {
  std::string out;
  for (std::size_t at = 0; at < digits.size(); at += 2) {
    out.push_back(static_cast<char>(std::stoi(digits.substr(at, 2), nullptr, 16)));
  }
  return out;
}

std::vector<exchange> load_exchanges() {
  std::ifstream file(variable("CHUNK_TESTS_DATA") + "/example.jsonl");
  std::vector<exchange> out;
  for (std::string line; std::getline(file, line);) {
    const auto from = nlohmann::json::parse(line);
    auto& added = out.emplace_back();
    added.name = from.at("name").get<std::string>();
    added.send = from_hex(from.at("send").get<std::string>());
    added.reply = from_hex(from.at("reply").get<std::string>());
    added.pieces = from.value("pieces", std::vector<std::size_t>{});
    added.half_close = from.value("half_close", false);
    added.stays_open = from.at("end").get<std::string>() == "open";
  }
  return out;
}

/// A directory that is removed with it.
class temporary_directory {
 public:
  temporary_directory() {
    auto pattern = std::filesystem::temp_directory_path() / "chunk-vectors.XXXXXX";
    path_ = pattern.string();
    if (!::mkdtemp(path_.data())) throw std::system_error(errno, std::generic_category(), path_);
  }
  ~temporary_directory() { std::filesystem::remove_all(path_); }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// A running chunk-serve, which must drain at the end.
class server {
 public:
  /// `inherited`, if any, becomes its descriptor 4.
  explicit server(const std::string& address, int inherited = -1) {
    std::array<int, 2> ready{};
    checked(::pipe2(ready.data(), O_CLOEXEC), "pipe");
    const descriptor from(ready[0]);
    descriptor to(ready[1]);
    const auto program = variable("CHUNK_TOOLS") + "/chunk-serve";
    std::vector<std::string> words{program, "--quiet", "--ready-fd", "3", address};
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    // First out of the way of the numbers that they are to have
    descriptor high_ready(checked(::fcntl(to.get(), F_DUPFD_CLOEXEC, 100), "dup"));
    posix_spawn_file_actions_adddup2(&actions, high_ready.get(), 3);
    if (inherited >= 0) posix_spawn_file_actions_adddup2(&actions, inherited, 4);
    const int problem =
        ::posix_spawn(&process_, program.c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (problem != 0) throw std::system_error(problem, std::generic_category(), program);
    to.close();
    high_ready.close();
    for (char next = 0; ::read(from.get(), &next, 1) == 1 && next != '\n';) address_ += next;
  }

  ~server() {
    if (process_ > 0) {
      ::kill(process_, SIGKILL);
      ::waitpid(process_, nullptr, 0);
    }
  }
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// As it was announced; empty when the server failed.
  const std::string& address() const { return address_; }

  /// Ends the server as its user does, and gives its exit status.
  int stop() {
    ::kill(process_, SIGTERM);
    int state = 0;
    checked(::waitpid(std::exchange(process_, -1), &state, 0), "waitpid");
    return WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
  }

 private:
  pid_t process_ = -1;
  std::string address_;
};

descriptor connect_to(const std::string& address) {
  sockaddr_storage where{};
  socklen_t size = 0;
  if (address.starts_with("unix:")) {
    sockaddr_un local{};
    local.sun_family = AF_UNIX;
    address.copy(local.sun_path, sizeof local.sun_path - 1, 5);
    size = sizeof local;
    std::copy_n(reinterpret_cast<const char*>(&local), size, reinterpret_cast<char*>(&where));
  } else {
    sockaddr_in remote{};
    remote.sin_family = AF_INET;
    remote.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto port = std::stoul(address.substr(address.rfind(':') + 1));
    remote.sin_port = htons(static_cast<std::uint16_t>(port));
    size = sizeof remote;
    std::copy_n(reinterpret_cast<const char*>(&remote), size, reinterpret_cast<char*>(&where));
  }
  descriptor link(checked(::socket(where.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  checked(::connect(link.get(), reinterpret_cast<const sockaddr*>(&where), size), "connect");
  return link;
}

/// Writes what the server still takes; one that has closed the connection takes no more.
void write_pieces(int link, std::string_view bytes, const std::vector<std::size_t>& pieces) {
  std::size_t index = 0;
  while (!bytes.empty()) {
    const auto size = index < pieces.size() ? pieces[index++] : bytes.size();
    auto piece = bytes.substr(0, size);
    bytes.remove_prefix(piece.size());
    while (!piece.empty()) {
      const auto put = ::send(link, piece.data(), piece.size(), MSG_NOSIGNAL);
      if (put < 0) return;
      piece.remove_prefix(static_cast<std::size_t>(put));
    }
  }
}

/// Reads up to `most` bytes; fewer when the stream ends before. Where the server has closed the
/// connection on bytes that it has not read, a reset is as good an end.
std::string read_up_to(int link, std::size_t most, bool may_be_reset) {
  std::string out(most, '\0');
  std::size_t held = 0;
  while (held < most) {
    pollfd state{link, POLLIN, 0};
    if (::poll(&state, 1, patience_ms) <= 0) throw std::runtime_error("nothing came");
    const auto got = ::recv(link, out.data() + held, most - held, 0);
    if (got == 0 || (got < 0 && errno == ECONNRESET && may_be_reset)) break;
    checked(static_cast<int>(got), "recv");
    held += static_cast<std::size_t>(got);
  }
  out.resize(held);
  return out;
}

bool is_silent(int link) {
  pollfd state{link, POLLIN, 0};
  return ::poll(&state, 1, watch_ms) == 0;
}

/// Holds one exchange, and says what is wrong with it; nothing if all is right.
std::string fault_of(const exchange& wanted, const std::string& address, bool byte_by_byte) {
  const auto link = connect_to(address);
  const std::vector<std::size_t> single(wanted.send.size(), 1);
  write_pieces(link.get(), wanted.send, byte_by_byte ? single : wanted.pieces);
  if (wanted.half_close) ::shutdown(link.get(), SHUT_WR);
  const bool may_be_reset = !wanted.stays_open;
  if (read_up_to(link.get(), wanted.reply.size(), may_be_reset) != wanted.reply) {
    return "another reply";
  }
  if (wanted.stays_open) {
    const auto noop = "NOOP\0\0\0\0"sv;
    if (wanted.ends_between_chunks()) {
      write_pieces(link.get(), noop, {});
      if (read_up_to(link.get(), noop.size(), false) != noop) return "not open: NOOP unanswered";
    } else if (!is_silent(link.get())) {
      return "not open, or more than the reply";
    }
    ::shutdown(link.get(), SHUT_WR);
  }
  return read_up_to(link.get(), 1, may_be_reset).empty() ? "" : "more than the reply";
}

/// Holds all exchanges with a server on `address`.
void hold_all(const std::string& address, int inherited = -1) {
  server under_test(address, inherited);
  REQUIRE(!under_test.address().empty());
  const auto exchanges = load_exchanges();
  CHECK(exchanges.size() == 56);
  for (const bool byte_by_byte : {false, true}) {
    for (const auto& each : exchanges) {
      CAPTURE(each.name);
      CAPTURE(byte_by_byte);
      CHECK(fault_of(each, under_test.address(), byte_by_byte) == "");
    }
  }
  CHECK(under_test.stop() == 0);
}

}  // namespace

TEST_CASE("the exchanges of the example protocol agree over a Unix socket") {
  const temporary_directory directory;
  const auto path = directory.path() + "/socket";
  hold_all("unix:" + path);
  CHECK(!std::filesystem::exists(path));
}

TEST_CASE("the exchanges of the example protocol agree over TCP") {
  hold_all("tcp:127.0.0.1:0");
}

TEST_CASE("the exchanges of the example protocol agree over an inherited listening socket") {
  const descriptor listening(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  checked(::bind(listening.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where), "bind");
  checked(::listen(listening.get(), SOMAXCONN), "listen");
  const descriptor high(checked(::fcntl(listening.get(), F_DUPFD_CLOEXEC, 100), "dup"));
  hold_all("fd:4", high.get());
}
