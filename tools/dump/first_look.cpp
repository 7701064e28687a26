#include "dump/first_look.hpp"

#include <chunk/protocol.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

namespace tools::dump {
namespace {

/// The bytes at the beginning that can tell a format. Chosen: the longest bytes before a first
/// chunk and its header have fewer.
constexpr std::size_t longest_front = 64;

/// Chosen: "RIFF" has as many, and random bytes are rarely equal to so many.
constexpr std::size_t least_telling = 4;

/// Says whether a stream of the protocol may begin with a chunk that it knows, if it knows any.
bool may_begin(const chunk::protocol& rules, const chunk::framing& how,
               std::span<const std::byte> front) {
  const auto start = how.start();
  if (front.size() < start.count || !start.fits(front)) return false;
  const auto first = how.read_header(front.subspan(start.count));
  if (first.is != chunk::header_reading::state::whole) return false;
  if (rules.rules.empty() || first.head.id.size() == 0) return true;
  const auto* const known = rules.find(first.head.id);
  return known && known->outer;
}

/// Counts the bytes of at most longest_front in which no bit may be another one.
std::size_t count_telling(const chunk::protocol& rules, const chunk::framing& how,
                          std::span<const std::byte> front) {
  if (!may_begin(rules, how, front)) return 0;
  std::array<std::byte, longest_front> room;
  const auto other = std::span(room).first(front.size());
  std::copy(front.begin(), front.end(), other.begin());
  std::size_t count = 0;
  for (auto& each : other) {
    bool tells = true;
    for (int bit = 0; bit < 8 && tells; ++bit) {
      const auto flipped = std::byte{1} << bit;
      each ^= flipped;
      tells = !may_begin(rules, how, other);
      each ^= flipped;
    }
    if (tells) ++count;
  }
  return count;
}

/// Says whether both framings have the same chunk at the front.
bool is_same_chunk(const chunk::framing& how, std::span<const std::byte> front) {
  const auto one = how.read_header(front);
  const auto other = chunk::framing{}.read_header(front);
  return how.start().count == 0 && one.size == other.size && one.head.length == other.head.length &&
         std::ranges::equal(one.head.id.value(), other.head.id.value());
}

/// Says whether the four bytes of a length in the chunk framing are characters of a text.
bool looks_like_text(std::uint64_t length) {
  for (int at = 0; at < 4; ++at, length >>= 8) {
    const auto each = static_cast<unsigned char>(length & 0xff);
    const bool blank = each == '\t' || each == '\n' || each == '\r';
    if (!blank && (each < 0x20 || each > 0x7e)) return false;
  }
  return true;
}

}  // namespace

std::optional<resemblance> find_resemblance(std::span<const std::byte> front) {
  using enum chunk::stream_side;
  front = front.first(std::min(front.size(), longest_front));
  std::optional<resemblance> out;
  std::size_t most = least_telling - 1;
  for (const auto name : chunk::protocol_names()) {
    const auto rules = chunk::find_protocol(name);
    if (!rules || !rules->framing.definition) continue;
    for (const auto side : {client, server}) {
      const auto how = rules->framing.of(side);
      const auto telling = count_telling(*rules, how, front);
      if (telling <= most) continue;
      most = telling;
      out = {std::string(name), is_same_chunk(how, front)};
    }
  }
  return out;
}

std::optional<first_look::verdict> first_look::add(const chunk::fragment& given,
                                                   std::span<const std::byte> bytes) {
  if (over_ || !given.begins) return std::nullopt;
  const bool first = !std::exchange(begun_, true);
  if (first) {
    const auto kept = bytes.first(std::min(bytes.size(), longest_front));
    front_.assign(kept.begin(), kept.end());
  }
  if (given.head.length >= least_doubted) return judge(given, first);
  made_sense_ = made_sense_ || is_printable(given.head.id);
  return std::nullopt;
}

std::optional<first_look::verdict> first_look::judge(const chunk::fragment& long_one, bool first) {
  const auto& head = long_one.head;
  const bool sense = is_printable(head.id) && !looks_like_text(head.length);
  const bool all_made_none = !made_sense_ && !sense;
  made_sense_ = made_sense_ || sense;
  if (sense && !first) return std::nullopt;
  over_ = !sense;
  const auto found = find_resemblance(front_);
  if (found && (!sense || !found->same)) {
    over_ = true;
    return verdict{true, fmt::format("does not look like a chunk stream, but like {0}: try -p {0}",
                                     found->protocol)};
  }
  if (found) return verdict{false, fmt::format("looks like {0}: try -p {0}", found->protocol)};
  if (!all_made_none) return std::nullopt;
  return verdict{true, fmt::format("does not look like a chunk stream: at byte {:#x}, {} declares "
                                   "{} bytes; -p none shows all of it",
                                   long_one.offset, to_text(head.id), head.length)};
}

}  // namespace tools::dump
