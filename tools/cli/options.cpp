#include "cli/options.hpp"

#include "cli/run.hpp"
#include "cli/status.hpp"
#include "cli/tls.hpp"

#include <chunk/framing.hpp>
#include <chunk/notation.hpp>

#include <CLI/App.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string_view>

namespace tools::cli {

chunk::result<std::uint32_t> parse_size(const std::string& text) {
  constexpr std::string_view units = "kMG";
  std::uint64_t factor = 1;
  auto digits = std::string_view(text);
  if (const auto unit = digits.empty() ? units.npos : units.find(digits.back());
      unit != units.npos) {
    factor = std::uint64_t{1} << (10 * (unit + 1));
    digits.remove_suffix(1);
  }
  const auto count = chunk::parse_count(digits, "size", chunk::max_length / factor);
  if (!count) return tl::unexpected(count.error());
  return static_cast<std::uint32_t>(*count * factor);
}

void add_count(CLI::App& app, const char* name, std::uint64_t& out, const char* what,
               const char* group) {
  const std::string option = std::string(name).substr(std::string_view(name).find("--"));
  const auto set = [&out, option](const std::string& text) {
    const auto count = chunk::parse_count(text, "the number");
    if (!count) throw CLI::ValidationError(option, count.error().detail);
    if (*count == 0) throw CLI::ValidationError(option, "the number 0 is not above 0");
    out = *count;
  };
  auto* added = app.add_option_function<std::string>(name, set, what);
  added->type_name("N")->group(group);
  if (out != no_count) added->default_str(std::to_string(out));
}

void add_connection_options(CLI::App& app, connection_options& out) {
  auto* connect = app.add_option("-c,--connect", out.connect, "Connect to ADDR");
  auto* listen = app.add_option("-l,--listen", out.listen, "Listen on ADDR for one connection");
  auto* timeout = app.add_option("-w,--timeout", out.timeout_seconds,
                                 "Give up connecting, and any wait without progress");
  auto* retry =
      app.add_option("--retry", out.retry_seconds, "Try again until somebody listens, for so long");
  auto* mode = app.add_option("--mode", out.mode, "Mode of the socket file made to listen");
  auto* ready =
      app.add_option("--ready-fd", out.ready_fd, "Write the bound address to descriptor N");
  connect->type_name("ADDR")->group("Connection")->excludes(listen);
  listen->type_name("ADDR")->group("Connection");
  timeout->type_name("SECONDS")->group("Connection");
  retry->type_name("SECONDS")->group("Connection")->needs(connect);
  mode->type_name("MODE")->group("Connection")->capture_default_str()->needs(listen);
  ready->type_name("N")->group("Connection")->needs(listen)->check(CLI::NonNegativeNumber);
  add_tls_options(app, out.tls);
}

void add_max_chunk(CLI::App& app, std::uint32_t& out) {
  const auto set = [&out](const std::string& text) {
    const auto size = parse_size(text);
    if (!size) throw CLI::ValidationError("--max-chunk", size.error().detail);
    out = *size;
  };
  app.add_option_function<std::string>("-m,--max-chunk", set,
                                       "Refuse chunks with a longer payload (k, M, G)")
      ->type_name("SIZE")
      ->default_str(out == chunk::max_length ? "none" : std::to_string(out))
      ->group("Limits");
}

void add_other(CLI::App& app, verbosity& out) {
  auto* verbose = app.add_flag("-v,--verbose", out.verbose, "Tell more on standard error");
  auto* quiet = app.add_flag("-q,--quiet", out.quiet, "Tell only of failures");
  verbose->group("Other")->excludes(quiet);
  quiet->group("Other");
  app.set_version_flag("--version", app.get_name() + ' ' + version(), "Show the version")
      ->group("Other");
  app.set_help_flag("-h,--help", "Show this help")->group("Other");
}

chunk::net::duration to_duration(double seconds, const char* option) {
  constexpr double most = 1e9;  // some thirty years; any clock can add it
  if (!(seconds >= 0 && seconds <= most)) {
    throw wrong_usage(fmt::format("{}: {} is not a number of seconds", option, seconds));
  }
  return std::chrono::duration_cast<chunk::net::duration>(std::chrono::duration<double>(seconds));
}

chunk::net::duration to_limit(double seconds, const char* option) {
  const auto limit = to_duration(seconds, option);
  if (limit == chunk::net::duration{}) throw wrong_usage(std::string(option) + ": must be above 0");
  return limit;
}

std::optional<chunk::net::duration> timeout_of(const connection_options& options) {
  if (!options.timeout_seconds) return std::nullopt;
  return to_limit(*options.timeout_seconds, "--timeout");
}

mode_t parse_mode(const std::string& text) {
  unsigned value = 0;
  const auto end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value, 8);
  if (problem != std::errc{} || stop != end || value > 0777) {
    throw wrong_usage("--mode: '" + text + "' is not an octal mode such as 0660");
  }
  return value;
}

void add_choice(CLI::App& app, choice& out) {
  auto* only = app.add_option("--only", out.only, "Take only chunks with this ID (repeatable)");
  auto* skip = app.add_option("--skip", out.skip, "Leave out chunks with this ID (repeatable)");
  only->type_name("ID")->group("Input/Output")->allow_extra_args(false);
  skip->type_name("ID")->group("Input/Output")->allow_extra_args(false);
}

chooser::chooser(const choice& from) {
  for (const auto& text : from.only) only_.push_back(value_or_throw(chunk::parse_id(text)));
  for (const auto& text : from.skip) skip_.push_back(value_or_throw(chunk::parse_id(text)));
}

bool chooser::takes(const chunk::id& id) const {
  const auto names = [&](const std::vector<chunk::id>& ids) {
    return std::ranges::find(ids, id) != ids.end();
  };
  return (only_.empty() || names(only_)) && !names(skip_);
}

}  // namespace tools::cli
