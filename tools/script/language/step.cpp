#include "script/language/step.hpp"

#include <fmt/core.h>

namespace tools::script {

std::string to_text(const place& where) {
  if (!where.source) return fmt::format("argument {}", where.line);
  return fmt::format("{}:{}", *where.source, where.line);
}

std::size_t program::case_count() const {
  std::size_t out = 0;
  for (const auto& each : units) out += each.cases.size();
  return out;
}

}  // namespace tools::script
