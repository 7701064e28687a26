// What the JSON lines of chunk-dump hold beyond a plain stream: options, choices, faults.
#include "format/registry.hpp"
#include "support/bytes.hpp"

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/id.hpp>
#include <chunk/protocol.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;
using namespace chunk::literals;

constexpr auto moment = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + 9h + 30min;

tools::format::details at(tools::format::wall_clock::duration later) {
  tools::format::details out;
  out.at = moment + later;
  out.since_start += std::chrono::duration_cast<tools::format::steady_clock::duration>(later);
  return out;
}

/// Shows chunks that are given whole, one after the other.
class shower {
 public:
  explicit shower(tools::format::format_options how) : view_(make_formatter(how, out_)) {}

  void add(const chunk::id& id, std::string_view payload, const tools::format::details& when = {}) {
    add_part(id, payload.size(), payload, true, true, when);
    offset_ += support::header_size + payload.size();
  }

  void add_part(const chunk::id& id, std::size_t length, std::string_view payload, bool begins,
                bool ends, const tools::format::details& when = {}) {
    const chunk::header head{id, static_cast<std::uint32_t>(length)};
    view_->add({head, offset_, support::bytes(payload), begins, ends}, when);
  }

  tools::format::formatter& view() { return *view_; }
  const std::string& out() const { return out_; }

 private:
  std::string out_;
  std::unique_ptr<tools::format::formatter> view_;
  std::uint64_t offset_ = 0;
};

tools::format::format_options options() {
  tools::format::format_options how;
  how.format = &tools::format::json_format;
  how.rules = &chunk::guessing_protocol();
  return how;
}

chunk::error error_of(const char* text) {
  return {chunk::errc::truncated, text};
}

constexpr auto subchunks = "OPER\1\0\0\0+OPND\1\0\0\0003OPND\1\0\0\0004"sv;

}  // namespace

TEST_CASE("connection and direction come first in every line") {
  auto how = options();
  how.connection = 7;
  how.direction = tools::format::direction::requests;
  shower requests(how);
  requests.add("CMPU"_id, "OPND\1\0\0\0003"sv);
  CHECK(requests.out() ==
        R"({"connection":7,"direction":">","index":0,"depth":0,"offset":0,"id":"CMPU","length":9}
{"connection":7,"direction":">","index":1,"parent":0,"depth":1,"offset":8,"id":"OPND","length":1,"text":"3"}
)");
  how.direction = tools::format::direction::replies;
  shower replies(how);
  replies.view().fault(error_of("why"), support::bytes("NO"), 0);
  CHECK(
      replies.out() ==
      R"({"connection":7,"direction":"<","index":0,"depth":0,"offset":0,"length":2,"base64":"Tk8=","error":"why"})"
      "\n");
}

TEST_CASE("times are in microseconds of UTC, differences in seconds since the previous chunk") {
  auto how = options();
  how.timestamps = tools::format::timestamps::absolute;
  shower absolute(how);
  absolute.add("NOOP"_id, "", at(123'456'789ns));
  CHECK(absolute.out().starts_with(R"({"time":"2026-11-24T09:30:00.123456Z","index":0,)"));

  how.timestamps = tools::format::timestamps::delta;
  shower delta(how);
  delta.add("NOOP"_id, "", at(0s));
  delta.add("NOOP"_id, "", at(1s + 5us));
  delta.add("NOOP"_id, "", at(1s));
  CHECK(delta.out() ==
        R"({"delta":0.000000,"index":0,"depth":0,"offset":0,"id":"NOOP","length":0,"text":""}
{"delta":1.000005,"index":1,"depth":0,"offset":8,"id":"NOOP","length":0,"text":""}
{"delta":-0.000005,"index":2,"depth":0,"offset":16,"id":"NOOP","length":0,"text":""}
)");
}

TEST_CASE("a reply has its latency") {
  shower replies(options());
  tools::format::details when;
  when.latency = 1500us;
  replies.add("NOOP"_id, "", when);
  CHECK(replies.out().starts_with(R"({"latency":0.001500,"index":0,)"));
}

TEST_CASE("chunks and subchunks that are not selected are omitted and not counted") {
  auto how = options();
  const tools::format::selection only({"CMPU/OPND", "ECHO"}, {});
  how.chosen = &only;
  shower chosen(how);
  chosen.add("NOOP"_id, "");
  chosen.add("CMPU"_id, subchunks);
  chosen.add_part("DLAY"_id, 100, "a part", true, false);
  chosen.view().fault(error_of("of a chunk that is left out"), {}, 0);
  chosen.add("ECHO"_id, "hi");
  chosen.view().finish();
  CHECK(chosen.out() ==
        R"({"index":0,"depth":0,"offset":8,"id":"CMPU","length":27}
{"index":1,"parent":0,"depth":1,"offset":25,"id":"OPND","length":1,"text":"3"}
{"index":2,"parent":0,"depth":1,"offset":34,"id":"OPND","length":1,"text":"4"}
{"index":3,"depth":0,"offset":43,"id":"ECHO","length":2,"text":"hi"}
)");
}

TEST_CASE("the stream continues after a fault") {
  shower faulty(options());
  faulty.add_part("ECHO"_id, 100, "abcd", true, false);
  faulty.view().fault(error_of("cut"), support::bytes("NOO"), 12);
  faulty.view().fault(error_of("skipped \x1b\"\x80"), support::bytes("x"), 15);
  faulty.view().fault(error_of("nothing there"), {}, 16);
  faulty.add("NOOP"_id, "");
  CHECK(
      faulty.out() ==
      R"({"index":0,"depth":0,"offset":0,"id":"ECHO","length":100,"base64":"YWJjZA==","error":"cut"}
{"index":1,"depth":0,"offset":12,"length":3,"base64":"Tk9P","error":"cut"}
{"index":2,"depth":0,"offset":15,"length":1,"base64":"eA==","error":"skipped %1b\"%80"}
{"index":3,"depth":0,"offset":16,"length":0,"base64":"","error":"nothing there"}
{"index":4,"depth":0,"offset":0,"id":"NOOP","length":0,"text":""}
)");
}

TEST_CASE("a chunk that is incomplete at the end is shown as truncated") {
  shower cut(options());
  cut.add_part("ECHO"_id, 100, "abcd", true, false);
  cut.view().finish();
  cut.view().finish();
  CHECK(
      cut.out() ==
      R"({"index":0,"depth":0,"offset":0,"id":"ECHO","length":100,"base64":"YWJjZA==","error":"truncated"})"
      "\n");
}

TEST_CASE("characters of an ID with a meaning in JSON are escaped") {
  shower odd(options());
  odd.add("\"\\\n%"_id, "");
  CHECK(odd.out() == R"({"index":0,"depth":0,"offset":0,"id":"\"\\%0a%25","length":0,"text":""})"
                     "\n");
}
