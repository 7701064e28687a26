// The table of schemes, and the lists of addresses that people read beside it.
#include <chunk/net/scheme.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

using namespace std::literals;
using chunk::net::endpoint;
using chunk::net::scheme;
using chunk::net::scheme_of;
using chunk::net::scheme_traits;
using chunk::net::schemes;

namespace {

struct row {
  std::string_view text;  // as it is shown
  endpoint where;
  scheme_traits traits;
  bool listenable;
};

/// One address of each scheme, in the order of the table.
const std::vector<row> rows{
    {"unix:/run/x", {endpoint::kind::unix, "/run/x", 0, 0}, {}, true},
    {"abstract:x", {endpoint::kind::abstract, "x", 0, 0}, {}, true},
    {"tcp:h:7000", {endpoint::kind::tcp, "h", 0, 7000}, {.has_ip = true}, true},
    {"tls:h:7000", {endpoint::kind::tls, "h", 0, 7000}, {.tls = true, .has_ip = true}, true},
    {"vsock:2:7000", {endpoint::kind::vsock, {}, 2, 7000}, {}, true},
    {"fd:3", {endpoint::kind::fd, {}, 3, 0}, {.repeatable = false}, true},
    {"-", {endpoint::kind::stdio, {}, 0, 0}, {.repeatable = false}, false},
};

std::string contents(const std::string& path) {
  std::ifstream file(std::getenv("CHUNK_TESTS_DATA") + "/../../"s + path);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// All that the first group of `pattern` matches in `text`.
std::vector<std::string> matches(const std::string& text, const std::string& pattern) {
  const std::regex wanted(pattern);
  std::vector<std::string> out;
  for (std::sregex_iterator each(text.begin(), text.end(), wanted); each != std::sregex_iterator();
       ++each) {
    out.push_back((*each)[1]);
  }
  return out;
}

std::vector<std::string> forms() {
  std::vector<std::string> out;
  for (const auto* each : schemes()) out.emplace_back(each->form);
  return out;
}

/// Those that something follows.
std::vector<std::string> prefixes() {
  std::vector<std::string> out;
  for (const auto* each : schemes()) {
    if (each->prefix.ends_with(':')) out.emplace_back(each->prefix);
  }
  return out;
}

std::string joined(const std::vector<std::string>& words, const std::string& between) {
  std::string out;
  for (const auto& each : words) out += (out.empty() ? "" : between) + each;
  return out;
}

}  // namespace

TEST_CASE("every scheme reads and shows its addresses, and tells their properties") {
  REQUIRE(schemes().size() == rows.size());
  for (std::size_t at = 0; at < rows.size(); ++at) {
    const auto& [text, where, traits, listenable] = rows[at];
    CAPTURE(text);
    CHECK(value_or_throw(chunk::net::parse_endpoint(text)) == where);
    CHECK(to_text(where) == text);
    const auto& by = scheme_of(where);
    CHECK(&by == schemes()[at]);
    CHECK(by.traits == traits);
    CHECK(by.listenable() == listenable);
  }
}

TEST_CASE("every scheme has a form that begins with its prefix, and one line of help") {
  for (const auto* each : schemes()) {
    CAPTURE(each->form);
    CHECK(each->form.starts_with(each->prefix));
    CHECK_FALSE(each->help.empty());
    CHECK(each->help.find('\n') == std::string_view::npos);
    CHECK(std::ranges::count(schemes(), each->prefix, &scheme::prefix) == 1);
    CHECK(std::ranges::count(schemes(), each->type, &scheme::type) == 1);
  }
}

TEST_CASE("an address without a prefix, in the form that people are told, is of its scheme") {
  for (const auto* each : schemes()) {
    if (each->short_form.empty()) {
      CHECK(each->mark == 0);
      continue;
    }
    CAPTURE(each->short_form);
    auto text = std::string(each->short_form);
    if (const auto port = text.find("PORT"); port != text.npos) text.replace(port, 4, "7000");
    CHECK(value_or_throw(chunk::net::parse_endpoint(text)).type == each->type);
  }
}

TEST_CASE("over TLS only a tcp: address changes") {
  for (const auto& each : rows) {
    CAPTURE(each.text);
    const auto shown = to_text(chunk::net::over_tls(each.where));
    CHECK(shown == (each.text == "tcp:h:7000" ? "tls:h:7000" : each.text));
  }
}

TEST_CASE("the manual describes the address of each scheme") {
  auto page = contents("man/chunk-send.1");
  page.erase(0, page.find(".Sh ADDRESSES"));
  page.erase(page.find(".El"));
  std::vector<std::string> described;
  for (const auto& each : matches(page, "\n\\.It ([^\n]*)")) {
    described.push_back(std::regex_replace(each, std::regex(" ?(Cm|Ns|Ar) | "), ""));
  }
  CHECK(joined(described, " ") == joined(forms(), " "));
}

TEST_CASE("the shells complete the prefix of each scheme") {
  const auto zsh = contents("tools/completions/_chunk");
  const auto fish = contents("tools/completions/chunk.fish");
  const auto bash = contents("tools/completions/chunk.bash");
  CHECK(zsh.find("kinds=(" + joined(prefixes(), " ") + ')') != std::string::npos);
  CHECK(fish.find("'%s\\n' " + joined(prefixes(), " ") + '\n') != std::string::npos);
  CHECK(bash.find("$'" + joined(prefixes(), "\\n") + '\'') != std::string::npos);
}
