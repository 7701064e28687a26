#include "script/language/step.hpp"

#include "script/actions/action.hpp"

#include <fmt/core.h>

#include <utility>

namespace tools::script {

std::string to_text(const place& where) {
  if (!where.source) return fmt::format("argument {}", where.line);
  return fmt::format("{}:{}", *where.source, where.line);
}

chunk::result<step> with_values(const step& from, variables& values) {
  const auto text = values.expanded(from.varying, from.what->values);
  if (!text) return tl::unexpected(text.error());
  argument_text reading{*text, from.text, *text};
  auto known = from.what->parse(reading);
  if (!known) return tl::unexpected(known.error());
  return step{from.what, from.where, from.text, from.connection, {}, std::move(*known)};
}

std::size_t program::case_count() const {
  std::size_t out = 0;
  for (const auto& each : units) out += each.cases.size();
  return out;
}

}  // namespace tools::script
