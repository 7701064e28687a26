#include "send/fan_out.hpp"

#include "cli/connect.hpp"
#include "cli/signals.hpp"
#include "send/distributor.hpp"

#include <chunk/net/endpoint.hpp>
#include <chunk/net/listener.hpp>

#include <memory>
#include <utility>

namespace tools::send {
namespace {

policy policy_of(const std::string& name) {
  if (name == "drop") return policy::drop;
  return name == "cut" ? policy::cut : policy::block;
}

}  // namespace

asio::awaitable<int> fan_out(asio::io_context& context, const cli::connection_options& connection,
                             const fan_out_options& how, const cli::verbosity& verbosity,
                             cli::progress& counting) {
  const auto at = cli::open_listener(context, connection);
  const cli::interruption removes_file(context, [&](int) { at->close(); });
  cli::announce_listening(at->local(), connection.ready_fd, verbosity.verbose,
                          cli::later_output::none);
  distributor::settings settings{policy_of(how.slow), cli::timeout_of(connection), how.max_chunk,
                                 how.framing, verbosity};
  const auto all = std::make_shared<distributor>(context, settings, counting);
  const bool served_all = co_await all->run(at);
  co_return served_all ? cli::success : cli::connection;
}

}  // namespace tools::send
