#include "script/report/updates.hpp"

#include "io/files.hpp"
#include "io/replaced_file.hpp"
#include "script/actions/action.hpp"
#include "script/language/expectation.hpp"
#include "script/language/lines.hpp"

#include <chunk/error.hpp>
#include <chunk/escape.hpp>
#include <chunk/protocol.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

namespace tools::script {
namespace {

/// What may become the argument of an `expect`, as it is to be written.
struct wording {
  std::string argument;
  bool in_order = false;

  std::string action() const { return std::string(in_order ? exact_prefix : prefix) + argument; }

  /// Takes the text of to_expectation() apart.
  static wording of(std::string_view action) {
    const bool exact = action.starts_with(exact_prefix);
    return {std::string(action.substr((exact ? exact_prefix : prefix).size())), exact};
  }

  static constexpr std::string_view prefix = "expect:";
  static constexpr std::string_view exact_prefix = "expect,exact:";
};

/// Compares replies with what could be written.
class rewriter {
 public:
  rewriter(const program& all, variables& values, const chunk::placed_chunk& reply)
      : all_(all), values_(values), reply_(reply) {}

  /// Compares a reply with an expectation. Returns: whether it matches, with its captures
  bool matches(const wording& wanted, const chunk::placed_chunk& reply, captured& names) const;
  bool matches(const wording& wanted, captured& names) const {
    return matches(wanted, reply_, names);
  }

  /// Keeps the subchunks that an expectation names, and changes only the values that differ.
  std::optional<wording> with_other_values(const wording& before) const;

  /// The whole reply as an expectation; `rules` say what its subchunks are.
  std::optional<wording> whole(const chunk::protocol& rules) const {
    const auto text = to_expectation(reply_, rules, all_.incoming());
    if (!text) return std::nullopt;
    return wording::of(*text);
  }

  /// The same, without looking into the payload.
  std::optional<wording> whole_as_bytes() const {
    chunk::protocol plain;
    plain.framing = all_.rules->framing;
    return whole(plain);
  }

 private:
  using subchunks = std::vector<chunk::placed_chunk>;

  bool fits(const wording& before, std::string_view item, const chunk::placed_chunk& inner) const;

  const program& all_;
  variables& values_;
  const chunk::placed_chunk& reply_;
};

bool rewriter::matches(const wording& wanted, const chunk::placed_chunk& reply,
                       captured& names) const {
  const auto text = values_.expanded(wanted.argument, value_style::pattern, all_.most_value);
  if (!text) return false;
  std::string_view offending;
  const auto made = pattern::parse(*text, wanted.in_order, offending, *all_.rules);
  names.clear();
  return made && !made->compare(reply, reply.payload_offset(), names);
}

/// Says whether a subchunk is what one item of an expectation asks for.
bool rewriter::fits(const wording& before, std::string_view item,
                    const chunk::placed_chunk& inner) const {
  auto alone = reply_;
  alone.payload = reply_.payload.subspan(static_cast<std::size_t>(inner.offset),
                                         static_cast<std::size_t>(inner.size()));
  const auto head = std::string_view(before.argument).substr(0, before.argument.find(':') + 1);
  captured names;
  return matches({std::string(head).append(item), false}, alone, names);
}

/// The contents of an expectation of subchunks. Empty: it expects something else.
std::string_view subchunks_of(std::string_view argument) {
  const auto colon = argument.find(':');
  if (colon == argument.npos) return {};
  const auto contents = argument.substr(colon + 1);
  const bool other = contents.find_first_of(":=") == contents.npos ||
                     contents.find_first_of(":~@") == 0 || contents.starts_with("len=") ||
                     !captured_name(contents).empty();
  return other ? std::string_view() : contents;
}

std::vector<std::string_view> split_at_colons(std::string_view text) {
  std::vector<std::string_view> out;
  for (auto stop = text.find(':'); stop != text.npos; stop = text.find(':')) {
    out.push_back(text.substr(0, stop));
    text.remove_prefix(stop + 1);
  }
  out.push_back(text);
  return out;
}

/// The bytes of a subchunk as the value of an item.
std::string value_of_item(const chunk::placed_chunk& inner) {
  const chunk::protocol plain;
  const auto text = wording::of(*to_expectation(inner, plain, {})).argument;
  return text.substr(text.find(':') + 1);
}

std::optional<wording> rewriter::with_other_values(const wording& before) const {
  if (all_.rules->framing.definition) return std::nullopt;
  const auto contents = subchunks_of(before.argument);
  const auto inner = chunk::split(reply_.payload);
  if (contents.empty() || !inner) return std::nullopt;
  const auto items = split_at_colons(contents);
  const auto id_of = [](std::string_view item) { return item.substr(0, item.find('=')); };
  const auto has_id = [&](std::string_view item, const chunk::placed_chunk& each) {
    const auto id = chunk::parse_id(id_of(item));
    return id && *id == each.id;
  };
  if (before.in_order && items.size() != inner->size()) return std::nullopt;
  std::vector<const chunk::placed_chunk*> partners(items.size());
  std::vector<bool> taken(inner->size());
  // First those that are as expected, then whatever has the right ID.
  for (const bool as_expected : {true, false}) {
    for (std::size_t at = 0; at < items.size(); ++at) {
      for (std::size_t with = 0; with < inner->size() && !partners[at]; ++with) {
        const auto& each = (*inner)[with];
        const bool allowed = !taken[with] && (!before.in_order || with == at);
        if (!allowed || !has_id(items[at], each)) continue;
        if (as_expected && !fits(before, items[at], each)) continue;
        partners[at] = &each;
        taken[with] = true;
      }
    }
  }
  wording out{before.argument.substr(0, before.argument.size() - contents.size()), before.in_order};
  for (std::size_t at = 0; at < items.size(); ++at) {
    if (!partners[at]) return std::nullopt;
    if (at > 0) out.argument += ':';
    if (fits(before, items[at], *partners[at])) {
      out.argument += items[at];
    } else {
      out.argument.append(id_of(items[at])).append("=").append(value_of_item(*partners[at]));
    }
  }
  return out;
}

/// The names that an expectation uses.
std::vector<std::string> used_names(std::string_view argument) {
  std::vector<std::string> out;
  for (std::size_t at = 0; const auto found = find_reference(argument, at, value_style::pattern);) {
    out.emplace_back(found->name);
    at = found->begin + found->size;
  }
  std::ranges::sort(out);
  return out;
}

/// The names that a step gives values to.
std::vector<std::string> given_names(const step& now) {
  const auto& wanted = std::get<expected_reply>(now.argument);
  auto out = wanted ? wanted->names() : std::vector<std::string>();
  std::ranges::sort(out);
  return out;
}

/// Says whether `all` has all the names of `some`; both are sorted.
bool has_all(const std::vector<std::string>& all, const std::vector<std::string>& some) {
  return std::ranges::includes(all, some);
}

/// Finds the wording that changes the least.
///
/// Returns: nullopt: there is none that keeps the names of the step
std::optional<wording> reworded(const step& now, const wording& before, const rewriter& from,
                                const chunk::protocol& rules, captured& names) {
  const auto used = used_names(before.argument);
  const auto given = given_names(now);
  for (const auto& next :
       {from.with_other_values(before), from.whole(rules), from.whole_as_bytes()}) {
    if (!next || !from.matches(*next, names)) continue;
    std::vector<std::string> still;
    for (const auto& each : names) still.push_back(each.first);
    std::ranges::sort(still);
    if (has_all(still, given) && has_all(used_names(next->argument), used)) return next;
  }
  return std::nullopt;
}

}  // namespace

bool updates::file::changes() const {
  return std::ranges::any_of(lines, [](const auto& each) { return !each.second.after.empty(); });
}

void updates::examine(const step& now, const program& all, variables& values,
                      const chunk::placed_chunk& reply, std::optional<mismatch>& wrong,
                      captured& names) {
  if (!now.where.source) return;  // an argument cannot be written to
  auto& here = files_[*now.where.source].lines[now.where.line];
  const rewriter from(all, values, reply);
  if (!here.after.empty()) {
    const bool same = from.matches({here.argument, here.in_order}, names);
    if (same) {
      wrong.reset();
    } else {
      wrong = mismatch{"the line was filled in with another reply before", std::nullopt};
    }
    return;
  }
  if (!wrong) {
    here.matched = true;
    return;
  }
  if (here.matched) {
    wrong->reason += "; not updated, since another reply has matched before";
    return;
  }
  auto action = now.text;
  take_connection(action);
  const auto colon = std::min(action.find(':'), action.size());
  const auto behind_colon = action.substr(std::min(colon + 1, action.size()));
  const wording before{std::string(behind_colon), action.substr(0, colon) != "expect"};
  captured found;
  const auto next = reworded(now, before, from, *all.rules, found);
  if (!next) {
    wrong->reason += "; not updated, since the names in the line would be lost";
    return;
  }
  here.before = now.text;
  here.after = std::string(now.text.substr(0, now.text.size() - action.size())) + next->action();
  here.argument = next->argument;
  here.in_order = next->in_order;
  wrong.reset();
  names = std::move(found);
}

bool updates::examine_bytes(const step& now, std::span<const std::byte> came, bool same,
                            std::string& reason) {
  if (!now.where.source) return same;  // an argument cannot be written to
  auto& here = files_[*now.where.source].lines[now.where.line];
  // A line has no blanks at its end, and braces may begin a block.
  static constexpr chunk::escape_set escapes{"% {}"};
  auto bytes = chunk::escaped(came, escapes);
  if (!here.after.empty()) {
    if (here.argument == bytes) return true;
    reason = "the line was filled in with other bytes before";
    return false;
  }
  if (same) return here.matched = true;
  auto action = now.text;
  take_connection(action);
  const auto begin = action.find(':') + 1;
  std::string_view why;
  if (here.matched) {
    why = "other bytes have matched before";
  } else if (find_reference(action, begin, value_style::contents)) {
    why = "the names in the line would be lost";
  } else if (came.empty()) {
    why = "nothing came";
  }
  if (!why.empty()) {
    reason.append("; not updated, since ").append(why);
    return false;
  }
  here.before = now.text;
  here.after = std::string(now.text.substr(0, now.text.size() - action.size() + begin)) + bytes;
  here.argument = std::move(bytes);
  return true;
}

void updates::refuse(const unit& failed) {
  const auto refuse_those_of = [this](const std::vector<step>& steps) {
    for (const auto& each : steps) {
      if (each.where.source) files_[*each.where.source].refused = true;
    }
  };
  refuse_those_of(failed.setup);
  for (const auto& each : failed.cases) refuse_those_of(each.steps);
}

/// Gives the text of a file with its changed lines, and tells what was changed.
std::string updates::with_changes(const std::string& path, const file& of,
                                  std::vector<change>& out) {
  const auto held = chunk::value_or_throw(io::load_file(path));
  const auto old = text_of(held);
  std::string text;
  auto rest = old;
  std::size_t copied = 0;
  std::size_t number = 0;
  for (const auto& [wanted, changed] : of.lines) {
    if (changed.after.empty()) continue;
    std::string_view line;
    for (; number < wanted && !rest.empty(); ++number) line = take_line(rest);
    if (number < wanted || line != changed.before) {
      throw chunk::local_failure(
          {chunk::errc::violation,
           fmt::format("{}:{}: the line has changed since it was read", path, wanted)});
    }
    const auto begin = static_cast<std::size_t>(line.data() - old.data());
    text.append(old.substr(copied, begin - copied)).append(changed.after);
    copied = begin + line.size();
    out.push_back({path, wanted, changed.before, changed.after});
  }
  return text.append(old.substr(copied));
}

std::vector<updates::change> updates::write() {
  std::vector<change> out;
  std::vector<std::pair<std::string, std::string>> texts;  // by path
  for (const auto& [path, of] : files_) {
    if (of.refused || !of.changes()) continue;
    texts.emplace_back(path, with_changes(path, of, out));
  }
  for (const auto& [path, text] : texts) io::replaced_file(path).write(text);
  return out;
}

std::vector<std::string> updates::refused() const {
  std::vector<std::string> out;
  for (const auto& [path, of] : files_) {
    if (of.refused && of.changes()) out.push_back(path);
  }
  return out;
}

}  // namespace tools::script
