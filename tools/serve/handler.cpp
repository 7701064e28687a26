#include "serve/handler.hpp"

#include <chunk/error.hpp>

namespace tools::serve {

void violation(const std::string& reason) {
  throw chunk::failure(chunk::error{chunk::errc::violation, reason});
}

void handler::start(std::function<void(const std::string&)>) {}

asio::awaitable<void> handler::stop() {
  co_return;
}

}  // namespace tools::serve
