// chunk-dump: shows the chunks in a byte stream.
#include "cli/run.hpp"
#include "dump/options.hpp"
#include "dump/run.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <asio/io_context.hpp>

int main(int argc, char** argv) {
  tools::dump::options opt;
  CLI::App app{"Show the chunks in files, standard input or a connection.", "chunk-dump"};
  tools::dump::add_options(app, opt);
  return tools::cli::run(app, argc, argv, [&](asio::io_context& context) {
    tools::dump::complete(app, opt);
    return tools::cli::run(context, tools::dump::run(context, opt));
  });
}
