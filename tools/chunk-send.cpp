// chunk-send: builds chunks and sends them, passes a stream of them on, or tests a peer by a
// script.
#include "cli/run.hpp"
#include "send/options.hpp"
#include "send/run.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <asio/io_context.hpp>

int main(int argc, char** argv) {
  tools::send::options opt;
  opt.command_line.assign(argv, argv + argc);
  CLI::App app{"Build chunks and send them, pass on standard input, or test a peer.", "chunk-send"};
  tools::send::add_options(app, opt);
  return tools::cli::run(app, argc, argv, [&](asio::io_context& context) {
    return tools::cli::run(context, tools::send::run(context, opt));
  });
}
