#include "serve/serve_script.hpp"

#include "cli/connect.hpp"
#include "cli/status.hpp"
#include "io/descriptors.hpp"
#include "io/files.hpp"
#include "script/language/read.hpp"
#include "serve/listeners.hpp"
#include "serve/scripted.hpp"
#include "serve/service_manager.hpp"
#include "serve/signals.hpp"

#include <chunk/net/transport.hpp>

#include <memory>
#include <utility>

namespace tools::serve {

asio::awaitable<int> serve_script(asio::io_context& context, const options& opt, log& log) {
  const auto most = opt.limits_chunk ? opt.max_chunk : script::longest_value;
  auto rules = *opt.rules;
  rules.framing = rules.framing.of(chunk::stream_side::server);
  const auto all =
      script::read_program({}, {*opt.script}, script::role::server,
                           std::make_shared<const chunk::protocol>(std::move(rules)), most);
  if (!all) co_return script::refuse(all.error());
  if (!opt.verbosity.quiet) script::tell_remarks(*all);
  auto restrictions = limits(opt);
  script_options how;
  how.drain = restrictions.drain_timeout;
  how.handshake = restrictions.handshake_timeout;
  how.idle = restrictions.idle_timeout;
  how.access = restrictions.access;
  if (opt.limits_chunk) how.max_payload = opt.max_chunk;
  service_manager manager(context);
  listeners open(context, opt);
  if (open.has_streams()) {
    value_or_throw(io::take_standard_input());  // which may have been the script
    io::refuse_output_as_input("-");
  }
  restrictions.max_connections = io::usable_descriptors(opt.max_connections, 0);
  how.max_connections = restrictions.max_connections;
  scripted_server server(context, *all, log, std::move(how));
  signals reacts(context, log, manager, [&] { server.drain(); });
  reacts.reload(open.tls());
  log.write(describe(opt, restrictions));
  open.announce(
      log, [&](std::unique_ptr<chunk::net::listener> from) { server.listen(std::move(from)); });
  cli::end_ready(opt.ready_fd, cli::later_output::some);
  manager.ready();
  if (open.has_streams()) server.serve(chunk::net::open_stdio(context));
  const auto failed = co_await server.run();
  log.flush();
  log.write(record(level::info, "stopped").add("failed", failed).stands_out());
  co_return failed == 0 ? cli::success : cli::negative;
}

}  // namespace tools::serve
