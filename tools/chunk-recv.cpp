// chunk-recv: reads streams of chunks, checks each, and writes those that are chosen.
#include "cli/command_line.hpp"
#include "cli/run.hpp"
#include "recv/options.hpp"
#include "recv/run.hpp"

#include <asio/io_context.hpp>

#include <new>

int main(int argc, char** argv) try {
  tools::recv::options opt;
  tools::cli::command_line line("chunk-recv",
                                "Read streams of chunks, check each, and write those you choose.");
  tools::recv::add_options(line, opt);
  return tools::cli::run(line, argc, argv, [&](asio::io_context& context) {
    return tools::cli::run(context, tools::recv::run(context, opt));
  });
} catch (const std::bad_alloc&) {
  return tools::cli::out_of_memory();
}
