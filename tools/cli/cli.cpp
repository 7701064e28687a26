#include "cli/cli.hpp"

#include "cli/progress.hpp"
#include "cli/tls.hpp"

#include <chunk/escape.hpp>
#include <chunk/framing.hpp>
#include <chunk/net/deadline.hpp>
#include <chunk/notation.hpp>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <asio/co_spawn.hpp>
#include <fmt/core.h>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <exception>
#include <iostream>

namespace cli {
namespace {

/// Opens those standard streams that are closed, each for the direction that it does not have: its
/// use fails as it should, and no socket gets its number.
void hold_standard_streams() {
  for (const int each : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(each, F_GETFD) >= 0) continue;
    ::open("/dev/null", each == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

int fail(const chunk::failure& reason) {
  const bool reader_gone = dynamic_cast<const chunk::local_failure*>(&reason) != nullptr &&
                           reason.code() == std::errc::broken_pipe &&
                           std::string_view(reason.what()).starts_with("standard output");
  if (reader_gone) end_by_broken_pipe();
  remark(reason.what());
  return status_of(reason);
}

/// Writes to standard error. Where that fails there is nobody left to tell.
void complain(const std::string& text) {
  erase_progress();
  [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, text.data(), text.size());
}

/// A usage error in one line, and where to read on.
int refuse(const CLI::ParseError& mistake) {
  std::string text = mistake.what();
  std::ranges::replace(text, '\n', ' ');
  // CLI11 begins sentences, "The following argument ..."; names in capitals stay.
  const bool sentence = text.size() > 1 && std::isupper(static_cast<unsigned char>(text[0])) &&
                        std::islower(static_cast<unsigned char>(text[1]));
  if (sentence) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  remark(text);
  complain(fmt::format("Try '{} --help'.\n", program_invocation_short_name));
  return usage;
}

/// Prints help with one short line an option: its name, its value, what it does and its default.
int help_or_version(CLI::App& app, const CLI::ParseError& asked) {
  for (auto* option : app.get_options([](const CLI::Option*) { return true; })) {
    // Without a text of its own, an option would be listed with all that excludes it.
    const auto type = option->get_type_name();
    const bool flag = option->get_type_size() == 0 || option->get_positional();
    const auto value = flag ? std::string() : type.substr(0, type.find(':'));
    option->option_text(value.empty() ? " " : value);
    const auto& standard = option->get_default_str();
    if (!standard.empty()) option->description(option->get_description() + " [" + standard + "]");
  }
  app.get_formatter()->column_width(26);
  app.exit(asked, std::cout, std::cerr);
  std::cout.flush();
  if (std::cout) return success;
  throw chunk::local_failure(chunk::last_system_error("standard output"));
}

int parse_and_work(CLI::App& app, int argc, char** argv,
                   const std::function<int(asio::io_context&)>& work) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& outcome) {
    if (outcome.get_exit_code() == 0) return help_or_version(app, outcome);
    return refuse(outcome);
  }
  asio::io_context context{1};
  return work(context);
}

}  // namespace

outcome::~outcome() = default;

void remark(const std::string& text) {
  // What a name on the command line or a peer may hold has no business on a terminal.
  const auto shown = chunk::quoted(text);
  complain(fmt::format("{}: {}\n", program_invocation_short_name, shown));
}

int status_of(const chunk::failure& reason) {
  const auto& code = reason.code();
  if (dynamic_cast<const chunk::local_failure*>(&reason)) return local;
  if (const auto* const known = dynamic_cast<const outcome*>(&reason)) return known->status();
  if (code.category() == std::generic_category()) {
    if (code == std::errc::timed_out) return deadline;
    if (code == std::errc::invalid_argument || code == std::errc::not_supported) return usage;
  }
  if (code.category() != chunk::format_category()) return connection;
  switch (static_cast<chunk::errc>(code.value())) {
    case chunk::errc::truncated:
    case chunk::errc::too_large:
    case chunk::errc::malformed:
    case chunk::errc::violation: return format;
    case chunk::errc::bad_id:
    case chunk::errc::bad_notation:
    case chunk::errc::bad_address:
    case chunk::errc::bad_protocol: return usage;
  }
  return connection;
}

void explain(std::span<const std::string> lines) {
  std::string text;
  for (const auto& each : lines) text += "  " + chunk::quoted(each) + '\n';
  complain(text);
}

void end_by_broken_pipe() {
  ::signal(SIGPIPE, SIG_DFL);
  ::raise(SIGPIPE);
  ::_exit(128 + SIGPIPE);  // only where SIGPIPE is blocked
}

chunk::failure wrong_usage(const std::string& text) {
  return chunk::failure({std::make_error_code(std::errc::invalid_argument), text});
}

int run(CLI::App& app, int argc, char** argv, const std::function<int(asio::io_context&)>& work) {
  hold_standard_streams();
  ::signal(SIGPIPE, SIG_IGN);
  try {
    return parse_and_work(app, argc, argv, work);
  } catch (const chunk::failure& reason) {
    return fail(reason);
  } catch (const std::system_error& reason) {
    remark(to_text(chunk::error{reason.code(), {}}));
  } catch (const std::bad_alloc&) {
    remark("out of memory");
  } catch (const std::exception& reason) {
    remark(reason.what());
  }
  return local;
}

int run(asio::io_context& context, asio::awaitable<int> work) {
  int out = success;
  std::exception_ptr problem;
  asio::co_spawn(context, std::move(work), [&](const std::exception_ptr& thrown, int status) {
    out = status;
    problem = thrown;
    context.stop();
  });
  context.run();
  if (problem) std::rethrow_exception(problem);
  return out;
}

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
  app.set_version_flag("--version", app.get_name() + " " CHUNK_VERSION, "Show the version")
      ->group("Other");
  app.set_help_flag("-h,--help", "Show this help")->group("Other");
}

chunk::duration to_duration(double seconds, const char* option) {
  constexpr double most = 1e9;  // some thirty years; any clock can add it
  if (!(seconds >= 0 && seconds <= most)) {
    throw wrong_usage(fmt::format("{}: {} is not a number of seconds", option, seconds));
  }
  return std::chrono::duration_cast<chunk::duration>(std::chrono::duration<double>(seconds));
}

bool is_ignored(int number) {
  struct sigaction present {};
  return ::sigaction(number, nullptr, &present) == 0 && present.sa_handler == SIG_IGN;
}

chunk::duration to_limit(double seconds, const char* option) {
  const auto limit = to_duration(seconds, option);
  if (limit == chunk::duration{}) throw wrong_usage(std::string(option) + ": must be above 0");
  return limit;
}

std::optional<chunk::duration> timeout_of(const connection_options& options) {
  if (!options.timeout_seconds) return std::nullopt;
  return to_limit(*options.timeout_seconds, "--timeout");
}

interruption::interruption(asio::io_context& context, std::function<void(int)> clean_up)
    : signals_(context) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    if (!is_ignored(number)) signals_.add(number);
  }
  signals_.async_wait([clean_up = std::move(clean_up)](std::error_code aborted, int number) {
    if (aborted) return;
    clean_up(number);
    ::signal(number, SIG_DFL);
    ::raise(number);
  });
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

void announce_ready(int descriptor, const chunk::endpoint& where) {
  if (descriptor < 0) return;
  const auto line = to_text(where) + '\n';
  const auto put = ::write(descriptor, line.data(), line.size());
  if (put != static_cast<ssize_t>(line.size())) {
    const auto subject = "--ready-fd " + std::to_string(descriptor);
    throw chunk::local_failure(chunk::last_system_error(subject));
  }
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

}  // namespace cli
