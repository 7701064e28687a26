#include "send/session_completion.hpp"

#include "script/actions/table.hpp"
#include "script/language/lines.hpp"

#include <chunk/id.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace tools::send {
namespace {

using word_list = std::vector<std::string>;

/// Files and directories whose paths begin with `typed`.
word_list paths(std::string_view typed) {
  const auto slash = typed.rfind('/') + 1;  // 0 without a slash
  const std::string directory(typed.substr(0, slash));
  word_list out;
  std::error_code problem;
  std::filesystem::directory_iterator each(directory.empty() ? "." : directory, problem);
  for (; !problem && each != std::filesystem::directory_iterator(); each.increment(problem)) {
    const auto name = each->path().filename().string();
    const bool plain = std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~'; });
    const bool hidden = name.starts_with('.') && slash == typed.size();
    std::error_code unknown;
    const auto* const end = each->is_directory(unknown) ? "/" : "";
    if (plain && !hidden) out.push_back(directory + name + end);
  }
  return out;
}

/// Says whether a chunk may come from the peer: as a reply or, where this side is the server, as a
/// request. The protocol need not say it.
bool may_come(const chunk::rule& known, const session& in) {
  const bool serves = in.rules().framing.side == chunk::stream_side::server;
  return known.request == known.reply || (serves ? known.request : known.reply);
}

/// IDs in the stream itself: those of the protocol, and those that were seen. A colon stands behind
/// those that have contents. `comes`: only those that may come from the peer.
word_list ids(const session& in, bool comes) {
  word_list out;
  for (const auto& each : in.rules().rules) {
    if ((each.inner && !each.outer) || (comes && !may_come(each, in))) continue;
    out.push_back(to_text(each.id) + (each.container || each.type ? ":" : ""));
  }
  for (const auto& each : in.record().ids()) {
    if (!in.rules().find(each)) out.push_back(to_text(each));
  }
  return out;
}

word_list actions() {
  auto out = session_words();
  for (const auto group : script::all_actions()) {
    for (const auto& each : group) {
      const bool colon = each.needs_argument() && each.name != "@";
      if (!each.name.empty()) out.push_back(std::string(each.name) + (colon ? ":" : ""));
    }
  }
  return out;
}

/// The modifiers of a chunk, and the fields of its header.
word_list modifiers(const session& in, std::string_view id) {
  word_list out{"len=", "cut=", "fill="};
  const auto& how = in.rules().framing;
  if (!how.definition) return out;
  out.insert(out.end(), {"trailer=", "pad="});
  const auto known = chunk::parse_id(id, how.ids());
  if (!known) return out;
  for (const auto& each : how.fields({*known, 0})) out.push_back(std::string(each.name) + '=');
  return out;
}

/// The subchunks that the protocol names for a container.
word_list members(const session& in, std::string_view id) {
  word_list out;
  const auto known = chunk::parse_id(id, in.rules().framing.ids());
  const auto* const rule = known ? in.rules().find(*known) : nullptr;
  if (!rule || !rule->container) return out;
  for (const auto& each : rule->members) out.push_back(to_text(each.id) + '=');
  return out;
}

/// Values, of which "%{" was typed.
word_list values(const session& in) {
  word_list out{"client}", "env:", "random:"};
  for (const auto& [name, known] : in.names()) out.push_back(name + '}');
  return out;
}

/// Completes `ID,modifier:contents`, which begins at `begin`. Without the action `of` before it, it
/// can still become one.
io::completion complete_chunk(const session& in, std::string_view line, std::size_t begin,
                              const script::action* of = nullptr) {
  const auto text = line.substr(begin);
  const auto id = text.substr(0, text.find_first_of(",:"));
  const auto stop = text.find_last_of(",:@");
  const auto from = begin + (stop == text.npos ? 0 : stop + 1);
  if (stop == text.npos) {
    auto out = ids(in, of && of->values == script::value_style::pattern);
    if (!of) std::ranges::move(actions(), std::back_inserter(out));
    return {from, std::move(out)};
  }
  const bool in_contents = text.find(':') != text.npos;
  if (text[stop] == '@') return {from, paths(line.substr(from))};
  if (!in_contents) return {from, modifiers(in, id)};
  return {from, text[stop] == ':' ? members(in, id) : word_list{}};
}

}  // namespace

io::completion complete_line(const session& in, std::string_view before) {
  const auto opened = before.rfind("%{");
  if (opened != before.npos && before.find('}', opened) == before.npos) {
    return {opened + 2, values(in)};
  }
  auto action = before;
  script::take_connection(action);
  const auto begin = before.size() - action.size();
  const auto blank = action.find(' ');
  for (const auto& each : session_words()) {
    const bool takes_file = each.ends_with(' ') && action.starts_with(each);
    if (takes_file) return {begin + blank + 1, paths(action.substr(blank + 1))};
  }
  const auto colon = action.find(':');
  const auto* const what = script::find_action(action.substr(0, colon));
  if (!what || colon == action.npos) return complete_chunk(in, before, begin);
  if (!what->has_id()) return {before.size(), {}};
  return complete_chunk(in, before, begin + colon + 1, what);
}

}  // namespace tools::send
