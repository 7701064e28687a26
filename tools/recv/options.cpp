#include "recv/options.hpp"

#include "cli/progress.hpp"
#include "cli/protocols.hpp"
#include "io/output.hpp"
#include "recv/split_sink.hpp"

#include <chunk/escape.hpp>

#include <CLI/App.hpp>
#include <CLI/Error.hpp>
#include <CLI/Validators.hpp>

#include <map>
#include <utility>

namespace tools::recv {
namespace {

output_format choose_format(const std::string& name) {
  static const std::map<std::string, output_format> known{{"raw", output_format::raw},
                                                          {"payload", output_format::payload},
                                                          {"text", output_format::text},
                                                          {"json", output_format::json},
                                                          {"none", output_format::none}};
  if (name.empty()) return io::output::is_terminal() ? output_format::text : output_format::raw;
  return known.at(name);
}

void add_spool_max(CLI::App& app, std::uint32_t& out) {
  const auto set = [&out](const std::string& text) {
    const auto size = cli::parse_size(text);
    if (!size) throw CLI::ValidationError("--spool-max", size.error().detail);
    out = *size;
  };
  app.add_option_function<std::string>("--spool-max", set,
                                       "Bytes in temporary files at one time (k, M, G)")
      ->type_name("SIZE")
      ->default_str("1G")
      ->group("Limits");
}

void add_exec(CLI::App& app, options& out) {
  auto* exec = app.add_option("--exec", out.exec, "Run a command a chunk: payload on its stdin");
  exec->type_name("COMMAND")->excludes(app.get_option("--split"))->group("Input/Output");
  cli::add_count(app, "--jobs", out.jobs, "Commands to run at one time", "Input/Output");
  app.add_flag("--unordered", out.unordered, "Put out what commands print as they end")
      ->group("Input/Output");
  app.add_flag("--fail-fast", out.fail_fast, "End at the first command that fails")
      ->group("Input/Output");
  for (const auto* name : {"--jobs", "--unordered", "--fail-fast"}) {
    app.get_option(name)->needs(exec);
  }
}

}  // namespace

void add_options(CLI::App& app, options& out) {
  cli::add_connection_options(app, out.connection);
  app.add_flag("-k,--keep-open", out.keep_open, "Merge the chunks of all who connect")
      ->needs(app.get_option("--listen"))
      ->group("Connection");
  app.add_option("-F,--format", out.format,
                 "Put out raw, payload, text, json or none\n[raw; tty: text]")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"raw", "payload", "text", "json", "none"}))
      ->group("Input/Output");
  app.add_option("--delimiter", out.delimiter, "Write BYTES after each payload; %nn is a byte")
      ->type_name("BYTES")
      ->group("Input/Output");
  app.add_option("--split", out.split, "Write a file a chunk: {index}, {id} and {time}")
      ->type_name("TEMPLATE")
      ->group("Input/Output");
  add_exec(app, out);
  cli::add_protocol(app, out.protocol);
  cli::add_count(app, "-n,--count", out.count, "End after N chunks", "Input/Output");
  cli::add_choice(app, out.choice);
  cli::add_max_chunk(app, out.max_chunk);
  add_spool_max(app, out.spool_max);
  cli::add_progress(app, out.progress);
  cli::add_other(app, out.verbosity);
}

std::unique_ptr<sink> make_sink(asio::io_context& context, const options& from,
                                const chunk::protocol& rules, io::output& out) {
  const bool as_payload = from.format.empty() || from.format == "payload";
  if (!from.delimiter.empty() && !(makes_stream(from) && from.format == "payload")) {
    throw cli::wrong_usage("--delimiter: goes with --format payload only");
  }
  if (!makes_stream(from) && !as_payload && from.format != "raw") {
    throw cli::wrong_usage("--format: a file or a command is given a chunk as payload or raw");
  }
  if (from.split) return make_split_sink(*from.split, !as_payload);
  if (from.exec) {
    exec_options how;
    how.command = *from.exec;
    how.jobs = from.jobs;
    how.unordered = from.unordered;
    how.fail_fast = from.fail_fast;
    how.with_headers = !as_payload;
    how.verbose = from.verbosity.verbose;
    how.spool_max = from.spool_max;
    return make_exec_sink(context, std::move(how), out);
  }
  auto delimiter = chunk::unescape(from.delimiter);
  if (!delimiter) throw cli::wrong_usage("--delimiter: " + delimiter.error().detail);
  return make_stream_sink(choose_format(from.format), rules, std::move(*delimiter), out);
}

}  // namespace tools::recv
