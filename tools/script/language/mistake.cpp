#include "script/language/mistake.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

#include <functional>
#include <utility>

namespace tools::script {

mistake::mistake(const step& at, std::string_view offending, chunk::error reason)
    : what(std::move(reason)), action(chunk::quoted(at.text)) {
  if (at.where.source) what = chunk::about(to_text(at.where), std::move(what));
  const auto* const begin = at.text.data();
  const auto* const end = begin + at.text.size();
  const std::less_equal<> not_behind;
  const bool inside =
      not_behind(begin, offending.data()) && not_behind(offending.data() + offending.size(), end);
  if (!inside || offending.size() == at.text.size()) return;
  const auto before = static_cast<std::size_t>(offending.data() - begin);
  mark = chunk::quoted(at.text.substr(0, before)).size();
  size = chunk::quoted(offending).size();
}

mistake::mistake(const step& at, std::string_view offending, std::string_view reason)
    : mistake(at, offending,
              chunk::error{chunk::errc::bad_notation,
                           fmt::format("'{}': {}", chunk::quoted(offending), reason)}) {}

std::vector<std::string> mistake::rows() const {
  if (size == 0) return {};
  return {action, std::string(mark, ' ') + std::string(size, '^')};
}

}  // namespace tools::script
