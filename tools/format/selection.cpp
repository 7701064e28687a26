#include "format/selection.hpp"

#include "cli/protocols.hpp"

#include <chunk/error.hpp>
#include <chunk/escape.hpp>

#include <algorithm>

namespace tools::format {

namespace {

/// The form of the IDs in a container.
const chunk::id_form* ids_in(const chunk::protocol& rules, const chunk::id& container) {
  return rules.framing_in(rules.find(container)).ids();
}

}  // namespace

selection::path selection::parse_path(const std::string& text, names allowed,
                                      const chunk::protocol& rules) {
  const auto* const form = rules.framing.ids();
  const auto whole = cli::read_id(text, rules);
  if (whole) return {*whole, std::nullopt};
  // An ID may hold a slash itself: the separator is the slash with an ID on either side.
  for (auto slash = text.find('/'); slash != text.npos; slash = text.find('/', slash + 1)) {
    const auto container = chunk::parse_id(text.substr(0, slash), form);
    if (!container) continue;
    const auto subchunk = chunk::parse_id(text.substr(slash + 1), ids_in(rules, *container));
    if (subchunk && allowed == names::chunks) {
      throw chunk::failure(chunk::error{
          chunk::errc::bad_id,
          "'" + chunk::quoted(text) + "' is a subchunk, and only whole chunks can be chosen here"});
    }
    if (subchunk) return {*container, *subchunk};
  }
  if (form || allowed == names::chunks) throw chunk::failure(whole.error());
  throw chunk::failure(
      chunk::error{chunk::errc::bad_id, "'" + chunk::quoted(text) +
                                            "' is not an ID of four bytes, nor two with "
                                            "a slash between them" +
                                            cli::did_you_mean_id(text, rules)});
}

selection::selection(const std::vector<std::string>& only, const std::vector<std::string>& skip,
                     names allowed, const chunk::protocol& rules) {
  for (const auto& text : only) only_.push_back(parse_path(text, allowed, rules));
  for (const auto& text : skip) skip_.push_back(parse_path(text, allowed, rules));
}

bool selection::takes(const chunk::id& id) const {
  const auto names_it = [&](const path& each) { return each.chunk == id; };
  const auto drops = [&](const path& each) { return each.chunk == id && !each.subchunk; };
  return (only_.empty() || std::ranges::any_of(only_, names_it)) &&
         std::ranges::none_of(skip_, drops);
}

bool selection::takes(const chunk::id& container, const chunk::id& subchunk) const {
  const auto names_it = [&](const path& each) {
    return each.chunk == container && each.subchunk.value_or(subchunk) == subchunk;
  };
  const auto drops = [&](const path& each) {
    return each.chunk == container && each.subchunk == subchunk;
  };
  // Of a container that stands in a container and was not named, everything is taken.
  const auto concerns = [&](const path& each) { return each.chunk == container; };
  return (std::ranges::none_of(only_, concerns) || std::ranges::any_of(only_, names_it)) &&
         std::ranges::none_of(skip_, drops);
}

bool selection::names_subchunks() const {
  const auto inner = [](const path& each) { return each.subchunk.has_value(); };
  return std::ranges::any_of(only_, inner) || std::ranges::any_of(skip_, inner);
}

bool selection::needs_subchunk(const chunk::id& id) const {
  const auto whole = [&](const path& each) { return each.chunk == id && !each.subchunk; };
  return !only_.empty() && std::ranges::none_of(only_, whole);
}

}  // namespace tools::format
