#include "send/options.hpp"

#include "cli/progress.hpp"
#include "cli/protocols.hpp"

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>

namespace tools::send {
namespace {

void add_probe(CLI::App& app, bool& out) {
  auto* probe = app.add_flag("--probe", out, "Only say whether somebody answers");
  probe->group("Connection")->needs(app.get_option("--connect"));
  for (const auto* other : {"ACTION", "--script", "--from", "--count"}) {
    probe->excludes(app.get_option(other));
  }
}

}  // namespace

void add_options(CLI::App& app, options& out) {
  auto* actions = app.add_option("ACTION", out.actions,
                                 "ID:contents, request:ID:contents, expect:ID:contents,\n"
                                 "@FILE, raw-send:bytes, delay:SECONDS and others;\n"
                                 "see chunk-script(5)");
  cli::add_connection_options(app, out.connection);
  auto* scripts =
      app.add_option("-f,--script", out.scripts, "Perform the actions in FILE too (repeatable)");
  scripts->type_name("FILE")->allow_extra_args(false)->group("Input/Output");
  app.add_option("--from", out.from, "Take standard input for raw chunks or json lines")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"raw", "json"}))
      ->capture_default_str()
      ->excludes(actions)
      ->excludes(scripts)
      ->group("Input/Output");
  cli::add_protocol(app, out.protocol);
  cli::add_count(app, "-n,--count", out.count, "End after N replies", "Input/Output");
  cli::add_progress(app, out.progress);
  add_test_options(app, out.test);
  add_fan_out_options(app, out.many);
  add_probe(app, out.probe);
  cli::add_max_chunk(app, out.max_chunk);
  cli::add_other(app, out.verbosity);
}

}  // namespace tools::send
