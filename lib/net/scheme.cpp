#include "chunk/net/scheme.hpp"

#include "scheme_rows.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace chunk::net {
namespace {

/// One line a scheme. Of the marks of addresses without a prefix, the first one found counts.
constexpr std::array table{
    &unix_scheme,      // unix:PATH
    &abstract_scheme,  // abstract:NAME
    &tcp_scheme,       // tcp:HOST:PORT
    &tls_scheme,       // tls:HOST:PORT
    &vsock_scheme,     // vsock:CID:PORT
    &fd_scheme,        // fd:N
    &stdio_scheme,     // -
};

}  // namespace

std::span<const scheme* const> schemes() {
  return table;
}

const scheme& scheme_of(endpoint::kind type) {
  return **std::ranges::find(table, type, &scheme::type);
}

const scheme& scheme_of(const endpoint& where) {
  return scheme_of(where.type);
}

endpoint over_tls(endpoint where) {
  where.type = scheme_of(where).over_tls.value_or(where.type);
  return where;
}

}  // namespace chunk::net
