#include "script/language/step.hpp"

#include "script/actions/action.hpp"

#include <fmt/core.h>

#include <utility>
#include <variant>

namespace tools::script {

std::string to_text(const place& where) {
  if (!where.source) return fmt::format("argument {}", where.line);
  return fmt::format("{}:{}", *where.source, where.line);
}

chunk::result<step> with_values(const step& from, variables& values, const chunk::protocol& rules,
                                std::uint64_t most) {
  const auto text = values.expanded(from.varying, from.what->values, most);
  if (!text) return tl::unexpected(text.error());
  argument_text reading{*text, from.text, *text, rules};
  auto known = from.what->parse(reading);
  if (!known) return tl::unexpected(known.error());
  const auto fits = check_value(*known, most);
  if (!fits) return tl::unexpected(fits.error());
  return step{from.what, from.where,        from.text,  from.connection,
              {},        std::move(*known), from.length};
}

chunk::result<void> check_value(const argument& of, std::uint64_t most) {
  const auto* const given = std::get_if<assignment>(&of);
  if (!given || given->value.size() <= most) return {};
  return tl::unexpected(value_too_long(most));
}

std::size_t program::case_count() const {
  std::size_t out = 0;
  for (const auto& each : units) out += each.cases.size();
  return out;
}

chunk::framing program::incoming() const {
  using chunk::stream_side;
  const auto& how = rules->framing;
  switch (how.side) {
    case stream_side::client: return how.of(stream_side::server);
    case stream_side::server: return how.of(stream_side::client);
    case stream_side::unknown: break;
  }
  return how;
}

}  // namespace tools::script
