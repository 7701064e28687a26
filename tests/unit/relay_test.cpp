#include "support/bytes.hpp"
#include "support/memory_transport.hpp"
#include "support/run.hpp"

#include <chunk/error.hpp>
#include <chunk/session/chunk_reader.hpp>
#include <chunk/session/relay.hpp>

#include <asio/io_context.hpp>
#include <doctest/doctest.h>

#include <cstddef>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

using chunk::session::way;
using support::far_side;
using support::memory_transport;

namespace {

/// Records the calls of an observer.
struct witness final : chunk::session::relay_observer {
  void passed(way which, std::span<const std::byte> bytes) override {
    (which == way::forth ? forth : back) += support::chars(bytes);
    if (on_bytes) on_bytes(which);
  }

  void ended(way which) override { (which == way::forth ? forth : back) += '$'; }

  std::string forth{};
  std::string back{};
  std::function<void(way)> on_bytes{};
};

/// Two sides and the relay between them.
struct scene {
  scene(far_side& near_side, far_side& far_side)
      : near_link(context, near_side), far_link(context, far_side) {}

  support::started<void> start() {
    return support::start(context, chunk::session::relay(near_link, far_link, seen, pool));
  }

  asio::io_context context{1};
  memory_transport near_link;
  memory_transport far_link;
  witness seen{};
  chunk::session::buffer_pool pool{};
};

/// Runs a relay to its end, and gives the code of its failure.
std::error_code outcome(scene& stage, const support::started<void>& work) {
  try {
    support::finish(stage.context, work);
  } catch (const std::system_error& reason) {
    return reason.code();
  }
  return {};
}

far_side sending(std::vector<std::string> pieces) {
  far_side out;
  out.pieces = std::move(pieces);
  return out;
}

/// A side that sends "12" in two pieces, and cannot be written to behind that many bytes.
far_side failing_at(std::size_t at, std::errc failure) {
  auto out = sending({"", "", "", "1", "", "", "", "", "2"});
  out.write_fails_at = at;
  out.write_failure = failure;
  return out;
}

}  // namespace

TEST_CASE(
    "a relay passes on the bytes of both sides, in whatever pieces they are read and written") {
  for (const std::size_t takes : {std::size_t{1}, std::size_t{3}, far_side::never}) {
    for (const bool hesitates : {false, true}) {
      CAPTURE(takes);
      CAPTURE(hesitates);
      auto near_side = sending({"a", "", "bcdefgh", "", "", "ij"});
      auto far_side = sending({"", "0123456789", "ABC", "D"});
      near_side.takes = far_side.takes = takes;
      near_side.hesitates = far_side.hesitates = hesitates;
      scene stage(near_side, far_side);
      CHECK(outcome(stage, stage.start()) == std::error_code());
      CHECK(far_side.taken == "abcdefghij");
      CHECK(near_side.taken == "0123456789ABCD");
      CHECK(stage.seen.forth == "abcdefghij$");
      CHECK(stage.seen.back == "0123456789ABCD$");
    }
  }
}

TEST_CASE("a relay passes on the end of one stream while the other continues") {
  for (const bool near_first : {true, false}) {
    CAPTURE(near_first);
    auto asking = sending({"ask"});
    auto answering = sending({"", "", "", "answer"});
    auto& near_side = near_first ? asking : answering;
    auto& far_side = near_first ? answering : asking;
    scene stage(near_side, far_side);
    bool end_was_passed = false;
    stage.seen.on_bytes = [&](way which) {
      const bool answer = (which == way::back) == near_first;
      if (answer) end_was_passed = answering.saw_end;
    };
    CHECK(outcome(stage, stage.start()) == std::error_code());
    CHECK(end_was_passed);
    CHECK(answering.taken == "ask");
    CHECK(asking.taken == "answer");
    CHECK(asking.saw_end);
  }
}

TEST_CASE("a relay runs until both streams have ended, or it is cancelled") {
  auto near_side = sending({"ask"});
  far_side far_side;
  far_side.ends = false;
  scene stage(near_side, far_side);
  const auto work = stage.start();
  support::run_ready(stage.context);
  CHECK(far_side.saw_end);
  CHECK_FALSE(near_side.saw_end);
  CHECK_FALSE(work->done);
  stage.far_link.cancel();
  CHECK(outcome(stage, work) == std::errc::operation_canceled);
  CHECK_FALSE(near_side.saw_reset);
  CHECK_FALSE(far_side.saw_reset);
}

TEST_CASE("a relay ends when reading a side fails, after passing on everything before") {
  for (std::size_t at = 0; at <= 6; ++at) {
    CAPTURE(at);
    auto near_side = sending({"abc", "def"});
    far_side far_side;
    far_side.ends = false;
    near_side.read_fails_at = at;
    scene stage(near_side, far_side);
    CHECK(outcome(stage, stage.start()) == std::errc::connection_reset);
    CHECK(far_side.taken == std::string("abcdef").substr(0, at));
    CHECK(stage.seen.forth == far_side.taken);
    CHECK_FALSE(far_side.saw_end);
    CHECK(far_side.saw_reset);
    CHECK(near_side.saw_reset);
  }
}

TEST_CASE("a relay passes on what a side has sent that does not read any more") {
  for (std::size_t at = 0; at < 6; ++at) {
    CAPTURE(at);
    auto near_side = sending({"abc", "def"});
    near_side.ends = false;
    auto far_side = failing_at(at, std::errc::broken_pipe);
    scene stage(near_side, far_side);
    CHECK(outcome(stage, stage.start()) == std::errc::broken_pipe);
    CHECK(far_side.taken == std::string("abcdef").substr(0, at));
    CHECK(stage.seen.forth == far_side.taken);
    CHECK(near_side.taken == "12");
    CHECK(near_side.saw_end);
    CHECK_FALSE(near_side.saw_reset);
  }
}

TEST_CASE("a relay passes on what a side has sent that resets the connection, and then the reset") {
  for (std::size_t at = 0; at < 6; ++at) {
    CAPTURE(at);
    auto near_side = sending({"abc", "def"});
    near_side.ends = false;
    auto far_side = failing_at(at, std::errc::connection_reset);
    scene stage(near_side, far_side);
    CHECK(outcome(stage, stage.start()) == std::errc::connection_reset);
    CHECK(near_side.taken == "12");
    CHECK_FALSE(near_side.saw_end);
    CHECK(near_side.saw_reset);
  }
}

TEST_CASE("a relay ends when the system cannot write, though the other direction could go on") {
  for (const auto reason : {std::errc::no_buffer_space, std::errc::not_enough_memory}) {
    for (std::size_t at = 0; at < 6; ++at) {
      CAPTURE(at);
      auto near_side = sending({"abc", "def"});
      auto far_side = sending({"1"});
      near_side.ends = far_side.ends = false;
      far_side.write_fails_at = at;
      far_side.write_failure = reason;
      scene stage(near_side, far_side);
      const auto work = stage.start();
      support::run_ready(stage.context);
      REQUIRE(work->done);
      CHECK(outcome(stage, work) == reason);
      CHECK(near_side.saw_reset);
      CHECK(far_side.saw_reset);
    }
  }
}

TEST_CASE("a relay holds one buffer for a side that does not read") {
  constexpr std::size_t most = 128 * 1024;
  auto near_side = sending(std::vector<std::string>(64, std::string(most, 'x')));
  far_side far_side;
  far_side.ends = false;
  far_side.stalls_at = 10;
  scene stage(near_side, far_side);
  const auto work = stage.start();
  support::run_ready(stage.context);
  CHECK(far_side.taken.size() == 10);
  CHECK(stage.near_link.bytes_read() == most);
  CHECK(near_side.largest_room == most);
  CHECK(stage.seen.forth.size() == 10);
  stage.near_link.cancel();
  stage.far_link.cancel();
  CHECK(outcome(stage, work) == std::errc::operation_canceled);
}

TEST_CASE("a relay reports bytes in the order in which they were written") {
  auto near_side = sending({"abcdef"});
  far_side far_side;
  far_side.takes = 2;
  scene stage(near_side, far_side);
  bool all_taken = true;
  stage.seen.on_bytes = [&](way) { all_taken = all_taken && far_side.taken == stage.seen.forth; };
  CHECK(outcome(stage, stage.start()) == std::error_code());
  CHECK(all_taken);
  CHECK(stage.seen.forth == "abcdef$");
}

TEST_CASE("an exception of the observer ends a relay, whatever the other direction waits for") {
  auto near_side = sending({"abc"});
  near_side.ends = false;
  far_side far_side;
  far_side.ends = false;
  scene stage(near_side, far_side);
  stage.seen.on_bytes = [](way) { throw std::runtime_error("seen enough"); };
  CHECK_THROWS_WITH(support::finish(stage.context, stage.start()), "seen enough");
  CHECK(near_side.saw_reset);
  CHECK(far_side.saw_reset);
}
