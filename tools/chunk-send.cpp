// chunk-send: builds chunks and sends them, passes a stream of them on, or tests a peer by a
// script.
#include "cli/command_line.hpp"
#include "cli/run.hpp"
#include "send/options.hpp"
#include "send/run.hpp"

#include <asio/io_context.hpp>

#include <new>

int main(int argc, char** argv) try {
  tools::send::options opt;
  opt.command_line.assign(argv, argv + argc);
  tools::cli::command_line line(
      "chunk-send", "Build chunks and send them, pass on standard input, or test a peer.");
  tools::send::add_options(line, opt);
  return tools::cli::run(line, argc, argv, [&](asio::io_context& context) {
    return tools::cli::run(context, tools::send::run(context, opt));
  });
} catch (const std::bad_alloc&) {
  return tools::cli::out_of_memory();
}
