#include "dump/resync.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace tools::dump {
namespace {

using state = chunk::header_reading::state;

/// The size of the pieces in which bytes that are not a chunk are given. Chosen.
constexpr std::size_t longest_piece = 64 * 1024;

/// The characters of a plausible ID without a protocol.
constexpr auto usual = [] {
  std::array<bool, 256> out{};
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                       "0123456789 _-.")) {
    out[static_cast<unsigned char>(c)] = true;
  }
  return out;
}();

}  // namespace

resync::resync(const chunk::protocol& rules, std::uint64_t max_payload, std::uint64_t offset)
    : rules_(rules), max_payload_(max_payload), offset_(offset) {}

void resync::add(std::span<const std::byte> bytes) {
  if (begin_ > buffer_.size() / 2) {
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(begin_));
    begin_ = 0;
  }
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

std::optional<resync::event> resync::next() {
  return fault_ ? search() : next_chunk();
}

std::optional<resync::event> resync::next_chunk() {
  const auto held = rest();
  const auto& how = rules_.framing;
  const auto front = how.read_header(held);
  if (held.empty() || (front.is == state::partial && !ended_)) return std::nullopt;
  if (front.is == state::whole && front.head.length <= max_payload_) {
    const auto size = how.chunk_size(front);
    if (size <= held.size()) {
      event out;
      auto& whole = out.whole;
      whole.head = front.head;
      whole.offset = offset_;
      whole.payload = held.subspan(front.size, static_cast<std::size_t>(front.head.length));
      whole.begins = whole.ends = true;
      whole.header_size = front.size;
      whole.declared = front.value;
      whole.tail =
          held.subspan(front.size + whole.payload.size(), static_cast<std::size_t>(front.tail));
      begin_ += static_cast<std::size_t>(size);
      offset_ += size;
      return out;
    }
    if (!ended_) return std::nullopt;
  }
  fault_ = reason();
  searched_ = 1;
  return search();
}

/// Describes the fault of the chunk at the front of the bytes that are held.
chunk::error resync::reason() const {
  chunk::decoder inner(max_payload_, rules_.framing);
  inner.skip(offset_);
  auto input = rest();
  chunk::fragment ignored;
  const auto taken = inner.next(input, ignored);
  return taken ? inner.finish().error() : taken.error();
}

bool resync::is_plausible(const chunk::id& id) const {
  if (!rules_.rules.empty()) {
    const auto* known = rules_.find(id);
    return known && known->outer;
  }
  return std::ranges::all_of(
      id.value(), [](std::byte value) { return usual[std::to_integer<std::size_t>(value)]; });
}

/// Says whether there is a whole plausible chunk at `at`, and moves `at` to its end.
resync::answer resync::is_chunk_at(std::size_t& at) const {
  const auto held = rest(at);
  const auto short_of = ended_ ? answer::no : answer::unknown;
  const auto front = rules_.framing.read_header(held);
  if (front.is == state::partial) return short_of;
  const bool plausible = front.is == state::whole && is_plausible(front.head.id);
  if (!plausible || front.head.length > max_payload_) return answer::no;
  const auto size = rules_.framing.chunk_size(front);
  if (size > held.size()) return short_of;
  at += static_cast<std::size_t>(size);
  return answer::yes;
}

resync::answer resync::is_chain_at(std::size_t at) const {
  for (int count = 0; count < 2; ++count) {
    const auto found = is_chunk_at(at);
    if (found != answer::yes) return found;
  }
  // The stream ends exactly after it, which is very unlikely by chance.
  const auto held = rest(at);
  if (held.empty()) return answer::yes;
  const auto third = rules_.framing.read_header(held);
  if (third.is == state::malformed) return answer::no;
  if (!third.has_id()) return ended_ ? answer::no : answer::unknown;
  return is_plausible(third.head.id) ? answer::yes : answer::no;
}

std::optional<resync::event> resync::search() {
  for (; searched_ < rest().size(); ++searched_) {
    const auto found = is_chain_at(searched_);
    if (found == answer::yes) return skipped(searched_, true);
    if (found == answer::unknown) break;
    if (searched_ == longest_piece) return skipped(searched_, false);
  }
  if (!ended_) return std::nullopt;
  return skipped(searched_, true);
}

resync::event resync::skipped(std::size_t count, bool last) {
  event out;
  out.fault = fault_;
  out.bytes = rest().first(count);
  out.offset = offset_;
  out.last = last;
  begin_ += count;
  offset_ += count;
  searched_ = 0;
  if (last) fault_.reset();
  return out;
}

}  // namespace tools::dump
