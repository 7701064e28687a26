#include "serve/handler.hpp"

namespace serve {

handler::~handler() = default;

std::optional<asio::awaitable<void>> handler::answer_ahead(const chunk::connection&,
                                                           const chunk::view&, chunk::replies&) {
  return std::nullopt;
}

std::optional<asio::awaitable<void>> handler::take_over(chunk::connection&, chunk::transport&) {
  return std::nullopt;
}

asio::awaitable<void> handler::stop() {
  co_return;
}

}  // namespace serve
