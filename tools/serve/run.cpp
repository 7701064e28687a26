#include "serve/run.hpp"

#include "cli/run.hpp"
#include "serve/log.hpp"
#include "serve/serve_requests.hpp"
#include "serve/serve_script.hpp"

namespace tools::serve {

int run(asio::io_context& context, const options& opt) {
  log log(context, least_level(opt.verbosity),
          opt.log_format == "json" ? log_format::json : log_format::logfmt);
  return cli::run(context,
                  opt.script ? serve_script(context, opt, log) : serve_requests(context, opt, log));
}

}  // namespace tools::serve
