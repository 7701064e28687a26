// -
#include "scheme_rows.hpp"

namespace chunk::net {
namespace {

result<endpoint> parse_stdio(std::string_view, std::string_view) {
  return endpoint{};
}

std::string show_stdio(const endpoint&) {
  return {};
}

asio::awaitable<std::unique_ptr<transport>> connect_stdio(asio::io_context& context, endpoint,
                                                          duration, std::shared_ptr<tls_context>) {
  co_return open_stdio(context);
}

}  // namespace

constinit const scheme stdio_scheme{
    .type = endpoint::kind::stdio,
    .prefix = "-",
    .form = "-",
    .help = "standard input and standard output as one stream",
    .traits = {.repeatable = false},
    .parse = parse_stdio,
    .show = show_stdio,
    .connect = connect_stdio,
};

}  // namespace chunk::net
