#include "chunk/net/endpoint.hpp"

#include "scheme_rows.hpp"

#include <chunk/escape.hpp>
#include <chunk/net/scheme.hpp>

namespace chunk::net {
namespace {

bool begins(const scheme& one, std::string_view text) {
  return one.prefix.ends_with(':') ? text.starts_with(one.prefix) : text == one.prefix;
}

result<endpoint> parse_as(const scheme& one, std::string_view rest, std::string_view whole) {
  auto out = one.parse(rest, whole);
  if (out) out->type = one.type;
  return out;
}

}  // namespace

result<endpoint> parse_endpoint(std::string_view text) {
  for (const auto* each : schemes()) {
    if (begins(*each, text)) return parse_as(*each, text.substr(each->prefix.size()), text);
  }
  for (const auto* each : schemes()) {
    const bool marked = each->mark != 0 && text.find(each->mark) != std::string_view::npos;
    if (marked) return parse_as(*each, text, text);
  }
  return bad_address(text, "not an address; try unix:PATH, tcp:HOST:PORT or a path with a /");
}

std::string to_text(const endpoint& where) {
  const auto& by = scheme_of(where);
  return std::string(by.prefix) + by.show(where);
}

std::string to_address(const endpoint& where) {
  auto out = to_text(where);
  const auto shown = quoted(where.name);
  const auto at = out.find(shown, scheme_of(where).prefix.size());
  if (at != out.npos) out.replace(at, shown.size(), where.name);
  return out;
}

}  // namespace chunk::net
