#include "io/event_loop.hpp"

#include <chunk/error.hpp>

#include <asio/steady_timer.hpp>

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace tools::io {
namespace {

/// What Asio opens for an event loop: an epoll instance, and an eventfd and a timerfd that it
/// watches.
constexpr std::size_t descriptors_of_loop = 3;

/// The numbers of the descriptors that will be opened next: always the lowest that are free.
std::array<int, descriptors_of_loop> next_descriptors() {
  std::array<int, descriptors_of_loop> out{};
  int number = STDERR_FILENO;
  for (auto& each : out) {
    do ++number;
    while (::fcntl(number, F_GETFD) >= 0);
    each = number;
  }
  return out;
}

bool is_epoll(int number) {
  epoll_event any{};
  return ::epoll_wait(number, &any, 1, 0) >= 0;
}

/// Says whether an epoll instance watches a descriptor; afterwards it does. One that is not open is
/// not missed.
bool is_watched(int epoll, int number) {
  epoll_event any{};
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, number, &any) == 0) return false;
  return errno == EEXIST || errno == EBADF;
}

}  // namespace

void require_wakeups(asio::io_context& context) {
  const auto opened = next_descriptors();
  const asio::steady_timer makes_reactor(context);
  const auto epoll = std::ranges::find_if(opened, is_epoll);
  if (epoll == opened.end()) return;  // another kind of event loop
  const auto wakes = [&](int each) { return each == *epoll || is_watched(*epoll, each); };
  if (std::ranges::all_of(opened, wakes)) return;
  const auto code = std::make_error_code(std::errc::resource_unavailable_try_again);
  throw chunk::local_failure(
      chunk::error{code, "event loop: the system does not watch its descriptors"});
}

}  // namespace tools::io
