#include "send/fan_out.hpp"

#include "cli/connect.hpp"
#include "cli/signals.hpp"
#include "io/descriptors.hpp"
#include "send/distributor.hpp"

#include <chunk/net/acceptor.hpp>
#include <chunk/net/endpoint.hpp>
#include <chunk/net/listener.hpp>

#include <cstdint>
#include <memory>
#include <utility>

namespace tools::send {
namespace {

policy policy_of(const std::string& name) {
  if (name == "drop") return policy::drop;
  return name == "cut" ? policy::cut : policy::block;
}

/// The number of clients for which there are descriptors.
std::size_t usable_clients() {
  constexpr std::uint64_t of_standard_input = 1;  // to wait for it
  return io::usable_descriptors(chunk::net::accept_options::no_limit, of_standard_input);
}

}  // namespace

asio::awaitable<int> fan_out(asio::io_context& context, const cli::connection_options& connection,
                             const fan_out_options& how, const cli::verbosity& verbosity,
                             cli::progress& counting) {
  const auto at = cli::open_listener(context, connection);
  const cli::interruption removes_file(context, [&](int) { at->close(); });
  cli::announce_listening(at->local(), connection.ready_fd, verbosity.verbose,
                          cli::later_output::none);
  distributor::settings settings{policy_of(how.slow), cli::timeout_of(connection),
                                 how.max_chunk,       how.framing,
                                 verbosity,           usable_clients()};
  const auto all = std::make_shared<distributor>(context, settings, counting);
  const bool served_all = co_await all->run(at);
  co_return served_all ? cli::success : cli::connection;
}

}  // namespace tools::send
