#include "io/history_file.hpp"

#include "io/write.hpp"

#include <chunk/error.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace tools::io {
namespace {

std::string state_directory() {
  const char* const given = std::getenv("XDG_STATE_HOME");
  if (given && *given == '/') return given;
  const char* const home = std::getenv("HOME");
  return home && *home == '/' ? std::string(home) + "/.local/state" : std::string();
}

/// Makes a directory for the user alone, and those that it is in.
bool make_directories(const std::string& path) {
  for (auto end = path.find('/', 1);; end = path.find('/', end + 1)) {
    if (::mkdir(path.substr(0, end).c_str(), 0700) != 0 && errno != EEXIST) return false;
    if (end == path.npos) return true;
  }
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const auto& each : lines) out += each + '\n';
  return out;
}

}  // namespace

history_file::history_file(const std::string& name) {
  const auto state = state_directory();
  if (state.empty()) return;
  const auto directory = state + "/chunk";
  path_ = directory + '/' + name;
  if (make_directories(directory)) {
    file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  }
  // It may have been copied from elsewhere.
  if (file_ < 0 || ::fchmod(file_, 0600) != 0) note_problem();
  if (file_ >= 0) read();
}

history_file::~history_file() {
  if (file_ >= 0) ::close(file_);
}

void history_file::note_problem() {
  if (problem_.empty()) problem_ = to_text(chunk::last_system_error(path_));
}

void history_file::read() {
  std::string text;
  std::array<char, 64 * 1024> room;
  for (;;) {
    const auto got = ::read(file_, room.data(), room.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) note_problem();
    if (got <= 0) break;
    text.append(room.data(), static_cast<std::size_t>(got));
  }
  for (auto rest = std::string_view(text); !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    lines_.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (lines_.size() <= longest_history) return;
  const bool long_enough = lines_.size() > 2 * longest_history;
  lines_.erase(lines_.begin(), lines_.end() - static_cast<std::ptrdiff_t>(longest_history));
  if (long_enough) shorten();
}

/// Replaces the file by one with the lines that are left of it.
void history_file::shorten() {
  const auto made = path_ + ".new";
  const int file =
      ::open(made.c_str(), O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return;
  if (!write_whole(file, joined(lines_)) || ::rename(made.c_str(), path_.c_str()) != 0) {
    ::unlink(made.c_str());
    ::close(file);
    return;
  }
  ::close(file_);
  file_ = file;
}

bool history_file::add(const std::string& line) {
  if (line.empty() || line.front() == ' ') return false;
  if (!lines_.empty() && lines_.back() == line) return false;
  lines_.push_back(line);
  if (file_ >= 0 && !write_whole(file_, line + '\n')) note_problem();
  return true;
}

}  // namespace tools::io
