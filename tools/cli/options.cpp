#include "cli/options.hpp"

#include "cli/command_line.hpp"
#include "cli/tls.hpp"
#include "io/files.hpp"

#include <chunk/framing.hpp>
#include <chunk/net/scheme.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace tools::cli {

void add_connection_options(command_line& line, connection_options& out) {
  const auto group = line.group("Connection");
  group.text("-c,--connect ADDR", out.connect, "Connect to ADDR, as in -c localhost:7000");
  group.text("-l,--listen ADDR", out.listen, "Listen on ADDR for one connection")
      .excludes({"--connect"});
  group.number("-w,--timeout SECONDS", out.timeout_seconds,
               "Give up after SECONDS without a connection or progress");
  group
      .number("--retry SECONDS", out.retry_seconds,
              "Keep retrying the connection for up to SECONDS")
      .needs("--connect");
  const auto sockets = line.group("Sockets");
  sockets.text("--mode MODE", out.mode, "Create the socket file with this mode")
      .shows_default()
      .needs("--listen");
  sockets.descriptor("--ready-fd N", out.ready_fd, "Write the address listened on to descriptor N")
      .needs("--listen");
  add_keep_alive(sockets, [&out](bool on) { out.keep_alive = on; });
  add_tls_options(line, out.tls);
  explain_addresses(line);
}

void explain_addresses(command_line& line) {
  line.explain("ADDR", [] {
    std::vector<help_row> out;
    for (const auto* each : chunk::net::schemes()) {
      const auto form = std::string(each->form);
      const auto help = std::string(each->help);
      const auto shorter = std::string(each->short_form);
      out.push_back(shorter.empty() ? help_row{form, help}
                                    : help_row{shorter, help + " (in full, " + form + ')'});
    }
    return out;
  });
}

void add_keep_alive(const option_group& group, std::function<void(bool)> set) {
  const auto read = [set = std::move(set)](const std::string& text) -> chunk::result<void> {
    set(text == "on");
    return {};
  };
  group.parsed("--keepalive HOW", read, "Notice when an idle TCP peer is gone: on or off")
      .choices({"on", "off"});
}

void add_max_chunk(command_line& line, std::uint64_t& out) {
  const auto group = line.group("Limits");
  const auto added =
      group.size("-m,--max-chunk SIZE", out, "Refuse payloads above SIZE, such as 64k or 16M");
  if (out == chunk::no_limit) added.shows_default("none");
}

void add_other(command_line& line, verbosity& out) {
  const auto group = line.group("Other");
  group.flag("-v,--verbose", out.verbose, "Report more on standard error");
  group.flag("-q,--quiet", out.quiet, "Report only failures").excludes({"--verbose"});
  line.add_version_and_help("Other");
}

void limit_reading(const connection_options& options) {
  const auto limit = timeout_of(options);
  if (limit) io::limit_reading(std::chrono::ceil<std::chrono::milliseconds>(*limit));
}

std::optional<chunk::net::duration> timeout_of(const connection_options& options) {
  if (!options.timeout_seconds) return std::nullopt;
  return to_limit(*options.timeout_seconds, "--timeout");
}

void add_choice(command_line& line, choice& out) {
  const auto group = line.group("Input/Output");
  group.list("--only ID", out.only, "Take only chunks with this ID (repeatable)");
  group.list("--skip ID", out.skip, "Leave out chunks with this ID (repeatable)");
}

}  // namespace tools::cli
