#include "cli/protocols.hpp"

#include "cli/command_line.hpp"
#include "cli/nearest.hpp"
#include "cli/options.hpp"
#include "cli/status.hpp"
#include "io/files.hpp"

#include <chunk/error.hpp>
#include <chunk/escape.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace tools::cli {
namespace {

/// Names the protocol of tools that are given none. Source: chunk-protocol(5), FILES
constexpr const char* environment_variable = "CHUNK_PROTOCOL";

/// Chosen: room for the rules of thousands of IDs. A longer file is refused.
constexpr std::size_t longest_file = 1024 * 1024;

/// Where protocol files are, below each directory for configuration or data.
/// Source: chunk-protocol(5), FILES
constexpr std::string_view place = "/chunk/protocols";

/// Gives the text of a file.
///
/// Errors: those of io::input_file; errc::bad_protocol when it is too long, or in UTF-16
chunk::result<std::string> read_file(const std::string& path) {
  io::input_file file(path);
  std::string out(longest_file + 1, '\0');
  std::size_t held = 0;
  for (std::size_t size = 1; size > 0 && held < out.size(); held += size) {
    const auto got = file.read(std::as_writable_bytes(std::span(out)).subspan(held));
    if (!got) return tl::unexpected(got.error());
    size = *got;
  }
  if (held > longest_file) {
    return tl::unexpected(chunk::error{chunk::errc::bad_protocol,
                                       path + ": longer than 1 MiB, and no protocol file"});
  }
  out.resize(held);
  // TOML is UTF-8, with a mark or without one.
  const auto encoding = io::byte_order_mark(out);
  if (!encoding.empty() && encoding != "UTF-8") {
    return tl::unexpected(
        chunk::error{chunk::errc::bad_protocol,
                     path + ": is in " + std::string(encoding) + " and not in UTF-8"});
  }
  return out;
}

/// Parses `text`, which was read from `path`, or throws what failed in reading it.
chunk::protocol parse(const std::string& path, const chunk::result<std::string>& text) {
  if (text) return value_or_throw(chunk::parse_protocol(*text, path));
  const auto& code = text.error().code;
  const bool of_system = code != chunk::errc::bad_protocol && code != std::errc::timed_out;
  if (!of_system) throw chunk::failure(text.error());
  throw chunk::local_failure(text.error());
}

std::string value_of(const char* variable) {
  const char* const value = std::getenv(variable);
  return value ? value : "";
}

/// The directories in which a protocol is looked up by its name, the user's own first. Relative
/// paths in environment variables are ignored. Source: XDG Base Directory Specification
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

/// Joins words with commas, and the last one with `last`: "a, b and c".
template <class Words>
std::string listed(const Words& words, std::string_view last) {
  std::string out;
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (at > 0) out += at + 1 == words.size() ? last : ", ";
    out += words[at];
  }
  return out;
}

/// The names of all protocols that are not read from a file.
std::vector<std::string_view> known_names() {
  auto out = chunk::protocol_names();
  out.push_back(chunk::guessing_protocol().name);
  return out;
}

/// Every name that --protocol can be given, each with the path of its file, or without one if it is
/// known.
std::map<std::string, std::string> all_names() {
  std::map<std::string, std::string> out;
  for (const auto name : known_names()) out.emplace(name, "");
  for (const auto& directory : directories()) {
    std::error_code none;
    for (const auto& each : std::filesystem::directory_iterator(directory, none)) {
      if (each.path().extension() != ".toml" || !each.is_regular_file(none)) continue;
      out.emplace(each.path().stem(), each.path());
    }
  }
  return out;
}

[[noreturn]] void refuse_name(const std::string& name, const std::vector<std::string>& searched) {
  const auto names = all_names();
  std::vector<std::string_view> known;
  for (const auto& [each, path] : names) known.push_back(each);
  const auto hint = did_you_mean(name, known);
  throw wrong_usage("no protocol '" + name + "', and no " + name + ".toml in " +
                    listed(searched, " or ") +
                    (hint.empty() ? "; -p help lists those that there are" : hint));
}

/// Says whether a file could not be opened because it is not there, or nobody is let into its
/// directory. Source: XDG Base Directory Specification, "Basics"
bool is_missing(const chunk::error& problem, const std::string& directory) {
  const auto& code = problem.code;
  if (code == std::errc::no_such_file_or_directory || code == std::errc::not_a_directory) {
    return true;
  }
  return code == std::errc::permission_denied && ::access(directory.c_str(), X_OK) != 0;
}

chunk::protocol find_by_name(const std::string& name) {
  auto searched = directories();
  for (const auto& directory : searched) {
    const auto path = directory + '/' + name + ".toml";
    const auto text = read_file(path);
    if (text || !is_missing(text.error(), directory)) return parse(path, text);
  }
  const auto path = name + ".toml";
  const auto text = read_file(path);
  if (text || !is_missing(text.error(), ".")) return parse(path, text);
  searched.emplace_back("the current directory");
  refuse_name(name, searched);
}

/// Finds the protocol for tools that are given none.
chunk::protocol choose_by_environment() {
  const auto name = protocol_of_environment();
  if (name.empty()) return chunk::guessing_protocol();
  try {
    return choose_protocol(name);
  } catch (const chunk::failure& why) {
    throw blame_environment(why);
  }
}

/// What a protocol file says of itself: the comment in its first line.
std::string summary_of(const std::string& path) {
  const auto text = read_file(path);
  if (!text || !text->starts_with("# ")) return {};
  return chunk::quoted(std::string_view(*text).substr(2, text->find('\n') - 2));
}

/// These names, one per line.
std::string list_names() {
  std::string out;
  for (const auto& [name, path] : all_names()) out += chunk::quoted(name) + '\n';
  return out;
}

/// These names and what they stand for, one per line.
std::string list_protocols() {
  std::string out;
  for (const auto& [name, path] : all_names()) {
    const auto shown = chunk::quoted(name);
    const bool guesses = name == chunk::guessing_protocol().name;
    auto summary = !path.empty() ? summary_of(path)
                   : guesses     ? "No protocol: what looks like subchunks is shown as such."
                                 : std::string(chunk::protocol_summary(name));
    // Chosen: the longest name of a built-in protocol has 16 letters.
    constexpr std::size_t width = 16;
    out += shown;
    if (!summary.empty()) out.append(std::max(shown.size(), width) - shown.size() + 2, ' ');
    out += summary + '\n';
  }
  return out;
}

/// Those that a protocol has rules for.
std::set<std::string> ids_of(const chunk::protocol& rules) {
  std::set<std::string> out;
  for (const auto& rule : rules.rules) out.insert(to_text(rule.id));
  return out;
}

/// The IDs that a protocol has rules for, one per line. For the one that guesses, those of all
/// built-in protocols of the chunk framing.
std::string list_ids(const std::string& name) {
  const auto chosen = choose_protocol(name);
  std::set<std::string> ids;
  const auto add = [&](const chunk::protocol& from) { ids.merge(ids_of(from)); };
  add(chosen);
  if (chosen.guesses) {
    for (const auto known : chunk::protocol_names()) {
      const auto rules = value_or_throw(chunk::find_protocol(known));
      if (!rules.framing.definition) add(rules);
    }
  }
  std::string out;
  for (const auto& id : ids) out += id + '\n';
  return out;
}

}  // namespace

std::string protocol_of_environment() {
  return value_of(environment_variable);
}

status_failure blame_environment(const chunk::failure& why) {
  return {status_of(why),
          {chunk::errc::bad_protocol, std::string(environment_variable) + ": " + why.what()}};
}

void add_protocol(command_line& line, std::string& out) {
  const auto own = protocol_of_environment();
  line.group("Input/Output")
      .text("-p,--protocol NAME", out, "Follow a protocol (see -p help) or .toml file")
      .shows_default(own.empty() ? std::string(chunk::guessing_protocol().name)
                                 : chunk::quoted(own));
  add_protocol_lists(line, out);
}

void add_protocol_lists(command_line& line, const std::string& chosen) {
  line.add_answer([&chosen] { return chosen == "help"; }, list_protocols);
  line.add_list("--list-protocols", list_names);
  line.add_list("--list-ids", [&chosen] { return list_ids(chosen); });
}

void add_side(command_line& line, std::string& out, const char* help) {
  line.group("Input/Output").text("--side SIDE", out, help).choices({"client", "server"});
}

chunk::stream_side choose_side(const std::string& given, const connection_options& connection) {
  using enum chunk::stream_side;
  if (!given.empty()) return given == "client" ? client : server;
  if (!connection.connect.empty()) return server;
  return connection.listen.empty() ? unknown : client;
}

chunk::protocol choose_protocol(const std::string& name) {
  if (name.empty()) return choose_by_environment();
  if (name == chunk::guessing_protocol().name) return chunk::guessing_protocol();
  // Built-in protocols come first, so that no file changes what their names mean.
  if (auto built_in = chunk::find_protocol(name)) return std::move(*built_in);
  const bool is_path = name.find('/') != name.npos || name.ends_with(".toml");
  if (!is_path) return find_by_name(name);
  return parse(name, read_file(name));
}

std::string did_you_mean_id(std::string_view text, const chunk::protocol& rules) {
  const auto ids = ids_of(rules);
  const std::vector<std::string_view> names(ids.begin(), ids.end());
  return did_you_mean(text, names);
}

chunk::result<chunk::id> read_id(std::string_view text, const chunk::protocol& rules) {
  auto out = chunk::parse_id(text, rules.framing.ids());
  if (!out) {
    return tl::unexpected(
        chunk::error{out.error().code, out.error().detail + did_you_mean_id(text, rules)});
  }
  return out;
}

}  // namespace tools::cli
