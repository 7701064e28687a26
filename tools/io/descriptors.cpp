#include "io/descriptors.hpp"

#include <dirent.h>
#include <sys/resource.h>

#include <algorithm>

namespace tools::io {
namespace {

/// Descriptors that are open only for a moment. Chosen: one for a client that is refused, one for a
/// certificate or directory that is read, one for the service manager, and one to spare.
constexpr std::uint64_t passing = 4;

/// Chosen: assumed where the number of open descriptors cannot be determined.
constexpr std::uint64_t open_at_start = 16;

}  // namespace

std::optional<std::uint64_t> open_descriptors() {
  DIR* const all = ::opendir("/proc/self/fd");
  if (!all) return std::nullopt;
  std::uint64_t out = 0;
  while (const auto* const each = ::readdir(all)) {
    if (each->d_name[0] != '.') ++out;
  }
  ::closedir(all);
  return out - 1;  // the directory itself
}

std::uint64_t usable_descriptors(std::uint64_t wanted, std::uint64_t reserved) {
  rlimit allowed{};
  if (::getrlimit(RLIMIT_NOFILE, &allowed) != 0) return 1;
  const rlim_t others = open_descriptors().value_or(open_at_start) + reserved + passing;
  const bool countless = wanted > RLIM_INFINITY - others;
  const rlim_t needed = countless ? RLIM_INFINITY : wanted + others;
  if (allowed.rlim_cur < needed && allowed.rlim_cur < allowed.rlim_max) {
    const rlimit more{std::min(needed, allowed.rlim_max), allowed.rlim_max};
    if (::setrlimit(RLIMIT_NOFILE, &more) == 0) allowed = more;
  }
  const std::uint64_t left = allowed.rlim_cur > others ? allowed.rlim_cur - others : 1;
  return std::min(wanted, left);
}

}  // namespace tools::io
