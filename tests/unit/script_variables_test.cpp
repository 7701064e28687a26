#include "script/language/variables.hpp"
#include "support/bytes.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

using support::bytes;
using tools::script::expand;
using tools::script::value_style;
using tools::script::variables;

namespace {

std::string expanded(std::string_view text, value_style style, std::string_view value) {
  variables values(1);
  values.set("x", value);
  auto out = values.expanded(text, style, tools::script::longest_value);
  REQUIRE(out);
  return *out;
}

}  // namespace

TEST_CASE("a value in contents is escaped so that it has no special meaning") {
  CHECK(expanded("a%{x}b", value_style::contents, "1") == "a1b");
  CHECK(expanded("%{x}", value_style::contents, "%:=@~{ \n") == "%25%3a%3d%40%7e%7b%20%0a");
  CHECK(expanded("%{x}%{x}", value_style::contents, "-") == "--");
  CHECK(expanded("%{x}", value_style::contents, "%{x}") == "%25%7bx%7d");
}

TEST_CASE("a value in the name of a file is inserted unchanged") {
  CHECK(expanded("ECHO:@%{x}/f", value_style::chunk, "my%20:dir") == "ECHO:@my%20:dir/f");
  CHECK(expanded("CMPU:OPND=@%{x}:OPER=%{x}", value_style::chunk, "a%") ==
        "CMPU:OPND=@a%:OPER=a%25");
  CHECK(expanded("ECHO:a@%{x}", value_style::chunk, "%") == "ECHO:a@%25");
  CHECK(expanded(":@%{x}", value_style::contents, "%") == ":@%25");
}

TEST_CASE("a value in a command is one word of the shell") {
  CHECK(expanded("echo %{x}", value_style::command, "unix:/tmp/a.b") == "echo unix:/tmp/a.b");
  CHECK(expanded("echo %{x}", value_style::command, "a b") == "echo 'a b'");
  CHECK(expanded("echo %{x}", value_style::command, "") == "echo ''");
  CHECK(expanded("echo %{x}", value_style::command, "a'b;$(c)") == "echo 'a'\\''b;$(c)'");
  variables values(1);
  values.set("x", std::string_view("a\0b", 3));
  CHECK(!values.expanded("echo %{x}", value_style::command, tools::script::longest_value));
}

TEST_CASE("%%{ is not a reference in texts without escapes") {
  CHECK(expanded("date %%{x} %{x} %s", value_style::command, "v") == "date %{x} v %s");
  CHECK(expanded("%%{x}%%{", value_style::plain, "v") == "%{x}%{");
}

TEST_CASE("a value in a regular expression matches literally") {
  const auto text = [](std::string_view pattern) {
    return expanded(pattern, value_style::pattern, "a.b:c");
  };
  CHECK(text("ECHO:~^%{x}$") == "ECHO:~^a%5c.b%5c%3ac$");
  CHECK(text("ECHO:~:%{x}") == "ECHO:~:a%5c.b%5c%3ac");
  CHECK(text("ECHO:%{x}") == "ECHO:a.b%3ac");
  CHECK(text("CMPU:OPND=~%{x}:OPER=%{x}") == "CMPU:OPND=~a%5c.b%5c%3ac:OPER=a.b%3ac");
  CHECK(text("CMPU:OPND=a~%{x}") == "CMPU:OPND=a~a.b%3ac");
}

TEST_CASE("references are found with their names and places") {
  const auto found = tools::script::find_reference("a%{env:HOME}b", 0, value_style::contents);
  REQUIRE(found);
  CHECK(found->begin == 1);
  CHECK(found->size == 11);
  CHECK(found->name == "env:HOME");
  const auto open = tools::script::find_reference("%{abc", 0, value_style::contents);
  REQUIRE(open);
  CHECK(open->size == 5);
  CHECK(!tools::script::find_reference("100%25{", 0, value_style::contents));
}

TEST_CASE("names are letters, digits, dashes and underscores") {
  for (const auto good : {"a", "B_1", "_x", "a-b"}) CHECK(tools::script::is_name(good));
  for (const auto bad : {"", "1a", "-a", "a b", "a.b", "\xc3\xa4"})
    CHECK(!tools::script::is_name(bad));
}

TEST_CASE("the same seed gives the same random bytes, which differ for each use") {
  variables one(7);
  variables same(7);
  variables other(8);
  const auto first = **one.find("random:16");
  CHECK(first.size() == 16);
  CHECK(first == **same.find("random:16"));
  CHECK(first != **one.find("random:16"));
  CHECK(first != **other.find("random:16"));
  const auto many = **one.find("random:65536");
  CHECK(std::set(many.begin(), many.end()).size() == 256);
  CHECK(!one.find("random:x"));
  CHECK(!one.find("random:16777217"));
}

TEST_CASE("a name without a value, and an unset environment variable, are errors") {
  variables values(1);
  CHECK(values.expanded("%{nothing}", value_style::contents, tools::script::longest_value)
            .error()
            .detail == "'nothing' has no value yet");
  ::unsetenv("CHUNK_NOT_SET");
  CHECK(values.find("env:CHUNK_NOT_SET").error().detail ==
        "'CHUNK_NOT_SET' is not set in the environment");
  ::setenv("CHUNK_IS_SET", "v", 1);
  CHECK(support::chars(**values.find("env:CHUNK_IS_SET")) == "v");
}
