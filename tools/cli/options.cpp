#include "cli/options.hpp"

#include "cli/command_line.hpp"
#include "cli/tls.hpp"
#include "io/files.hpp"

#include <chunk/framing.hpp>

#include <chrono>
#include <utility>

namespace tools::cli {

void add_connection_options(command_line& line, connection_options& out) {
  const auto group = line.group("Connection");
  group.text("-c,--connect ADDR", out.connect, "Connect to ADDR");
  group.text("-l,--listen ADDR", out.listen, "Listen on ADDR for one connection")
      .excludes({"--connect"});
  group.number("-w,--timeout SECONDS", out.timeout_seconds,
               "Give up after SECONDS without a connection or progress");
  group
      .number("--retry SECONDS", out.retry_seconds,
              "Keep retrying the connection for up to SECONDS")
      .needs("--connect");
  group.text("--mode MODE", out.mode, "Create the socket file with this mode")
      .shows_default()
      .needs("--listen");
  group.descriptor("--ready-fd N", out.ready_fd, "Write the address listened on to descriptor N")
      .needs("--listen");
  add_keep_alive(group, [&out](bool on) { out.keep_alive = on; });
  add_tls_options(line, out.tls);
}

void add_keep_alive(const option_group& group, std::function<void(bool)> set) {
  const auto read = [set = std::move(set)](const std::string& text) -> chunk::result<void> {
    set(text == "on");
    return {};
  };
  group.parsed("--keepalive HOW", read, "Notice when an idle TCP peer is gone: on, off")
      .choices({"on", "off"});
}

void add_max_chunk(command_line& line, std::uint64_t& out) {
  const auto group = line.group("Limits");
  const auto added =
      group.size("-m,--max-chunk SIZE", out, "Refuse payloads longer than SIZE (k, M, G)");
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
