#include "cli/command_line.hpp"

#include "cli/status.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace tools::cli;

namespace {

using words = std::vector<std::string>;

/// A command line with an option of each kind, and what was read.
struct sample {
  sample() {
    const auto group = line.group("Options");
    line.positional("FILE", files, "Files");
    group.text("-c,--connect ADDR", address, "One value");
    group.text("--name NAME", name, "One that may be missing");
    group.text("--empty TEXT", empty, "One that may be empty").may_be_empty();
    group.flag("-v,--verbose", verbose, "A flag");
    group.flag("-q,--quiet", quiet, "Another").excludes({"--verbose"});
    group.list("-i,--id ID", ids, "Repeated");
    group.list("--allow RULE", "Repeated, without a variable");
    group.list("--deny RULE", "The same");
    group.pair("--tap FROM TO", pair, "Two values").needs("--connect");
    group.number("--width N", width, "A number").range(1, 256).needs_one_of("--tap", "--name");
    group.text("--color WHEN", color, "One of some").choices({"auto", "never"});
  }

  std::optional<int> parse(const std::vector<const char*>& arguments) {
    std::vector<const char*> all{"chunk-sample"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return line.parse(static_cast<int>(all.size()), all.data());
  }

  command_line line{"chunk-sample", "Does nothing."};
  words files{};
  std::string address{};
  std::optional<std::string> name{};
  std::string empty = "full";
  std::string color = "auto";
  bool verbose = false;
  bool quiet = false;
  words ids{};
  words pair{};
  std::size_t width = 0;
};

/// The status with which these arguments are refused.
std::optional<int> status_of(const std::vector<const char*>& arguments) {
  return sample().parse(arguments);
}

}  // namespace

TEST_CASE("a value follows the name of its option, or is part of the same argument") {
  for (const auto& form : {std::vector{"-c", "unix:a"},
                           {"-cunix:a"},
                           {"--connect", "unix:a"},
                           {"--connect=unix:a"},
                           {"-vcunix:a"},
                           {"-vc", "unix:a"}}) {
    sample all;
    CHECK(!all.parse(form));
    CHECK(all.address == "unix:a");
    CHECK(all.verbose == (form[0][1] == 'v'));
    CHECK(all.files.empty());
  }
}

TEST_CASE("a value is taken as it is written") {
  for (const auto* value : {"-v", "--", "--verbose", "a=b", "=", "[a,b]", "++", "-", "-1", "%{}",
                            "--x=", "--quiet=1", "--="}) {
    sample all;
    CHECK(!all.parse({"-c", value, "--name", value, "-i", value}));
    CHECK(all.address == value);
    CHECK(all.name == value);
    CHECK(all.ids == words{value});
    CHECK(!all.verbose);
  }
  sample all;
  CHECK(!all.parse({"-c=a", "--name=--verbose=1"}));
  CHECK(all.address == "=a");
  CHECK(all.name == "--verbose=1");
}

TEST_CASE("words and options come in any order, and after -- there are only words") {
  sample all;
  CHECK(!all.parse({"a", "-v", "-", "-5", "-c", "x", "[b]", "", "--", "-q", "--", "--id"}));
  CHECK(all.files == words{"a", "-", "-5", "[b]", "", "-q", "--", "--id"});
  CHECK(all.verbose);
  CHECK(!all.quiet);
}

TEST_CASE("an empty value has to be allowed") {
  sample all;
  CHECK(!all.parse({"--empty=", "file"}));
  CHECK(all.empty.empty());
  CHECK(all.files == words{"file"});
  CHECK(!sample().parse({"--empty", ""}));
  CHECK(status_of({"--name="}) == usage);
  CHECK(status_of({"--name", ""}) == usage);
  CHECK(status_of({"-c", ""}) == usage);
  CHECK(status_of({"--id="}) == usage);
}

TEST_CASE("only some options are given more than once") {
  sample all;
  CHECK(!all.parse({"-i", "a", "--id=b", "-vv", "--verbose", "-ic"}));
  CHECK(all.ids == words{"a", "b", "c"});
  CHECK(status_of({"-c", "a", "-c", "a"}) == usage);
  CHECK(status_of({"-c", "x", "--tap", "a", "b", "--tap", "a", "b"}) == usage);
}

TEST_CASE("options that say the same are asked for in their order") {
  sample all;
  CHECK(!all.parse({"--deny", "a", "--allow=b", "-i", "x", "--deny", "c"}));
  using std::pair;
  const std::vector<pair<std::string, std::string>> in_order{
      {"--deny", "a"}, {"--allow", "b"}, {"--deny", "c"}};
  CHECK(all.line.in_order({"--allow", "--deny"}) == in_order);
  CHECK(all.line.has("--deny"));
  CHECK(!all.line.has("--name"));
}

TEST_CASE("an option that takes two values takes the next two arguments") {
  sample all;
  CHECK(!all.parse({"--tap", "-v", "b", "-c", "x", "c"}));
  CHECK(all.pair == words{"-v", "b"});
  CHECK(all.files == words{"c"});
  sample other;
  CHECK(!other.parse({"--tap=a", "b", "-c", "x"}));
  CHECK(other.pair == words{"a", "b"});
  CHECK(status_of({"-c", "x", "--tap", "a"}) == usage);
}

TEST_CASE("what does not fit is refused") {
  CHECK(status_of({"-c"}) == usage);
  CHECK(status_of({"-vc"}) == usage);
  CHECK(status_of({"--connect"}) == usage);
  CHECK(status_of({"--verbose="}) == usage);
  CHECK(status_of({"--bogus"}) == usage);
  CHECK(status_of({"--bogus=1"}) == usage);
  CHECK(status_of({"--verb"}) == usage);
  CHECK(status_of({"-x"}) == usage);
  CHECK(status_of({"-vx"}) == usage);
  CHECK(status_of({"--FILE"}) == usage);
  CHECK(status_of({"-v", "-q"}) == usage);
  CHECK(status_of({"-qv"}) == usage);
  CHECK(status_of({"--tap", "a", "b"}) == usage);
  CHECK(status_of({"--width", "1"}) == usage);
  CHECK(status_of({"--name", "a", "--width", "0"}) == usage);
  CHECK(status_of({"--name", "a", "--width", "257"}) == usage);
  CHECK(!status_of({"--name", "a", "--width", "256"}));
  CHECK(!status_of({"-c", "x", "--tap", "a", "b", "--width", "1"}));
  CHECK(status_of({"--color", "aut"}) == usage);
  CHECK(!status_of({"--color", "never"}));
}
