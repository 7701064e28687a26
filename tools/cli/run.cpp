#include "cli/run.hpp"

#include "cli/status.hpp"
#include "io/output.hpp"

#include <chunk/error.hpp>

#include <CLI/App.hpp>
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
#include <exception>
#include <iostream>
#include <string>
#include <string_view>

namespace tools::cli {
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
  if (reader_gone) io::end_by_broken_pipe();
  remark(reason.what());
  return status_of(reason);
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
  print_line(fmt::format("Try '{} --help'.", program_invocation_short_name));
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
  } catch (const CLI::ParseError& stopped) {
    if (stopped.get_exit_code() == 0) return help_or_version(app, stopped);
    return refuse(stopped);
  }
  asio::io_context context{1};
  return work(context);
}

}  // namespace

const char* version() {
  return CHUNK_VERSION;
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

}  // namespace tools::cli
