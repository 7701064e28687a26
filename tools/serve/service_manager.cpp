#include "serve/service_manager.hpp"

#include <chunk/notation.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <system_error>
#include <utility>

namespace tools::serve {
namespace {

/// Source: sd_listen_fds(3), SD_LISTEN_FDS_START
constexpr int first_passed = 3;

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value ? value : "";
}

std::optional<std::uint64_t> number_in(const char* name, std::uint64_t most) {
  const auto value = chunk::parse_count(variable(name), name, most);
  if (!value) return std::nullopt;
  return *value;
}

/// Says whether the variables are meant for this process and were not merely inherited. Source: the
/// same, and sd_watchdog_enabled(3)
bool is_meant(const char* pid) {
  return number_in(pid, ~std::uint64_t{}) == static_cast<std::uint64_t>(::getpid());
}

}  // namespace

std::vector<passed_socket> take_passed_sockets() {
  std::vector<passed_socket> out;
  const auto count = number_in("LISTEN_FDS", 1024);
  if (count && is_meant("LISTEN_PID")) {
    auto names = variable("LISTEN_FDNAMES") + ':';
    for (std::uint64_t at = 0; at < *count; ++at) {
      const auto descriptor = first_passed + static_cast<int>(at);
      ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
      const auto colon = names.find(':');
      const auto name = names.substr(0, colon);
      if (colon != names.npos) names.erase(0, colon + 1);
      out.push_back(
          {{chunk::net::endpoint::kind::fd, {}, static_cast<std::uint32_t>(descriptor), 0}, name});
    }
  }
  for (const auto* each : {"LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"}) ::unsetenv(each);
  return out;
}

service_manager::service_manager(asio::io_context& context)
    : address_(variable("NOTIFY_SOCKET")), timer_(context) {
  const auto limit = number_in("WATCHDOG_USEC", std::uint64_t{1} << 53);
  const bool ours = variable("WATCHDOG_PID").empty() || is_meant("WATCHDOG_PID");
  if (limit && ours) watchdog_ = std::chrono::microseconds(static_cast<std::int64_t>(*limit) / 2);
  for (const auto* each : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(each);
  const bool usable = address_.starts_with('/') || address_.starts_with('@');
  // Opened now, since there may be no descriptor left when the watchdog has to be notified.
  if (usable) socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

service_manager::~service_manager() {
  if (socket_ >= 0) ::close(socket_);
}

void service_manager::ready() {
  if (stopping_) return;
  tell("READY=1\n");
  const bool watched = std::exchange(watched_, true);
  if (!watched && watchdog_.count() > 0) watch();
}

void service_manager::reloading() {
  if (stopping_) return;
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const auto microseconds = now.tv_sec * 1'000'000 + now.tv_nsec / 1'000;
  tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds) + '\n');
}

void service_manager::stopping() {
  stopping_ = true;
  tell("STOPPING=1\n");
}

/// Sends without blocking: a service manager that does not read must not stop the service.
void service_manager::tell(const std::string& what) const {
  sockaddr_un address{};
  if (socket_ < 0 || address_.size() >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  address_.copy(address.sun_path, address_.size());
  if (address_.front() == '@') address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  ::sendto(socket_, what.data(), what.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
           reinterpret_cast<const sockaddr*>(&address), size);
}

void service_manager::watch() {
  timer_.expires_after(watchdog_);
  timer_.async_wait([this](std::error_code aborted) {
    if (aborted) return;
    tell("WATCHDOG=1\n");
    watch();
  });
}

}  // namespace tools::serve
