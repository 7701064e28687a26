#include "chunk/net/connect.hpp"

#include <chunk/net/scheme.hpp>

#include <utility>

namespace chunk::net {

asio::awaitable<std::unique_ptr<transport>> connect(asio::io_context& context, endpoint where,
                                                    duration timeout,
                                                    std::shared_ptr<tls_context> tls) {
  const auto& by = scheme_of(where);
  return by.connect(context, std::move(where), timeout, std::move(tls));
}

}  // namespace chunk::net
