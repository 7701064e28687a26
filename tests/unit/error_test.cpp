#include <chunk/error.hpp>

#include <doctest/doctest.h>

#include <cerrno>
#include <ostream>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

namespace {

using chunk::errc;
using chunk::error;

/// Stands for the resolver's category: neither the format's nor the system's.
class other_category_type final : public std::error_category {
 public:
  const char* name() const noexcept override { return "other"; }
  std::string message(int) const override { return "Host not found"; }
};

std::error_code other_code() {
  static const other_category_type category;
  return {1, category};
}

const std::error_code refused{ECONNREFUSED, std::system_category()};

std::string thrown_by(chunk::result<int> outcome) {
  try {
    return std::to_string(chunk::value_or_throw(std::move(outcome)));
  } catch (const chunk::failure& caught) {
    return std::string("thrown: ") + caught.what();
  }
}

}  // namespace

TEST_CASE("every condition of the format has a different name") {
  std::string names;
  for (int value = 0; value <= 9; ++value) {
    names += chunk::format_category().message(value) + '\n';
  }
  CHECK(
      names ==
      "unknown condition\ntruncated\ntoo large\nmalformed subchunks\nprotocol violation\n"
      "not an ID of the framing\nnot a chunk\nnot an address\nnot a protocol\nunknown condition\n");
}

TEST_CASE("a condition becomes a code of the category chunk") {
  const std::error_code code = errc::too_large;
  CHECK(code == errc::too_large);
  CHECK(code != errc::truncated);
  CHECK(std::string(code.category().name()) == "chunk");
}

TEST_CASE("an error of the format is shown by its detail alone") {
  CHECK(to_text(error{errc::truncated, "truncated at byte 0x19"}) == "truncated at byte 0x19");
}

TEST_CASE("an error of the generic category is shown by its detail alone") {
  const auto code = std::make_error_code(std::errc::invalid_argument);
  CHECK(to_text(error{code, "no such size"}) == "no such size");
}

TEST_CASE("an error without a detail is shown by the message of its code") {
  CHECK(to_text(error{errc::truncated, {}}) == "truncated");
  CHECK(to_text(error{refused, {}}) == "connection refused");
}

TEST_CASE("the system's message follows the subject in lower case") {
  CHECK(to_text(error{refused, "tcp:127.0.0.1:7000"}) == "tcp:127.0.0.1:7000: connection refused");
}

TEST_CASE("the message of any other library follows the subject as well") {
  CHECK(to_text(error{other_code(), "tcp:nowhere:1"}) == "tcp:nowhere:1: host not found");
}

TEST_CASE("a message that starts with an abbreviation keeps its capitals") {
  const std::error_code remote{EDOTDOT, std::system_category()};  // "RFS specific error"
  CHECK(to_text(error{remote, "x"}) == "x: RFS specific error");
}

TEST_CASE("a subject goes before the detail and leaves the code") {
  const auto what = about("capture.chunk", error{errc::truncated, "truncated at byte 0x19"});
  CHECK(to_text(what) == "capture.chunk: truncated at byte 0x19");
  CHECK(what.code == errc::truncated);
}

TEST_CASE("a subject goes before the message of a code without a detail, which comes once") {
  CHECK(to_text(about("a.chunk", error{errc::truncated, {}})) == "a.chunk: truncated");
  CHECK(to_text(about("unix:/x", error{refused, {}})) == "unix:/x: connection refused");
  CHECK(to_text(about("tcp:x:1", error{other_code(), {}})) == "tcp:x:1: host not found");
}

TEST_CASE("a subject goes before another subject") {
  CHECK(to_text(about("script:3", error{refused, "unix:/x"})) ==
        "script:3: unix:/x: connection refused");
}

TEST_CASE("the last system error is errno's with the subject") {
  errno = ENOENT;
  const auto what = chunk::last_system_error("missing.chunk");
  CHECK(to_text(what) == "missing.chunk: no such file or directory");
  CHECK(what.code == std::errc::no_such_file_or_directory);
}

TEST_CASE("errors are equal when code and detail are") {
  const error one{errc::bad_id, "x"};
  CHECK(one == error{errc::bad_id, "x"});
  CHECK(one != error{errc::bad_id, "y"});
  CHECK(one != error{errc::bad_notation, "x"});
}

TEST_CASE("a failure says what the error says and keeps its code") {
  const chunk::failure thrown(error{refused, "unix:/x"});
  CHECK(std::string(thrown.what()) == "unix:/x: connection refused");
  CHECK(thrown.code() == refused);
}

TEST_CASE("a local failure is a failure") {
  CHECK(std::is_base_of_v<chunk::failure, chunk::local_failure>);
  CHECK_THROWS_AS(throw chunk::local_failure(error{refused, "x"}), chunk::failure);
}

TEST_CASE("a value comes out of a result, an error is thrown") {
  CHECK(thrown_by(7) == "7");
  CHECK(thrown_by(tl::unexpected(error{errc::bad_id, "'x'"})) == "thrown: 'x'");
}

TEST_CASE("a result without a value is thrown only when it is an error") {
  CHECK_NOTHROW(chunk::value_or_throw(chunk::result<void>{}));
  const chunk::result<void> bad = tl::unexpected(error{errc::bad_id, "'x'"});
  CHECK_THROWS_AS(chunk::value_or_throw(bad), chunk::failure);
}
