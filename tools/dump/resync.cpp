#include "dump/resync.hpp"

#include <chunk/session/chunk_reader.hpp>

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

resync::resync(const chunk::protocol& rules, std::uint64_t max_payload, std::uint64_t offset,
               chunk::stream_side side)
    : rules_(rules), framing_(rules.framing.of(side)), max_payload_(max_payload), offset_(offset) {}

void resync::add(std::span<const std::byte> bytes) {
  if (begin_ > buffer_.size() / 2) {
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(begin_));
    begin_ = 0;
  }
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

std::optional<resync::event> resync::next() {
  if (fault_) return search();
  if (!decoder_ && !start()) return std::nullopt;
  return next_chunk();
}

/// Makes a decoder for the next chunk. Returns: false if it takes more bytes to tell whose stream
/// it is, or what stands before the first chunk
bool resync::start() {
  const auto held = rest();
  if (offset_ == 0) {
    const auto whose = chunk::find_side(framing_, held, ended_);
    if (!whose || (held.size() < whose->start().count && !ended_)) return false;
    framing_ = *whose;
  }
  decoder_.emplace(max_payload_, framing_);
  decoder_->skip(offset_);
  // Without anything before the first chunk, the decoder is then at this chunk.
  std::span<const std::byte> none;
  chunk::fragment ignored;
  if (framing_.start().count == 0) static_cast<void>(decoder_->next(none, ignored));
  return true;
}

/// Takes `count` bytes, which the decoder makes one chunk of, or what stands before the first one.
std::optional<resync::event> resync::taken(std::size_t count) {
  event out;
  auto input = rest().first(count);
  const auto given = decoder_->next(input, out.whole);
  if (!given || !*given) return begin_search();
  if (!out.whole.ends) {
    // The padding of the last chunk may be missing.
    decoder_->end();
    chunk::fragment end;
    const auto ends = decoder_->next(input, end);
    if (!ends || !*ends) return begin_search();
    end.payload = out.whole.payload;
    end.begins = true;
    out.whole = end;
  }
  out.raw = rest().first(count);
  begin_ += count;
  offset_ += count;
  return out;
}

/// Takes the chunk that is all that follows.
resync::event resync::taken_open(const chunk::header_reading& front) {
  event out;
  auto& whole = out.whole;
  whole.head = front.head;
  whole.offset = offset_;
  whole.payload = rest(front.size);
  out.raw = rest();
  whole.begins = whole.ends = whole.open = true;
  whole.header_size = front.size;
  whole.declared = front.value;
  begin_ = buffer_.size();
  offset_ += front.size + whole.payload.size();
  return out;
}

std::optional<resync::event> resync::next_chunk() {
  const auto held = rest();
  if (held.empty()) return std::nullopt;
  if (decoder_->pending()) return taken(std::min(framing_.start().count, held.size()));
  const auto front = decoder_->peek(held);
  if (front.is == state::partial && !ended_) return std::nullopt;
  if (front.is == state::whole && front.open) {
    if (ended_) return taken_open(front);
    if (held.size() <= max_payload_) return std::nullopt;
  } else if (front.is == state::whole && front.head.length <= max_payload_) {
    const auto size = framing_.chunk_size(front);
    if (size <= held.size()) return taken(static_cast<std::size_t>(size));
    if (!ended_) return std::nullopt;
    if (size - front.padding <= held.size()) return taken(held.size());
  }
  return begin_search();
}

std::optional<resync::event> resync::begin_search() {
  fault_ = reason();
  decoder_.reset();
  searched_ = 1;
  return search();
}

/// Describes the fault of the chunk at the front of the bytes that are held.
chunk::error resync::reason() const {
  chunk::decoder inner(max_payload_, framing_);
  inner.skip(offset_);
  auto input = rest();
  chunk::fragment ignored;
  const auto given = inner.next(input, ignored);
  if (!given) return given.error();
  const auto whole = inner.finish();
  return whole ? chunk::too_large(ignored.head, offset_, max_payload_) : whole.error();
}

bool resync::is_plausible(const chunk::id& id) const {
  if (id.size() == 0) return true;  // other bytes of the header have told
  if (!rules_.rules.empty()) {
    const auto* known = rules_.find(id);
    return known && known->outer;
  }
  if (id.form && id.form->is_number) return true;
  return std::ranges::all_of(
      id.value(), [](std::byte value) { return usual[std::to_integer<std::size_t>(value)]; });
}

/// Says whether there is a whole plausible chunk at `at`, and moves `at` to its end.
resync::answer resync::is_chunk_at(std::size_t& at) const {
  const auto held = rest(at);
  const auto short_of = ended_ ? answer::no : answer::unknown;
  const auto front = framing_.read_header(held);
  if (front.is == state::partial) return short_of;
  if (front.open) return answer::no;
  const bool plausible = front.is == state::whole && is_plausible(front.head.id);
  if (!plausible || front.head.length > max_payload_) return answer::no;
  const auto size = framing_.chunk_size(front);
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
  const auto third = framing_.read_header(held);
  if (third.is == state::malformed) return answer::no;
  if (third.is == state::partial && third.id_size == 0)
    return ended_ ? answer::no : answer::unknown;
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
