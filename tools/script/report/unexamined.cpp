#include "script/report/unexamined.hpp"

#include "script/language/words.hpp"

#include <chunk/framing.hpp>

#include <fmt/core.h>

#include <cstddef>

namespace tools::script {

void unexamined::take(channel& from, const chunk::protocol& rules, trace* to) {
  constexpr std::size_t most = 3;  // chosen: to recognise them
  if (from.used_raw) {
    bytes += from.in().held();
    from.in().discard();
    return;
  }
  while (const auto reply = from.next_chunk()) {
    if (!reply->begins) continue;
    ++replies;
    const auto whole = reply->placed();
    if (to) to->received(from.name(), whole);
    if (first.size() < most) first.push_back(shortened(show_shortened(whole, rules), 60));
  }
}

std::string unexamined::in_words(chunk::net::duration limit, const std::string& what) const {
  std::string out;
  if (bytes > 0) out = fmt::format("{} that no step took", counted(bytes, "byte"));
  if (replies > 0) {
    const auto many = what.ends_with('y') ? what.substr(0, what.size() - 1) + "ies" : what + 's';
    out = replies == 1 ? fmt::format("a {} that no step examined: ", what)
                       : fmt::format("{} {} that no step examined: ", replies, many);
    for (std::size_t at = 0; at < first.size(); ++at) out += (at > 0 ? ", " : "") + first[at];
    if (replies > first.size()) out += ", ...";
  }
  if (!endless) return out;
  if (!out.empty()) out += "; ";
  return out + "the peer did not end its stream within " + chunk::net::to_text(limit);
}

}  // namespace tools::script
