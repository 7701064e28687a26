#include "recv/options.hpp"

#include "cli/command_line.hpp"
#include "cli/progress.hpp"
#include "cli/protocols.hpp"
#include "format/options.hpp"
#include "recv/split_sink.hpp"
#include "recv/stream_sink.hpp"

#include <chunk/escape.hpp>

#include <array>
#include <string_view>
#include <utility>

namespace tools::recv {
namespace {

using namespace std::literals;

constexpr std::array examples{
    cli::help_example{"chunk-recv -F text <FILE", "check a stream and print it"},
    cli::help_example{"chunk-recv -l ./here.sock -k --exec 'wc -c'", "run wc for each chunk"},
};
constexpr std::array common_options{"--connect"sv, "--listen"sv,   "--keep-open"sv, "--format"sv,
                                    "--only"sv,    "--skip"sv,     "--exec"sv,      "--split"sv,
                                    "--count"sv,   "--protocol"sv, "--timeout"sv,   "--help"sv};
constexpr std::array headings{"Connection"sv, "Input/Output"sv, "Limits"sv,
                              "TLS"sv,        "Sockets"sv,      "Other"sv};
constexpr cli::help_page help_texts{
    .examples = examples,
    .common = common_options,
    .headings = headings,
    .manual = "chunk-recv(1)",
    .instead_of_argument = "no argument is expected; use <FILE to read a file"};

void add_exec(const cli::option_group& group, options& out) {
  group.text("--exec COMMAND", out.exec, "Run COMMAND for each chunk, with the payload on stdin")
      .excludes({"--split"});
  group.count("--jobs N", out.jobs, "Run up to N commands of --exec at one time").needs("--exec");
  group.flag("--unordered", out.unordered, "Write the output of --exec commands as they end")
      .needs("--exec");
  group.flag("--fail-fast", out.fail_fast, "End at the first command of --exec that fails")
      .needs("--exec");
}

}  // namespace

void add_options(cli::command_line& line, options& out) {
  line.set_help(help_texts);
  const auto input_output = line.group("Input/Output");
  cli::add_connection_options(line, out.connection);
  line.group("Connection")
      .flag("-k,--keep-open", out.keep_open, "With -l, merge the chunks of all clients")
      .needs("--listen");
  format::add_format(input_output, out.format,
                     "Format of the output [raw; on a terminal: text]:", format::object_to_judges);
  format::add_nested(input_output, out.nested);
  input_output
      .text("--delimiter BYTES", out.delimiter,
            "With -F payload, write BYTES after each; %0a is a byte")
      .may_be_empty();
  input_output.text("--split TEMPLATE", out.split,
                    "Write a file per chunk, named by {index}, {id}, {time}");
  input_output.flag("--sync", out.sync, "Write each file of --split to the disk before the next")
      .needs("--split");
  add_exec(input_output, out);
  format::add_template(input_output, out.pattern).excludes({"--format", "--split", "--exec"});
  cli::add_protocol(line, out.protocol);
  cli::add_side(line, out.side);
  input_output.count("-n,--count N", out.count, "End after N chunks");
  cli::add_choice(line, out.choice);
  format::add_index(input_output, out.range);
  cli::add_max_chunk(line, out.max_chunk);
  line.group("Limits").size("--spool-max SIZE", out.spool_max,
                            "Keep up to SIZE in temporary files, such as 1G");
  cli::add_progress(line, out.progress);
  cli::add_other(line, out.verbosity);
  line.check(
      [&out] { return out.nested ? format::object_to_nested(format_of(out)) : std::string(); });
}

const format::output_format& format_of(const options& from) {
  return from.pattern ? format::template_format : format_or_default(from.format);
}

std::unique_ptr<sink> make_sink(asio::io_context& context, const options& from,
                                format::format_options how, io::output& out) {
  const bool with_headers = from.format && from.format->needs.raw;
  if (!from.delimiter.empty() &&
      !(makes_stream(from) && from.format && from.format->takes.delimiter)) {
    throw cli::wrong_usage("--delimiter: goes with --format payload only");
  }
  if (!makes_stream(from) && from.format && !from.format->passes_payloads) {
    throw cli::wrong_usage("--format: a file or a command is given a chunk as payload or raw");
  }
  if (from.split) return make_split_sink(*from.split, with_headers, from.sync);
  if (from.exec) {
    exec_options commands;
    commands.framing = how.rules->framing;
    commands.command = *from.exec;
    commands.jobs = from.jobs;
    commands.unordered = from.unordered;
    commands.fail_fast = from.fail_fast;
    commands.with_headers = with_headers;
    commands.verbose = from.verbosity.verbose;
    commands.spool_max = from.spool_max;
    return make_exec_sink(context, std::move(commands), out);
  }
  auto delimiter = chunk::unescape(from.delimiter);
  if (!delimiter) throw cli::wrong_usage("--delimiter: " + delimiter.error().detail);
  how.format = &format_of(from);
  how.nested = from.nested;
  how.delimiter = std::move(*delimiter);
  return make_stream_sink(how, out);
}

}  // namespace tools::recv
