#include "cli/protocols.hpp"

#include "cli/command_line.hpp"
#include "cli/status.hpp"

#include <chunk/error.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace tools::cli {
namespace {

/// Chosen: room for thousands of chunks. What is longer is no protocol, and is not read.
constexpr std::size_t longest_file = 1024 * 1024;

/// Below each directory for configuration or data. From chunk-protocol(5), FILES.
constexpr std::string_view place = "/chunk/protocols";

/// An open file that is closed.
class descriptor {
 public:
  explicit descriptor(int number) : number_(number) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (number_ >= 0) ::close(number_);
  }

  int number() const { return number_; }

 private:
  int number_;
};

/// Gives the text of a file.
///
/// Errors: those of the system; errc::bad_protocol when it is too long
chunk::result<std::string> read_file(const std::string& path) {
  const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) return tl::unexpected(chunk::last_system_error(path));
  std::string out(longest_file + 1, '\0');
  std::size_t held = 0;
  for (ssize_t got = 1; got > 0 && held < out.size(); held += static_cast<std::size_t>(got)) {
    got = ::read(file.number(), out.data() + held, out.size() - held);
    if (got < 0) return tl::unexpected(chunk::last_system_error(path));
  }
  if (held > longest_file) {
    return tl::unexpected(chunk::error{chunk::errc::bad_protocol,
                                       path + ": longer than 1 MiB, and no protocol file"});
  }
  out.resize(held);
  return out;
}

/// Reads the protocol file at `path`, of which `text` is the outcome of reading.
chunk::protocol parse(const std::string& path, const chunk::result<std::string>& text) {
  if (text) return value_or_throw(chunk::parse_protocol(*text, path));
  if (text.error().code == chunk::errc::bad_protocol) throw chunk::failure(text.error());
  throw chunk::local_failure(text.error());
}

std::string value_of(const char* variable) {
  const char* const value = std::getenv(variable);
  return value ? value : "";
}

/// The directories in which protocols are looked up by their names, the user's own first. Relative
/// ones do not count. Source: XDG Base Directory Specification
std::vector<std::string> directories() {
  std::vector<std::string> out;
  const auto add = [&](std::string_view base) {
    while (base.ends_with('/')) base.remove_suffix(1);
    auto path = std::string(base).append(place);
    if (!path.starts_with('/') || std::ranges::find(out, path) != out.end()) return;
    out.push_back(std::move(path));
  };
  const auto own = value_of("XDG_CONFIG_HOME");
  const auto home = value_of("HOME");
  if (own.starts_with('/')) {
    add(own);
  } else if (home.starts_with('/')) {
    add(home + "/.config");
  }
  const auto shared = value_of("XDG_DATA_DIRS");
  for (std::string_view rest = shared; !rest.empty();) {
    const auto stop = std::min(rest.find(':'), rest.size());
    if (rest.starts_with('/')) add(rest.substr(0, stop));
    rest.remove_prefix(std::min(stop + 1, rest.size()));
  }
  add(CHUNK_DATADIR);
  return out;
}

[[noreturn]] void refuse_name(const std::string& name, const std::vector<std::string>& searched) {
  auto reason = "no protocol '" + name + "'; there are example, none and guess";
  for (std::size_t at = 0; at < searched.size(); ++at) {
    reason += at == 0                     ? ", and no " + name + ".toml in "
              : at + 1 == searched.size() ? " or "
                                          : ", ";
    reason += searched[at];
  }
  throw wrong_usage(reason);
}

chunk::protocol find_by_name(const std::string& name) {
  const auto searched = name.empty() ? std::vector<std::string>() : directories();
  for (const auto& directory : searched) {
    const auto path = directory + '/' + name + ".toml";
    const auto text = read_file(path);
    const bool there = text || (text.error().code != std::errc::no_such_file_or_directory &&
                                text.error().code != std::errc::not_a_directory);
    if (there) return parse(path, text);
  }
  refuse_name(name, searched);
}

}  // namespace

void add_protocol(command_line& line, std::string& out) {
  line.group("Input/Output")
      .text("-p,--protocol NAME", out, "Follow example, none, guess or a protocol file")
      .shows_default();
}

chunk::protocol choose_protocol(const std::string& name) {
  if (name == chunk::guessing_protocol().name) return chunk::guessing_protocol();
  // What is built in comes first, so that a file in one directory does not change what a name
  // means in all others.
  if (auto built_in = chunk::find_protocol(name)) return std::move(*built_in);
  const bool is_path = name.find('/') != name.npos || name.ends_with(".toml");
  if (!is_path) return find_by_name(name);
  return parse(name, read_file(name));
}

}  // namespace tools::cli
