// The part of a stream that a slow reader gets.
#include "send/reader_queue.hpp"

#include "support/bytes.hpp"

#include <chunk/framing.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace {

using tools::send::reader_queue;

/// A chunk on the wire whose payload is `size` times `letter`.
std::vector<std::byte> chunk_of(std::size_t size, char letter) {
  const std::vector<std::byte> payload(size, static_cast<std::byte>(letter));
  std::vector<std::byte> out;
  append(out, chunk::chunk_view{chunk::value_or_throw(chunk::parse_id("ECHO")), payload});
  return out;
}

/// Gives a whole chunk to a queue.
void give(reader_queue& to, const std::vector<std::byte>& wire) {
  chunk::fragment whole;
  whole.begins = whole.ends = true;
  to.add(whole, wire);
}

/// Gives a fragment of a chunk.
void give_part(reader_queue& to, bool begins, bool ends, const std::vector<std::byte>& raw) {
  chunk::fragment some;
  some.begins = begins;
  some.ends = ends;
  to.add(some, raw);
}

/// The chunks that are queued, each by a letter of its payload.
std::string letters(reader_queue& from) {
  std::string out;
  for (const auto& each : chunk::value_or_throw(chunk::split(from.front()))) {
    out += each.payload.empty() ? '.' : std::to_integer<char>(each.payload.front());
  }
  return out;
}

}  // namespace

TEST_CASE("a reader that joins inside a chunk begins with the next one") {
  reader_queue queue;
  give_part(queue, false, false, std::vector<std::byte>(10));
  give_part(queue, false, true, std::vector<std::byte>(10));
  CHECK(queue.empty());
  CHECK(queue.dropped() == 0);
  give(queue, chunk_of(3, 'a'));
  CHECK(letters(queue) == "a");
  CHECK(queue.chunks() == 1);
}

TEST_CASE("a reader that is behind loses the chunks that do not fit, and only those") {
  reader_queue queue;
  give(queue, chunk_of(reader_queue::limit, 'a'));
  CHECK(queue.full());
  queue.fall_behind();
  give(queue, chunk_of(1, 'b'));
  CHECK(queue.dropped() == 1);
  queue.pop(1000);
  give(queue, chunk_of(900, 'c'));
  give(queue, chunk_of(900, 'd'));
  CHECK(queue.dropped() == 2);
  queue.pop(reader_queue::limit + support::header_size - 1000);
  CHECK(letters(queue) == "c");
  CHECK(queue.behind());
  queue.pop(queue.front().size());
  CHECK_FALSE(queue.behind());
  give(queue, chunk_of(2, 'e'));
  CHECK(letters(queue) == "e");
  CHECK(queue.chunks() == 3);
  CHECK(queue.dropped() == 2);
}

TEST_CASE("a reader that is not behind gets every chunk, however large") {
  reader_queue queue;
  for (const char each : {'a', 'b', 'c'}) give(queue, chunk_of(reader_queue::limit, each));
  CHECK(letters(queue) == "abc");
  CHECK(queue.dropped() == 0);
}

TEST_CASE(
    "a chunk that has begun is completed, and one that comes in fragments is dropped as a whole") {
  reader_queue queue;
  give(queue, chunk_of(1, 'a'));
  give_part(queue, true, false, std::vector<std::byte>(10));
  CHECK(queue.inside());
  queue.fall_behind();
  give_part(queue, false, true, std::vector<std::byte>(10));
  CHECK_FALSE(queue.inside());
  CHECK(queue.front().size() == support::header_size + 1 + 20);
  give_part(queue, true, false, std::vector<std::byte>(10));
  give_part(queue, false, true, std::vector<std::byte>(10));
  CHECK(queue.front().size() == support::header_size + 1 + 20);
  CHECK(queue.dropped() == 1);
}
