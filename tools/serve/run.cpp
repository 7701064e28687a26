#include "serve/run.hpp"

#include "cli/command_line.hpp"
#include "cli/run.hpp"
#include "serve/log.hpp"
#include "serve/options.hpp"
#include "serve/serve_requests.hpp"
#include "serve/serve_script.hpp"

#include <asio/io_context.hpp>

#include <new>

namespace tools::serve {
namespace {

int carry_out(asio::io_context& context, const options& opt) {
  log log(context, least_level(opt.verbosity),
          opt.log_format == "json" ? log_format::json : log_format::logfmt);
  return cli::run(context,
                  opt.script ? serve_script(context, opt, log) : serve_requests(context, opt, log));
}

}  // namespace

int run(int argc, char** argv) try {
  options opt;
  cli::command_line line("chunk-serve", "Answer the requests of chunk clients on each ADDR.");
  add_options(line, opt);
  return cli::run(line, argc, argv, [&](asio::io_context& context) {
    complete(line, opt);
    return carry_out(context, opt);
  });
} catch (const std::bad_alloc&) {
  return cli::out_of_memory();
}

}  // namespace tools::serve
