#include "io/event_loop.hpp"

#include <chunk/error.hpp>

#include <asio/steady_timer.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace tools::io {
namespace {

/// What a descriptor stands for, such as "anon_inode:[eventpoll]". Empty: unknown.
std::string meaning_of(const char* entry) {
  std::array<char, 64> text{};
  const auto path = std::string("/proc/self/fd/") + entry;
  const auto size = ::readlink(path.c_str(), text.data(), text.size());
  return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

/// Adds the descriptors that an epoll instance watches. Returns: false if that cannot be read
bool add_watched(const char* epoll, std::vector<int>& out) {
  const auto path = std::string("/proc/self/fdinfo/") + epoll;
  const auto close = [](std::FILE* file) { std::fclose(file); };
  const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "re"), close);
  std::array<char, 128> line{};
  if (!file) return false;
  while (std::fgets(line.data(), line.size(), file.get())) {
    constexpr std::string_view key = "tfd:";
    if (!std::string_view(line.data()).starts_with(key)) continue;
    out.push_back(static_cast<int>(std::strtol(line.data() + key.size(), nullptr, 10)));
  }
  return true;
}

/// Those that were passed to the process are left to whoever uses them.
bool is_own(int number) {
  const int flags = ::fcntl(number, F_GETFD);
  return flags >= 0 && (flags & FD_CLOEXEC) != 0;
}

}  // namespace

void require_wakeups(asio::io_context& context) {
  const asio::steady_timer makes_reactor(context);
  const auto close = [](DIR* directory) { ::closedir(directory); };
  const std::unique_ptr<DIR, decltype(close)> all(::opendir("/proc/self/fd"), close);
  if (!all) return;  // without /proc or a free descriptor, this cannot be checked
  std::vector<int> wakers;
  std::vector<int> watched;
  while (const auto* const each = ::readdir(all.get())) {
    const auto meaning = meaning_of(each->d_name);
    const int number = static_cast<int>(std::strtol(each->d_name, nullptr, 10));
    const bool watches = meaning == "anon_inode:[eventpoll]" && is_own(number);
    if (watches && !add_watched(each->d_name, watched)) return;
    const bool wakes = meaning == "anon_inode:[eventfd]" || meaning == "anon_inode:[timerfd]";
    if (wakes && is_own(number)) wakers.push_back(number);
  }
  const auto is_watched = [&](int each) { return std::ranges::count(watched, each) > 0; };
  if (std::ranges::all_of(wakers, is_watched)) return;
  const auto code = std::make_error_code(std::errc::resource_unavailable_try_again);
  throw chunk::local_failure(
      chunk::error{code, "event loop: the system does not watch its descriptors"});
}

}  // namespace tools::io
