// chunk-recv: reads streams of chunks, checks every one, and puts it out.
#include "cli/run.hpp"
#include "recv/options.hpp"
#include "recv/run.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <asio/io_context.hpp>

int main(int argc, char** argv) {
  tools::recv::options opt;
  CLI::App app{"Read streams of chunks, check every one, and put it out.", "chunk-recv"};
  tools::recv::add_options(app, opt);
  return tools::cli::run(app, argc, argv, [&](asio::io_context& context) {
    return tools::cli::run(context, tools::recv::run(context, opt));
  });
}
