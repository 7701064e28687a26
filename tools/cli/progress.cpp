#include "cli/progress.hpp"

#include "cli/command_line.hpp"
#include "io/status_line.hpp"
#include "io/write.hpp"

#include <fmt/core.h>

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <string_view>

namespace tools::cli {
namespace {

using namespace std::chrono_literals;

/// Between two drawings of the line. Chosen: ten a second look like motion.
constexpr auto interval = 100ms;

/// The number of bytes after which the clock is read. Chosen: far less than passes in an interval.
constexpr std::uint64_t look_every = 1024 * 1024;

/// The share of the previous rate in the one that is shown. Chosen: the figure is steady enough to
/// be read.
constexpr double inertia = 0.8;

/// SIGUSR1 has come. A signal handler may do no more than set this.
std::atomic<bool> asked = false;

void note_request(int) {
  asked = true;
}

std::size_t columns() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

/// "512 B", "1.5 MiB"
std::string in_units(double bytes) {
  constexpr std::array<const char*, 5> units{"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < units.size()) {
    bytes /= 1024;
    ++unit;
  }
  return fmt::format("{:.{}f} {}", bytes, unit == 0 ? 0 : 1, units[unit]);
}

std::string counted_chunks(std::uint64_t count) {
  return fmt::format("{} chunk{}", count, count == 1 ? "" : "s");
}

double seconds(std::chrono::steady_clock::duration span) {
  return std::chrono::duration<double>(span).count();
}

/// "1:02:03", "2:03"
std::string as_clock(double time) {
  constexpr double most = 99 * 3600;  // chosen: nobody waits longer than four days
  const auto whole = static_cast<long>(std::min(time, most));
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace

void add_progress(command_line& line, bool& out) {
  line.group("Input/Output")
      .flag("--progress", out, "Show the progress of the stream on a terminal");
}

std::optional<std::uint64_t> size_of_standard_input() {
  struct stat about {};
  if (::fstat(STDIN_FILENO, &about) != 0 || !S_ISREG(about.st_mode)) return std::nullopt;
  const auto here = ::lseek(STDIN_FILENO, 0, SEEK_CUR);
  if (here < 0 || here > about.st_size) return std::nullopt;
  return static_cast<std::uint64_t>(about.st_size - here);
}

progress::progress(asio::io_context& context, bool wanted, std::optional<std::uint64_t> size,
                   ends_by ends)
    : wanted_(wanted),
      size_(size),
      look_at_(wanted ? look_every : ~std::uint64_t{0}),
      timer_(context, [this] {
        look();
        timer_.set(interval);
      }) {
  if (!wanted) return;
  terminal_ = ::isatty(STDERR_FILENO) == 1;
  const char* const type = std::getenv("TERM");
  draws_ = terminal_ && !(type && std::string_view(type) == "dumb");
  struct sigaction request {};
  request.sa_handler = note_request;
  request.sa_flags = SA_RESTART;
  ::sigaction(SIGUSR1, &request, nullptr);
  timer_.set(interval);
  if (!terminal_) return;
  at_end_.emplace([this](int) { finish(); });
  if (ends == ends_by::default_action) interrupted_.emplace(context, [](int) {});
}

progress::~progress() {
  if (!wanted_) return;
  timer_.clear();
  finish();
  ::signal(SIGUSR1, SIG_DFL);
}

/// Prints the totals in the place of the line.
void progress::finish() {
  io::erase_status_line();
  // Of a job in the background, a terminal may stop what writes to it.
  if (asked.exchange(false) || (terminal_ && io::owns_terminal())) report();
}

void progress::look() {
  if (!wanted_) return;
  look_at_ = bytes_ + look_every;
  if (asked.exchange(false)) report();
  const auto now = clock::now();
  if (draws_ && now - drawn_ >= interval) draw(now);
}

void progress::report() {
  io::erase_status_line();
  io::write_error(fmt::format("{}: {}\n", program_invocation_short_name, totals(clock::now())));
}

std::string progress::totals(clock::time_point now) const {
  const auto time = seconds(now - begin_);
  auto out = fmt::format("{} bytes", bytes_);
  if (size_) out += fmt::format(" of {}", *size_);
  const auto rate = time > 0 ? static_cast<double>(bytes_) / time : 0;
  return out + fmt::format(", {}, {:.1f} s, {}/s", counted_chunks(chunks_), time, in_units(rate));
}

/// Draws as many of the figures as fit the terminal, the most important first.
void progress::draw(clock::time_point now) {
  const auto present = static_cast<double>(bytes_ - drawn_bytes_) / seconds(now - drawn_);
  rate_ = drawn_bytes_ == 0 ? present : inertia * rate_ + (1 - inertia) * present;
  drawn_ = now;
  drawn_bytes_ = bytes_;
  const auto done = static_cast<double>(bytes_);
  std::array<std::string, 5> parts{in_units(done),
                                   counted_chunks(chunks_),
                                   in_units(rate_) + "/s",
                                   as_clock(seconds(now - begin_)),
                                   {}};
  if (size_ && *size_ > 0) {
    const auto all = static_cast<double>(*size_);
    parts[0] += fmt::format(" of {} ({:.0f} %)", in_units(all), std::min(done / all, 1.0) * 100);
    if (rate_ > 0) parts[4] = "ETA " + as_clock(std::max(all - done, 0.0) / rate_);
  }
  std::string line;
  const auto room = columns() - 1;  // some terminals wrap a line that fills the last column
  for (const auto& each : parts) {
    const auto* const gap = line.empty() ? "" : "  ";
    if (each.empty() || line.size() + each.size() + 2 > room) continue;
    line += gap + each;
  }
  io::draw_status_line(line);
}

}  // namespace tools::cli
