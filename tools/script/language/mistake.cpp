#include "script/language/mistake.hpp"

#include "script/language/lines.hpp"
#include "script/language/words.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <utility>

namespace tools::script {
namespace {

/// How much of an action is shown. Chosen: with what marks an omission it fits into 80 columns.
constexpr std::size_t widest = 72;

}  // namespace

tl::unexpected<chunk::error> bad(std::string_view text, std::string_view reason) {
  return tl::unexpected(chunk::error{chunk::errc::bad_notation,
                                     fmt::format("'{}': {}", chunk::quoted(text), reason)});
}

mistake::mistake(const step& at, std::string_view offending, chunk::error reason)
    : what(std::move(reason)) {
  const auto* const begin = at.text.data();
  const auto* const end = begin + at.text.size();
  const std::less_equal<> not_behind;
  const bool inside =
      not_behind(begin, offending.data()) && not_behind(offending.data() + offending.size(), end);
  auto before = inside ? static_cast<std::size_t>(offending.data() - begin) : 0;
  auto line = at.text;
  auto where = at.where;
  if (line.find('\n') != line.npos) {
    // A block: shows the line of it that the mistake is in.
    const auto earlier = line.substr(0, before);
    const auto start = earlier.rfind('\n') + 1;  // 0 without a line feed
    if (where.source) where.line += static_cast<std::size_t>(std::ranges::count(earlier, '\n'));
    line = line.substr(start, line.find('\n', start) - start);
    before -= start;
    offending = offending.substr(0, std::min(offending.find('\n'), offending.size()));
  }
  action = chunk::quoted(trimmed(line));
  if (where.source) what = chunk::about(to_text(where), std::move(what));
  if (!inside || offending.size() >= trimmed(line).size()) return;
  const auto indent = static_cast<std::size_t>(trimmed(line).data() - line.data());
  mark = chunk::quoted(line.substr(indent, before - indent)).size();
  size = chunk::quoted(offending).size();
}

mistake::mistake(const step& at, std::string_view offending, std::string_view reason)
    : mistake(at, offending, bad(offending, reason).value()) {}

std::vector<std::string> mistake::rows() const {
  if (size == 0) return {};
  // Of a long action, what is around the mistake
  const auto place = std::min(mark, action.size());
  const auto begin = action.size() > widest && place > widest / 2 ? place - widest / 2 : 0;
  const std::string omitted = begin > 0 ? "..." : "";
  const auto marked = std::min(size, begin + widest - place);
  return {omitted + shortened(action.substr(begin), widest),
          std::string(omitted.size() + place - begin, ' ') + std::string(marked, '^')};
}

}  // namespace tools::script
