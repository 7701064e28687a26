#include "script/language/vocabulary.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>

namespace tools::script {
namespace {

using rule = argument_rule;
using style = value_style;

// connection, waits, prepares, tests, serves
constexpr std::array<verb, 26> verbs{{
    {"", kind::send, rule::needed, style::chunk, true, false, false, false, true},
    {"request", kind::request, rule::needed, style::chunk, true, true, false, false, true},
    {"requestd", kind::request_decoded, rule::needed, style::chunk, true, true, false, false, true},
    {"expect", kind::expect, rule::needed, style::pattern, true, true, false, true, true},
    {"expect-raw", kind::expect_raw, rule::needed, style::contents, true, true, false, true, true},
    {"expect-close", kind::expect_close, rule::optional, style::none, true, true, false, true,
     true},
    {"expect-nothing", kind::expect_nothing, rule::needed, style::none, true, true, false, true,
     true},
    {"raw-send", kind::raw_send, rule::needed, style::contents, true, false, false, false, true},
    {"raw-receive", kind::raw_receive, rule::needed, style::none, true, true, false, false, true},
    {"within", kind::within, rule::needed, style::none, false, false, false, true, true},
    {"delay", kind::delay, rule::needed, style::none, false, false, false, false, true},
    {"timeout", kind::timeout, rule::needed, style::none, false, false, true, false, true},
    {"slice", kind::slice, rule::needed, style::none, false, false, false, false, true},
    {"shutdown", kind::shutdown, rule::optional, style::none, true, false, false, false, true},
    {"close", kind::close, rule::none, style::none, true, false, false, false, true},
    {"reset", kind::reset, rule::none, style::none, true, false, false, false, true},
    {"connect", kind::connect, rule::optional, style::plain, true, false, true, true, false},
    {"let", kind::let, rule::needed, style::contents, false, false, true, false, true},
    {"repeat", kind::repeat, rule::needed, style::none, false, false, false, false, true},
    {"end", kind::end, rule::none, style::none, false, false, false, false, true},
    {"test-case", kind::test_case, rule::needed, style::none, false, false, false, true, false},
    {"skip-if", kind::skip_if, rule::needed, style::command, false, false, true, true, false},
    {"wait-for", kind::wait_for, rule::needed, style::plain, false, false, true, true, false},
    {"run", kind::run, rule::needed, style::command, false, false, true, true, false},
    {"start", kind::start, rule::needed, style::command, false, false, true, true, false},
    {"@", kind::send_file, rule::needed, style::plain, true, false, false, false, true},
}};

/// So that whatever has four bytes is an ID.
static_assert(std::ranges::none_of(verbs, [](const verb& each) { return each.name.size() == 4; }));

static_assert([] {
  for (std::size_t at = 0; at < verbs.size(); ++at) {
    if (static_cast<std::size_t>(verbs[at].type) != at) return false;
  }
  return true;
}());

/// How many letters to insert, remove or change to make one word of the other.
std::size_t distance(std::string_view from, std::string_view to) {
  std::array<std::size_t, 32> row{};
  if (to.size() >= row.size()) return row.size();
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t at = 0; at < from.size(); ++at) {
    auto diagonal = row[0]++;
    for (std::size_t column = 0; column < to.size(); ++column) {
      const auto changed = diagonal + (from[at] == to[column] ? 0 : 1);
      diagonal = row[column + 1];
      row[column + 1] = std::min({changed, diagonal + 1, row[column] + 1});
    }
  }
  return row[to.size()];
}

}  // namespace

const verb* find_verb(std::string_view name) {
  if (name.empty()) return nullptr;
  const auto found = std::ranges::find(verbs, name, &verb::name);
  return found == verbs.end() ? nullptr : &*found;
}

const verb& verb_of(kind type) {
  return verbs[static_cast<std::size_t>(type)];
}

std::string_view similar_verb(std::string_view name) {
  constexpr std::size_t most_letters = 2;  // chosen: a slip of the finger, not another word
  const auto near = [&](const verb& each) {
    return each.name.size() > most_letters && distance(name, each.name) <= most_letters;
  };
  const auto found = std::ranges::find_if(verbs, near);
  return found == verbs.end() ? std::string_view{} : found->name;
}

}  // namespace tools::script
