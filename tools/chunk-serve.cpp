// chunk-serve: answers requests on any number of addresses.
#include "cli/run.hpp"
#include "serve/options.hpp"
#include "serve/run.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <asio/io_context.hpp>

int main(int argc, char** argv) {
  tools::serve::options opt;
  CLI::App app{"Answer the requests of chunk clients on each ADDR.", "chunk-serve"};
  tools::serve::add_options(app, opt);
  return tools::cli::run(app, argc, argv, [&](asio::io_context& context) {
    tools::serve::complete(app, opt);
    return tools::serve::run(context, opt);
  });
}
