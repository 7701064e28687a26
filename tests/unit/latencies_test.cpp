#include "format/latencies.hpp"

#include <chunk/id.hpp>
#include <chunk/protocol.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <optional>

using namespace chunk::literals;
using namespace std::chrono_literals;
using tools::format::latencies;

namespace {

constexpr auto no_latency = std::nullopt;

latencies::time_point at(std::chrono::milliseconds passed) {
  return latencies::time_point(passed);
}

void request(latencies& from, const chunk::id& id, std::chrono::milliseconds when) {
  from.request_begins(id);
  from.request_ends(id, at(when));
}

chunk::protocol questions() {
  chunk::rule asked;
  asked.id = "ASK "_id;
  asked.request = true;
  chunk::rule answered;
  answered.id = "SAY "_id;
  answered.reply = true;
  return {"questions", {asked, answered}, false};
}

}  // namespace

TEST_CASE("the latency of a reply is the time since its request, in the order of requests") {
  latencies from(chunk::guessing_protocol());
  request(from, "AAAA"_id, 10ms);
  request(from, "BBBB"_id, 20ms);
  CHECK(from.reply_ends("XXXX"_id, at(21ms)) == 11ms);
  request(from, "CCCC"_id, 30ms);
  CHECK(from.reply_ends("XXXX"_id, at(40ms)) == 20ms);
  CHECK(from.reply_ends("XXXX"_id, at(45ms)) == 15ms);
}

TEST_CASE("a chunk before any request has no latency") {
  latencies from(chunk::guessing_protocol());
  CHECK(from.reply_ends("HELO"_id, at(5ms)) == no_latency);
  request(from, "AAAA"_id, 10ms);
  CHECK(from.reply_ends("XXXX"_id, at(12ms)) == 2ms);
  CHECK(from.reply_ends("XXXX"_id, at(13ms)) == no_latency);
}

TEST_CASE("a reply to an incomplete request has no latency and still answers it") {
  latencies from(chunk::guessing_protocol());
  from.request_begins("LONG"_id);
  CHECK(from.reply_ends("XXXX"_id, at(5ms)) == no_latency);
  from.request_ends("LONG"_id, at(6ms));
  request(from, "AAAA"_id, 10ms);
  CHECK(from.reply_ends("XXXX"_id, at(13ms)) == 3ms);
}

TEST_CASE("only requests and replies of the protocol are paired") {
  const auto rules = questions();
  latencies from(rules);
  request(from, "NOTE"_id, 1ms);
  request(from, "ASK "_id, 2ms);
  CHECK(from.reply_ends("NOTE"_id, at(3ms)) == no_latency);
  CHECK(from.reply_ends("SAY "_id, at(6ms)) == 4ms);
}

TEST_CASE("requests beyond the limit do not shift the pairing of the others") {
  latencies from(chunk::guessing_protocol());
  constexpr int remembered = 64 * 1024;
  for (int each = 0; each < remembered + 1; ++each) request(from, "AAAA"_id, 1ms);
  for (int each = 0; each < remembered; ++each) {
    REQUIRE(from.reply_ends("XXXX"_id, at(2ms)) == 1ms);
  }
  request(from, "BBBB"_id, 3ms);
  CHECK(from.reply_ends("XXXX"_id, at(4ms)) == no_latency);
  CHECK(from.reply_ends("XXXX"_id, at(5ms)) == 2ms);
}
