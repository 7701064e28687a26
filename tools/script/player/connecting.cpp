#include "script/player/connecting.hpp"

#include "cli/connect.hpp"
#include "cli/status.hpp"
#include "cli/tls.hpp"
#include "io/tasks.hpp"

#include <chunk/net/connect.hpp>
#include <chunk/net/endpoint.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace tools::script {
namespace {

using clock = std::chrono::steady_clock;

/// Connects to the previous address of a connection, or to the address of the unnamed one.
asio::awaitable<std::unique_ptr<chunk::net::transport>> reach(stage& by, std::size_t which) {
  const auto until = clock::now() + by.limit();
  const auto& open = by.around().open;
  const auto& address =
      by.links().address(which).empty() ? by.state().address : by.links().address(which);
  if (address.empty() && !open) {
    by.fail(by.log().current(), cli::connection, "there is no address to connect to");
  }
  for (auto left = by.limit();; left = std::max(until - clock::now(), chunk::net::duration{1})) {
    std::exception_ptr problem;
    std::error_code why;
    try {
      if (address.empty()) co_return co_await open(left);
      co_return co_await connect_to(by, address, left);
    } catch (const chunk::failure& reason) {
      problem = std::current_exception();
      why = reason.code();
    }
    by.check_children();
    const bool again = by.state().may_start_late && is_too_early(why) && clock::now() < until;
    if (!again) std::rethrow_exception(problem);
    co_await io::pause(retry_pause);
  }
}

}  // namespace

bool is_too_early(const std::error_code& why) {
  return why == std::errc::connection_refused || why == std::errc::no_such_file_or_directory;
}

asio::awaitable<std::unique_ptr<chunk::net::transport>> connect_to(stage& by, std::string address,
                                                                   chunk::net::duration limit) {
  auto where = cli::read_address(address);
  const auto* const tls = by.around().tls;
  auto secured = tls ? cli::client_tls(address, *tls) : nullptr;
  co_return co_await chunk::net::connect(by.around().context, std::move(where), limit,
                                         std::move(secured));
}

asio::awaitable<void> open_connection(stage& by, std::size_t which) {
  auto link = co_await reach(by, which);
  by.adopt(which, std::move(link));
  if (!by.around().trace) co_return;
  const auto& on = *by.links().find(which);
  by.around().trace->event(on.name(), "connected to " + on.link().name());
}

}  // namespace tools::script
