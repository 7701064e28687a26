#include "serve/handler.hpp"

namespace tools::serve {

handler::~handler() = default;

std::optional<asio::awaitable<void>> handler::answer_ahead(const chunk::session::connection_info&,
                                                           const chunk::chunk_view&,
                                                           chunk::session::reply_buffer&) {
  return std::nullopt;
}

std::optional<asio::awaitable<void>> handler::take_over(chunk::session::connection_info&,
                                                        chunk::net::transport&) {
  return std::nullopt;
}

asio::awaitable<void> handler::stop() {
  co_return;
}

}  // namespace tools::serve
