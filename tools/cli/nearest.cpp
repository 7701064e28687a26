#include "cli/nearest.hpp"

#include <chunk/escape.hpp>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

namespace tools::cli {
namespace {

/// Chosen: a typing mistake, not another word.
constexpr std::size_t most_letters = 2;

/// Chosen: with fewer letters, too many names begin with them.
constexpr std::size_t shortest_beginning = 3;

/// Chosen: no name is longer, and comparing a long word with many names takes time.
constexpr std::size_t longest_word = 200;

bool same(char a, char b) {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  return lower(a) == lower(b);
}

/// How many letters to insert, leave out, change or exchange with the next one to make one word of
/// the other.
/// Source: the optimal string alignment distance
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> before_last(to.size() + 1);
  std::vector<std::size_t> last(to.size() + 1);
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t at = 0; at < from.size(); ++at) {
    std::swap(before_last, last);
    std::swap(last, row);
    row[0] = at + 1;
    for (std::size_t column = 0; column < to.size(); ++column) {
      const auto changed = last[column] + (same(from[at], to[column]) ? 0 : 1);
      auto& out = row[column + 1];
      out = std::min({changed, last[column + 1] + 1, row[column] + 1});
      const bool exchanged =
          at > 0 && column > 0 && same(from[at], to[column - 1]) && same(from[at - 1], to[column]);
      if (exchanged) out = std::min(out, before_last[column - 1] + 1);
    }
  }
  return row[to.size()];
}

bool begins(std::string_view name, std::string_view word) {
  return word.size() >= shortest_beginning && name.size() > word.size() &&
         std::ranges::equal(word, name.substr(0, word.size()), same);
}

}  // namespace

std::string_view nearest_name(std::string_view word, std::span<const std::string_view> names) {
  std::string_view out;
  if (word.empty() || word.size() > longest_word) return out;
  auto least = most_letters + 2;
  for (const auto name : names) {
    const auto [shorter, longer] = std::minmax({word.size(), name.size()});
    const auto allowed = std::min(most_letters, longer / 3);
    auto found = longer - shorter <= allowed ? distance(word, name) : allowed + 1;
    if (found > allowed) {
      if (!begins(name, word)) continue;
      found = most_letters + 1;
    }
    if (found >= least) continue;
    least = found;
    out = name;
  }
  return out;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> names,
                         std::string_view before) {
  const auto found = nearest_name(word, names);
  if (found.empty()) return {};
  return "; did you mean " + std::string(before) + chunk::quoted(found) + '?';
}

std::string joined(std::span<const std::string_view> words, std::string_view between) {
  std::string out;
  for (const auto each : words) {
    if (!out.empty()) out += between;
    out += each;
  }
  return out;
}

std::string not_one_of(std::string_view word, std::span<const std::string_view> names) {
  return '\'' + chunk::quoted(word) + "' not in {" + joined(names, ",") + '}' +
         did_you_mean(word, names);
}

}  // namespace tools::cli
