// Dumps of streams in any framing: the text and the JSON of any bytes stand for the same bytes.
#include "format/json/json_reader.hpp"
#include "format/registry.hpp"
#include "support/bytes.hpp"
#include "support/framed_streams.hpp"
#include "support/framings.hpp"
#include "support/json_lines.hpp"

#include <chunk/framing.hpp>
#include <chunk/protocol.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace std::string_view_literals;

tools::format::format_options with(const chunk::protocol& rules,
                                   const tools::format::output_format& format) {
  static const tools::format::selection all;
  tools::format::format_options how;
  how.format = &format;
  how.rules = &rules;
  how.chosen = &all;
  how.subject = "stream";
  return how;
}

struct dump {
  std::string text;
  std::size_t size = 0;  ///< bytes of the stream that it stands for
};

dump show(const chunk::protocol& rules, std::string_view stream,
          const tools::format::output_format& format, const support::showing& how) {
  dump out;
  const auto made = make_formatter(with(rules, format), out.text);
  out.size = support::show_stream(rules, stream, how, *made);
  return out;
}

/// Checks that text and JSON of a stream stand for it.
void check_both(const chunk::protocol& rules, std::string_view stream,
                const support::showing& how) {
  const auto text = show(rules, stream, tools::format::text_format, how);
  const auto wanted = std::string(stream.substr(0, text.size));
  CAPTURE(text.text);
  REQUIRE(support::is_plain(text.text));
  REQUIRE(support::text_reader(rules).read(text.text) == wanted);
  const auto json = show(rules, stream, tools::format::json_format, how);
  CAPTURE(json.text);
  REQUIRE(json.size == text.size);
  REQUIRE(support::is_plain(json.text));
  REQUIRE(support::read_json(json.text, 1 + stream.size() % 50, chunk::no_limit, rules) == wanted);
}

}  // namespace

TEST_CASE("text and JSON of random streams in every framing convert back to the same bytes") {
  constexpr std::uint64_t seed = 14;
  CAPTURE(seed);
  support::generator random(seed);
  for (const auto& rules : support::framed_protocols()) {
    CAPTURE(rules.name);
    for (int index = 0; index < 2000; ++index) {
      CAPTURE(index);
      const auto stream = support::random_framed_stream(random, rules);
      CAPTURE(support::hex(support::bytes(stream)));
      support::showing how;
      how.piece =
          support::below(random, 2) == 0 ? stream.size() + 1 : 1 + support::below(random, 20);
      const bool walks = support::below(random, 2) == 0;
      how.enters = [&] { return walks && support::below(random, 4) > 0; };
      check_both(rules, stream, how);
    }
  }
}
