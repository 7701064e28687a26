// chunk-serve: answers requests on any number of addresses.
#include "cli/command_line.hpp"
#include "cli/run.hpp"
#include "serve/options.hpp"
#include "serve/run.hpp"

#include <asio/io_context.hpp>

#include <new>

int main(int argc, char** argv) try {
  tools::serve::options opt;
  tools::cli::command_line line("chunk-serve",
                                "Answer the requests of chunk clients on each ADDR.");
  tools::serve::add_options(line, opt);
  return tools::cli::run(line, argc, argv, [&](asio::io_context& context) {
    tools::serve::complete(line, opt);
    return tools::serve::run(context, opt);
  });
} catch (const std::bad_alloc&) {
  return tools::cli::out_of_memory();
}
