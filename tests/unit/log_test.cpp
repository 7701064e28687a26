#include "serve/log.hpp"

#include <doctest/doctest.h>

#include <limits.h>

#include <cstdint>
#include <initializer_list>
#include <string>

namespace {

tools::serve::record reason(const std::string& text) {
  tools::serve::record out(tools::serve::level::info, "close");
  return out.note("conn", 1).add("reason", text);
}

std::string value_of(const std::string& line) {
  const auto begin = line.find("reason=") + 7;
  return line.substr(begin, line.find_first_of(" \n", begin) - begin);
}

}  // namespace

TEST_CASE("no line is longer than an atomic write, and counts follow truncated values") {
  for (const auto how : {tools::serve::log_format::logfmt, tools::serve::log_format::json}) {
    auto entry = reason(std::string(100'000, '\x01'));
    entry.add("detail", std::string(100'000, 'x')).note("repeated", ~std::uint64_t{});
    const auto line = entry.to_line(how);
    CHECK(line.size() <= PIPE_BUF);
    CHECK(line.find("18446744073709551615") != line.npos);
    CHECK(line.ends_with(how == tools::serve::log_format::json ? "}\n" : "\n"));
  }
}

TEST_CASE("a value is truncated before an escape, and marked") {
  const auto value = value_of(reason(std::string(100'000, '\x01')).to_line({}));
  CHECK(value.ends_with("%01..."));
  CHECK((value.size() - 3) % 3 == 0);
}

TEST_CASE("a value that fits is not truncated") {
  const std::string text(1000, 'x');
  CHECK(value_of(reason(text).to_line({})) == text);
}
