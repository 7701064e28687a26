#include "serve/handler.hpp"

namespace tools::serve {

asio::awaitable<void> handler::stop() {
  co_return;
}

}  // namespace tools::serve
