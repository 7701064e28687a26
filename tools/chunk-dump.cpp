// chunk-dump: shows the chunks in a byte stream.
#include "cli/command_line.hpp"
#include "cli/run.hpp"
#include "dump/options.hpp"
#include "dump/run.hpp"

#include <asio/io_context.hpp>

#include <new>

int main(int argc, char** argv) try {
  tools::dump::options opt;
  tools::cli::command_line line("chunk-dump",
                                "Show the chunks in files, standard input or a connection.");
  tools::dump::add_options(line, opt);
  return tools::cli::run(line, argc, argv, [&](asio::io_context& context) {
    tools::dump::complete(line, opt);
    return tools::cli::run(context, tools::dump::run(context, opt));
  });
} catch (const std::bad_alloc&) {
  return tools::cli::out_of_memory();
}
