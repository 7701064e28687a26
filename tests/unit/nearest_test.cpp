#include "cli/nearest.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

namespace {

using namespace std::literals;

constexpr std::array names{"help"sv,    "list"sv,    "text"sv, "json"sv,
                           "connect"sv, "timeout"sv, "ECHO"sv};

std::string_view nearest(std::string_view word) {
  return tools::cli::nearest_name(word, names);
}

}  // namespace

TEST_CASE("a letter that is missing, added, changed or exchanged is a typing mistake") {
  CHECK(nearest("jsn") == "json");
  CHECK(nearest("jsson") == "json");
  CHECK(nearest("jdon") == "json");
  CHECK(nearest("hlep") == "help");
  CHECK(nearest("conect") == "connect");
  CHECK(nearest("cnoect") == "connect");
}

TEST_CASE("upper and lower case are the same") {
  CHECK(nearest("echo") == "ECHO");
  CHECK(nearest("JSON") == "json");
  CHECK(nearest("EHCO") == "ECHO");
}

TEST_CASE("the beginning of a name means the name") {
  CHECK(nearest("conn") == "connect");
  CHECK(nearest("tim") == "timeout");
  CHECK(nearest("ti").empty());
}

TEST_CASE("nothing is near to another word") {
  CHECK(nearest("").empty());
  CHECK(nearest("x").empty());
  CHECK(nearest("hex").empty());
  CHECK(nearest("hole").empty());
  CHECK(nearest("conversation").empty());
  CHECK(nearest(std::string(100000, 'x')).empty());
  CHECK(tools::cli::nearest_name("help", {}).empty());
}

TEST_CASE("of several names, the nearest and then the first one is meant") {
  constexpr std::array several{"retry"sv, "rate"sv, "race"sv};
  CHECK(tools::cli::nearest_name("rape", several) == "rate");
  CHECK(tools::cli::nearest_name("rac", several) == "race");
}

TEST_CASE("a message asks for the name that was meant, or says no more") {
  CHECK(tools::cli::did_you_mean("hlep", names) == "; did you mean help?");
  CHECK(tools::cli::did_you_mean("hlep", names, "--") == "; did you mean --help?");
  CHECK(tools::cli::did_you_mean("x", names, "--").empty());
  constexpr std::array odd{"\033[1m"sv};
  CHECK(tools::cli::did_you_mean("\033[2m", odd) == "; did you mean %1b[1m?");
}
