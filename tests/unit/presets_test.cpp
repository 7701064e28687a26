// The built-in protocols: what foreign programs have written is read as a foreign parser reads it.
// tests/data/framings/make.py says how the samples were made.
#include "support/bytes.hpp"
#include "support/framed.hpp"
#include "support/samples.hpp"

#include <chunk/framing.hpp>
#include <chunk/notation.hpp>
#include <chunk/protocol.hpp>
#include <chunk/validation.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace std::literals;
using support::buffer;
using support::chars;
using support::sent;

namespace {

chunk::protocol protocol_of(const std::string& sample) {
  return chunk::value_or_throw(chunk::find_protocol(sample.substr(0, sample.find('.'))));
}

chunk::stream_side side_of(std::string_view sample) {
  if (sample.ends_with(".client")) return chunk::stream_side::client;
  return sample.ends_with(".server") ? chunk::stream_side::server : chunk::stream_side::unknown;
}

/// A chunk of a stream as it came, joined from its fragments.
struct joined {
  chunk::fragment last;
  buffer front, payload, tail;

  chunk::placed_chunk placed() const {
    return {{last.head.id, payload, front}, last.offset, last.header_size, tail};
  }
};

/// The chunks of a stream that comes in pieces of `size` bytes.
std::vector<joined> decoded(const chunk::framing& how, std::string_view stream, std::size_t size) {
  chunk::decoder decoder(chunk::no_limit, how);
  std::vector<joined> out;
  const auto take = [&](std::span<const std::byte> piece) {
    chunk::fragment now;
    while (chunk::value_or_throw(decoder.next(piece, now))) {
      if (now.kind != chunk::fragment_kind::chunk) continue;
      if (now.begins) out.emplace_back();
      auto& chunk = out.back();
      chunk.last = now;
      chunk.front.assign(now.head.front.begin(), now.head.front.end());
      chunk.payload.insert(chunk.payload.end(), now.payload.begin(), now.payload.end());
      chunk.tail.assign(now.tail.begin(), now.tail.end());
      CHECK(!now.wrong_trailer);
      // Python's wave leaves out the last byte of padding.
      CHECK((!now.wrong_padding || now.tail.empty()));
    }
  };
  for (std::size_t at = 0; at < stream.size(); at += size) {
    take(support::copied(stream.substr(at, size)));
  }
  decoder.end();
  take({});
  chunk::value_or_throw(decoder.finish());
  return out;
}

std::string id_text(const chunk::id& id) {
  if (id.form && id.form->is_number) return std::to_string(id.number());
  return id.size() == 0 ? "-"s : to_text(id);
}

/// Lists a chunk and what it contains: level, offset, ID, length in the header, bytes of payload.
void list(std::string& out, const chunk::protocol& rules, const chunk::placed_chunk& given,
          std::uint64_t declared, std::size_t level) {
  out += std::to_string(level) + ' ' + std::to_string(given.offset) + ' ' + id_text(given.id) +
         ' ' + std::to_string(declared) + ' ' + std::to_string(given.payload.size()) + '\n';
  const auto inside = unnest(rules, given, given.payload_offset(), level);
  CHECK(inside.fault.detail == "");
  const auto* known = rules.find(given.id);
  for (const auto& each : inside.subchunks) {
    const auto how = known->framing.definition ? known->framing : rules.framing;
    list(out, rules, each, how.read_header(each.front).value, level + 1);
  }
}

}  // namespace

TEST_CASE("every built-in protocol is one, says what it is, and has a sample") {
  std::set<std::string, std::less<>> sampled{"example", "none"};
  for (const auto& each : support::framed_samples()) sampled.insert(each.substr(0, each.find('.')));
  for (const auto name : chunk::protocol_names()) {
    CAPTURE(name);
    const auto rules = chunk::find_protocol(name);
    CHECK((rules ? ""s : to_text(rules.error())) == "");
    if (!rules) continue;
    CHECK(rules->name == name);
    const auto summary = chunk::protocol_summary(name);
    CHECK(!summary.empty());
    CHECK(summary.size() + 18 <= 80);  // behind the names; -p help has 80 columns
    CHECK(std::ranges::all_of(summary, [](char c) { return c >= ' ' && c <= '~'; }));
    CHECK(sampled.contains(name));
    for (const auto& rule : rules->rules) {
      CAPTURE(to_text(rule.id));
      CHECK(!chunk::is_reserved_word(to_text(rule.id)));
    }
  }
  CHECK(chunk::protocol_summary("nonsense") == "");
}

TEST_CASE("a chunk that is encoded without its header is decoded again") {
  for (const auto& name : support::framed_samples()) {
    CAPTURE(name);
    const auto rules = protocol_of(name);
    const auto how = rules.framing.of(side_of(name));
    const auto stream = support::sample("framings/" + name + ".bin");
    for (const auto& each : decoded(how, stream, stream.size())) {
      const chunk::header head{each.last.head.id, each.payload.size()};
      // The first chunk of a client is another one, and a length may have another meaning.
      if (head.id.form != how.ids() || !how.can_declare(head)) continue;
      const chunk::chunk_view given{head.id, each.payload};
      buffer made, front;
      append(made, given, how);
      append(front, head, how);
      CHECK(how.header_size(head) == front.size());
      buffer again(encoded_size(given, how));
      CHECK(encode(given, again, how) == again.size());
      CHECK(again == made);
      buffer written(front.size());
      how.write_header(head, written);
      CHECK(written == front);
      chunk::placed_chunk found;
      std::uint64_t offset = 0;
      std::span<const std::byte> rest = made;
      REQUIRE(take_chunk(how, rest, offset, found));
      CHECK(rest.empty());
      CHECK(found.id == given.id);
      CHECK(std::ranges::equal(found.payload, given.payload));
      CHECK(std::ranges::equal(found.front, front));
    }
  }
}

TEST_CASE("what foreign programs have written is divided as a foreign parser divides it") {
  for (const auto& name : support::framed_samples()) {
    CAPTURE(name);
    const auto rules = protocol_of(name);
    const auto stream = support::sample("framings/" + name + ".bin");
    std::string listed;
    for (const auto side : {side_of(name), chunk::stream_side::unknown}) {
      listed.clear();
      for (const auto& each : decoded(rules.framing.of(side), stream, stream.size())) {
        list(listed, rules, each.placed(), each.last.declared, 0);
      }
      CHECK(listed == support::sample("framings/" + name + ".list"));
    }
    for (const std::size_t size : {1U, 2U, 3U, 7U, 64U}) {
      CAPTURE(size);
      std::string again;
      for (const auto& each : decoded(rules.framing.of(side_of(name)), stream, size)) {
        list(again, rules, each.placed(), each.last.declared, 0);
      }
      CHECK(again == listed);
    }
  }
}

TEST_CASE("what foreign programs have written is shown so that the same bytes come of it") {
  for (const auto& name : support::framed_samples()) {
    CAPTURE(name);
    const auto rules = protocol_of(name);
    const auto how = rules.framing.of(side_of(name));
    const auto stream = support::sample("framings/" + name + ".bin");
    const auto chunks = decoded(how, stream, stream.size());
    REQUIRE(!chunks.empty());
    auto again = stream.substr(0, static_cast<std::size_t>(chunks.front().last.offset));
    for (const auto& each : chunks) {
      const auto text = to_text(each.placed(), rules);
      CAPTURE(text);
      // A large length that a small one would do for is never written.
      CHECK(text.starts_with("raw-send:") ==
            (name == "mp4.large" && to_text(each.last.head.id) == "free"));
      again += chars(sent(text, rules));
    }
    CHECK(again == stream);
    const auto start = how.start();
    if (!start.bytes.empty()) CHECK(stream.starts_with(chars(start.bytes)));
  }
}

TEST_CASE("what foreign programs have written has nothing wrong") {
  for (const auto& name : support::framed_samples()) {
    CAPTURE(name);
    const auto rules = protocol_of(name);
    const auto stream = support::sample("framings/" + name + ".bin");
    for (const auto& each : decoded(rules.framing.of(side_of(name)), stream, stream.size())) {
      for (const auto& finding : validate(rules, each.placed())) {
        CAPTURE(finding.text);
        // Python's wave leaves out the last byte of padding.
        CHECK(name == "riff.wav");
        CHECK((finding.type == chunk::finding::kind::bad_padding));
      }
    }
  }
}
