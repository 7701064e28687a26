#include "serve/handler.hpp"

namespace tools::serve {

void handler::start(std::function<void(const std::string&)>) {}

asio::awaitable<void> handler::stop() {
  co_return;
}

}  // namespace tools::serve
