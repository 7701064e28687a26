#include "framed_decoder.hpp"

#include "framing_errors.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cassert>
#include <optional>
#include <utility>

namespace chunk {
namespace {

/// Says of a fragment that ends a chunk whether what follows the payload is right. `sum` is the
/// checksum of what the trailer covers, if all of that was seen.
void note_tail_faults(fragment& out, const framing_definition& how,
                      std::optional<std::uint32_t> sum) {
  const auto parts = how.split_tail(out.tail);
  if (!parts.trailer.empty() && sum) out.wrong_trailer = !how.is_trailer(parts.trailer, *sum);
  out.wrong_padding = !parts.has_zero_padding() || how.padding(out.chunk_size()) != 0;
}

}  // namespace

framed_decoder::framed_decoder(std::uint64_t max_payload, const framing& how)
    : how_(how.definition), side_(how.side), max_payload_(max_payload) {
  const bool starts = how_->start_of(stream_side::client).size() > 0 ||
                      how_->start_of(stream_side::server).size() > 0;
  undecided_ = side_ == stream_side::unknown && !how_->starts_alike();
  if (!starts || (!undecided_ && how_->start_of(side_).size() == 0)) at_ = phase::header;
}

/// Takes up to `most` bytes from the front of the input.
std::span<const std::byte> framed_decoder::take(std::span<const std::byte>& input,
                                                std::uint64_t most) {
  const auto taken =
      input.first(static_cast<std::size_t>(std::min<std::uint64_t>(most, input.size())));
  input = input.subspan(taken.size());
  offset_ += taken.size();
  return taken;
}

/// Bytes from the present header to the end of the container.
std::uint64_t framed_decoder::limit() const {
  if (containers_.empty() || containers_.back().endless) return no_limit;
  return containers_.back().end - (offset_ - stash_.size());
}

/// Gives what of the input stands in the container.
std::span<const std::byte> framed_decoder::up_to_limit(std::span<const std::byte> input) const {
  return input.first(static_cast<std::size_t>(std::min<std::uint64_t>(limit(), input.size())));
}

/// Says whether the next header can be the first one of a client. Whose stream it is may have to
/// show by the ID that an ordinary header would have, which has to come before the other one ends.
bool framed_decoder::may_open() const {
  if (!first_ || !how_->opening || !containers_.empty()) return false;
  if (side_ != stream_side::unknown) return side_ == stream_side::client;
  return how_->header.id_end() <= how_->opening->shortest();
}

/// Says whether the next header, which begins with `bytes`, is the first one of a client.
bool framed_decoder::opens(std::span<const std::byte> bytes) const {
  if (!may_open()) return false;
  if (side_ == stream_side::client) return true;
  const auto front = how_->read(bytes);
  return front.has_id() && std::ranges::find(how_->known, front.head.id) == how_->known.end();
}

/// Bytes to take of a header of which `front` is the beginning. Without its ID it may be that of
/// another layout, which is shorter.
std::size_t framed_decoder::needed(const header_reading& front) const {
  const bool decided = front.has_id() || !may_open() || side_ == stream_side::client;
  return decided ? front.size : std::min<std::size_t>(front.size, how_->header.id_end());
}

header_reading framed_decoder::read(std::span<const std::byte> bytes) const {
  return present().read(bytes, opens(bytes));
}

/// Says whether a chunk ends before its container does, perhaps without its padding.
bool framed_decoder::fits(const header_reading& front) const {
  const auto most = limit();
  if (most == no_limit || front.open) return front.size <= most;
  const auto needed = front.size + front.tail - front.padding;
  return needed <= most && front.head.length <= most - needed;
}

header_reading framed_decoder::peek(std::span<const std::byte> input) const {
  const auto bytes = up_to_limit(input);
  auto front = read(bytes);
  const bool ends_early = front.is == header_reading::state::partial && bytes.size() == limit();
  const bool overflows = front.is == header_reading::state::whole && !fits(front);
  if (ends_early || overflows) front.is = header_reading::state::malformed;
  return front;
}

bool framed_decoder::between_chunks() const {
  return (at_ == phase::start || at_ == phase::header) && stash_.empty();
}

bool framed_decoder::pending() const {
  if (at_ == phase::start || at_ == phase::stray || replayed_ < replay_.size()) return true;
  if (at_ != phase::header || containers_.empty()) return false;
  return limit() == 0 || (ended_ && containers_.back().endless);
}

/// Payload bytes of the current chunk that were taken.
std::uint64_t framed_decoder::payload_so_far() const {
  return offset_ - chunk_.offset - chunk_.front.size();
}

/// Payload bytes of the current chunk up to its end or to the limit.
std::uint64_t framed_decoder::allowed() const {
  return chunk_.open ? std::min(remaining_, max_payload_ - payload_so_far()) : remaining_;
}

std::uint64_t framed_decoder::remaining() const {
  if (at_ != phase::payload) return 0;
  return std::min(remaining_, limited_sum(allowed(), 1));
}

void framed_decoder::skip(std::uint64_t count) {
  assert(count <= limit());
  offset_ += count;
  if (count == 0) return;
  first_ = false;
  if (at_ == phase::start) at_ = phase::header;
}

void framed_decoder::skip_payload(std::uint64_t count) {
  assert(count < remaining());
  offset_ += count;
  if (!chunk_.endless) remaining_ -= count;
  chunk_.skipped = true;
}

std::span<const std::byte> framed_decoder::partial_header() const {
  // What has come of an incomplete trailer or padding is in no fragment either.
  const bool stashed =
      at_ == phase::start || at_ == phase::header || at_ == phase::tail || at_ == phase::refused;
  return stashed ? std::span<const std::byte>(stash_) : std::span<const std::byte>();
}

void framed_decoder::enter(const framing& inner) {
  assert(at_ == phase::payload || at_ == phase::tail);
  chunk_.subchunks = inner.definition;
  chunk_.skipped = true;
  // A length near the greatest one goes beyond every stream.
  chunk_.end = offset_ + std::min(remaining_, no_limit - 1 - offset_);
  containers_.push_back(std::exchange(chunk_, {}));
  at_ = phase::header;
}

/// Goes on behind the subchunks of a container.
void framed_decoder::leave() {
  chunk_ = std::move(containers_.back());
  containers_.pop_back();
  remaining_ = 0;
  begun_ = true;
  at_ = phase::payload;
}

framed_decoder::step framed_decoder::refuse(error why) {
  fault_ = std::move(why);
  at_ = phase::refused;
  return step::again;
}

// --- what stands before the first chunk ---

framed_decoder::step framed_decoder::find_side(std::span<const std::byte>& input) {
  constexpr auto client = stream_side::client, server = stream_side::server;
  const auto most = std::max(how_->start_of(client).size(), how_->start_of(server).size());
  const auto more = input.first(std::min(most - stash_.size(), input.size()));
  auto there = stash_;
  there.insert(there.end(), more.begin(), more.end());
  const bool all = ended_ && more.size() == input.size();
  const auto whose = chunk::find_side({how_, side_}, there, all);
  if (!whose) {
    take(input, more.size());
    stash_ = std::move(there);
    return step::needs_more;
  }
  side_ = whose->side;
  undecided_ = false;
  // What came before is read again as the stream of that side.
  replay_ = std::exchange(stash_, {});
  offset_ = 0;
  return step::again;
}

framed_decoder::step framed_decoder::take_start(std::span<const std::byte>& input, fragment& out) {
  if (undecided_) return find_side(input);
  const auto& known = how_->start_of(side_);
  const auto wanted = known.size() - stash_.size();
  const auto next = input.first(std::min(wanted, input.size()));
  const auto expected = std::span(known.bytes).subspan(known.bytes.empty() ? 0 : stash_.size());
  const auto stop = std::ranges::mismatch(next, expected);
  const bool differs = stop.in1 != next.end() && stop.in2 != expected.end();
  const auto right = known.bytes.empty() ? next.end() : stop.in1;
  const auto taken =
      take(input, static_cast<std::uint64_t>(right - next.begin()) + (differs ? 1 : 0));
  stash_.insert(stash_.end(), taken.begin(), taken.end());
  if (differs) {
    const auto begin = escaped(stash_), start = escaped(known.bytes);
    return refuse({errc::violation, fmt::format("no start at byte 0x0: the stream begins with {}, "
                                                "not with {}",
                                                begin, start)});
  }
  if (stash_.size() < known.size()) return step::needs_more;
  at_ = phase::header;
  if (stash_.empty()) return step::again;
  kept_ = std::exchange(stash_, {});
  out = {};
  out.kind = fragment_kind::preamble;
  out.header_size = 0;
  out.payload = kept_;
  out.begins = out.ends = true;
  return step::gave;
}

// --- chunks ---

/// Sets what all chunks on the present level have in common.
void framed_decoder::prepare(fragment& out) const {
  out.kind = fragment_kind::chunk;
  out.open = false;
  out.enters = false;
  out.leaves = false;
  out.wrong_trailer = false;
  out.wrong_padding = false;
  out.level = static_cast<std::uint16_t>(containers_.size());
}

void framed_decoder::describe(fragment& out) const {
  prepare(out);
  out.head = chunk_.head;
  out.head.front = chunk_.front;
  out.offset = chunk_.offset;
  out.open = chunk_.open;
  out.header_size = chunk_.front.size();
  out.tail = {};
  out.declared = chunk_.declared;
  out.payload = {};
  out.begins = !begun_;
  out.ends = false;
}

/// Completes the fragment that ends a chunk.
void framed_decoder::end_chunk(fragment& out, std::span<const std::byte> tail) {
  out.ends = true;
  out.leaves = chunk_.subchunks != nullptr;
  out.tail = tail;
  at_ = phase::header;
  begun_ = false;
  if (!chunk_.has_tail) return;
  std::optional<std::uint32_t> sum;
  if (!chunk_.skipped) sum = chunk_.checksum;
  note_tail_faults(out, *chunk_.how, sum);
}

bool framed_decoder::take_whole(std::span<const std::byte>& input, fragment& out,
                                std::uint64_t most) noexcept {
  if (at_ != phase::header || !stash_.empty() || replayed_ < replay_.size()) return false;
  const auto longest = std::min(most, max_payload_);
  return present().plain && !may_open() ? take_plain(input, out, longest)
                                        : take_any(input, out, longest);
}

/// take_whole() for a chunk that consists of nothing but a header with an ID and a length, each in
/// its place, and a payload.
bool framed_decoder::take_plain(std::span<const std::byte>& input, fragment& out,
                                std::uint64_t longest) noexcept {
  const auto& how = present();
  const auto bytes = up_to_limit(input);
  const auto size = how.header.longest();
  if (bytes.size() < size) return false;
  const auto declared = how.header.length_in(bytes);
  const auto length = declared - how.plain->counted;
  if (declared < how.plain->counted ||
      length > std::min<std::uint64_t>(longest, bytes.size() - size)) {
    return false;
  }
  describe_whole(out, {how.header.id_in(bytes, how.ids), length, bytes.first(size)}, declared,
                 bytes);
  out.tail = {};
  input = input.subspan(size + static_cast<std::size_t>(length));
  offset_ += size + length;
  return true;
}

/// take_whole() for all other chunks.
bool framed_decoder::take_any(std::span<const std::byte>& input, fragment& out,
                              std::uint64_t longest) noexcept {
  const auto front = read(up_to_limit(input));
  return front.is == header_reading::state::whole && front.head.length <= longest &&
         give_whole(front, input, out);
}

/// Takes a chunk with the header `front` if it has come whole. Returns: false if it has not
bool framed_decoder::give_whole(const header_reading& front, std::span<const std::byte>& input,
                                fragment& out) noexcept {
  if (front.open) return false;
  const auto size = front.size + front.tail;
  if (input.size() < size || front.head.length > input.size() - size) return false;
  const auto most = limit();
  if (most != no_limit && (size > most || front.head.length > most - size)) return false;
  const auto& how = present();
  describe_whole(out, front.head, front.value, input);
  out.tail = input.subspan(front.size + out.payload.size(), static_cast<std::size_t>(front.tail));
  if (!out.tail.empty()) {
    note_tail_faults(out, how, how.checksum_of({front.head.id, out.payload, front.head.front}));
  }
  take(input, size + front.head.length);
  return true;
}

/// Describes a chunk that has come whole, with which `bytes` begin, except for its tail.
void framed_decoder::describe_whole(fragment& out, const header& head, std::uint64_t declared,
                                    std::span<const std::byte> bytes) noexcept {
  prepare(out);
  out.head = head;
  out.offset = offset_;
  out.header_size = head.front.size();
  out.payload = bytes.subspan(head.front.size(), static_cast<std::size_t>(head.length));
  out.begins = true;
  out.ends = true;
  out.declared = declared;
  first_ = false;
}

void framed_decoder::begin_chunk(const header_reading& front) {
  const auto header = front.head.front;
  chunk_.front.assign(header.begin(), header.end());
  chunk_.head = front.head;
  chunk_.head.front = {};
  chunk_.offset = begin_;
  chunk_.how = &present();
  chunk_.subchunks = nullptr;
  chunk_.declared = front.value;
  chunk_.open = front.open;
  chunk_.endless = front.open && limit() == no_limit;
  chunk_.has_tail = front.has_tail();
  chunk_.skipped = false;
  chunk_.padding = front.padding;
  const auto most = limit() == no_limit ? no_limit : limit() - front.size;
  remaining_ = front.open ? most : front.head.length;
  // The padding of the last subchunk may be missing.
  chunk_.tail = most == no_limit ? front.tail : std::min(front.tail, most - remaining_);
  chunk_.checksum = chunk_.how->begin_checksum(front.head.id, header);
  first_ = false;
  begun_ = false;
  at_ = phase::payload;
}

/// Gives up the rest of a container, in which there is no chunk where one should be.
void framed_decoder::go_astray(const header_reading& front, std::span<const std::byte> bytes) {
  stray_ = {errc::malformed, place_in(containers_.back().head.id, offset_ - stash_.size()) +
                                 misfit_reason(front, limit(), bytes)};
  chunk_ = {};
  if (front.is == header_reading::state::whole) {
    chunk_.head = {front.head.id, front.head.length};
  }
  begun_ = false;
  at_ = phase::stray;
}

framed_decoder::step framed_decoder::take_header(std::span<const std::byte>& input, fragment& out) {
  using state = header_reading::state;
  const auto most = limit();
  if (stash_.empty()) {
    begin_ = offset_;
    const bool left = most == 0 || (ended_ && input.empty() && most == no_limit);
    if (left && !containers_.empty()) {
      leave();
      return step::again;
    }
    if (input.empty()) return step::needs_more;
  }
  const bool in_pieces = !stash_.empty();
  auto bytes = in_pieces ? std::span<const std::byte>(stash_) : up_to_limit(input);
  auto front = read(bytes);
  // A header that comes in pieces is completed without taking what follows it.
  while (front.is == state::partial && bytes.size() < most) {
    if (input.empty() || !in_pieces) {
      if (in_pieces) return step::needs_more;
      stash_.assign(bytes.begin(), bytes.end());
      take(input, bytes.size());
      return step::needs_more;
    }
    const auto more = take(input, std::min<std::uint64_t>(needed(front), most) - bytes.size());
    stash_.insert(stash_.end(), more.begin(), more.end());
    bytes = stash_;
    front = read(bytes);
  }
  // What stands in a container is no longer than that, if it has an end.
  const bool is_too_large = front.is == state::whole && !front.open && most == no_limit &&
                            front.head.length > max_payload_;
  if (front.is != state::whole || !fits(front) || is_too_large) {
    if (!containers_.empty() && !is_too_large) {
      go_astray(front, bytes);
      return step::again;
    }
    // The bytes that show what is wrong are refused.
    const auto shown = std::min<std::size_t>(front.size, bytes.size());
    auto why = is_too_large ? too_large(front.head, begin_, max_payload_)
                            : no_header(bytes.first(shown), begin_);
    if (!in_pieces) {
      const auto wrong = take(input, shown);
      stash_.assign(wrong.begin(), wrong.end());
    }
    return refuse(std::move(why));
  }
  if (!in_pieces && give_whole(front, input, out)) return step::gave;
  begin_chunk(front);
  if (in_pieces) {
    stash_.clear();
  } else {
    take(input, front.size);
  }
  return step::again;
}

framed_decoder::step framed_decoder::take_payload(std::span<const std::byte>& input,
                                                  fragment& out) {
  if (chunk_.open && ended_ && input.empty()) remaining_ = 0;
  if (begun_ && remaining_ > 0 && input.empty()) return step::needs_more;
  if (begun_ && remaining_ == 0 && chunk_.tail > 0) {
    at_ = phase::tail;
    return step::again;
  }
  if (begun_ && remaining_ > 0 && allowed() == 0) {
    return refuse(too_long(chunk_.head, chunk_.offset, max_payload_));
  }
  describe(out);
  out.payload = take(input, allowed());
  if (!chunk_.endless) remaining_ -= out.payload.size();
  if (!chunk_.skipped) chunk_.checksum = chunk_.how->add_to_checksum(chunk_.checksum, out.payload);
  begun_ = true;
  if (remaining_ > 0) return step::gave;
  at_ = phase::tail;
  if (input.size() >= chunk_.tail) end_chunk(out, take(input, chunk_.tail));
  return step::gave;
}

framed_decoder::step framed_decoder::take_tail(std::span<const std::byte>& input, fragment& out) {
  const auto taken = take(input, chunk_.tail - stash_.size());
  stash_.insert(stash_.end(), taken.begin(), taken.end());
  const bool whole = stash_.size() == chunk_.tail;
  // The padding of the last chunk may be missing.
  const bool enough = stash_.size() + chunk_.padding >= chunk_.tail;
  if (!whole && !(ended_ && enough)) return step::needs_more;
  describe(out);
  kept_ = std::exchange(stash_, {});
  end_chunk(out, kept_);
  return step::gave;
}

framed_decoder::step framed_decoder::take_stray(std::span<const std::byte>& input, fragment& out) {
  const auto most = limit();
  out = {};
  out.kind = fragment_kind::stray;
  out.head = chunk_.head;
  out.header_size = 0;
  out.level = static_cast<std::uint16_t>(containers_.size());
  out.begins = !begun_;
  if (!stash_.empty()) {
    out.offset = offset_ - stash_.size();
    kept_ = std::exchange(stash_, {});
    out.payload = kept_;
  } else if (input.empty()) {
    if (!ended_ || most != no_limit) return step::needs_more;
  } else {
    out.offset = offset_;
    out.payload = take(input, most);
  }
  begun_ = true;
  out.ends = limit() == 0 || (ended_ && input.empty() && most == no_limit);
  if (out.ends) at_ = phase::header;
  return step::gave;
}

framed_decoder::step framed_decoder::advance(std::span<const std::byte>& input, fragment& out) {
  switch (at_) {
    case phase::start: return take_start(input, out);
    case phase::header: return take_header(input, out);
    case phase::payload: return take_payload(input, out);
    case phase::tail: return take_tail(input, out);
    case phase::stray: return take_stray(input, out);
    case phase::refused: break;
  }
  return step::refused;
}

result<bool> framed_decoder::next(std::span<const std::byte>& input, fragment& out) {
  for (;;) {
    const bool replays = replayed_ < replay_.size();
    auto again = std::span<const std::byte>(replay_).subspan(replayed_);
    const auto done = advance(replays ? again : input, out);
    if (replays) replayed_ = replay_.size() - again.size();
    switch (done) {
      case step::gave: return true;
      case step::refused: return tl::unexpected(fault_);
      case step::needs_more:
        if (!replays) return false;
        break;
      case step::again: break;
    }
  }
}

result<void> framed_decoder::finish() const {
  switch (at_) {
    case phase::refused: return tl::unexpected(fault_);
    case phase::start:
      if (stash_.empty()) break;
      return tl::unexpected(
          error{errc::truncated, fmt::format("truncated at byte 0x0: of the bytes before the first "
                                             "chunk, {} are there",
                                             stash_.size())});
    case phase::header:
      if (stash_.empty()) break;
      return tl::unexpected(truncated_header(read(stash_), begin_, stash_.size()));
    case phase::payload:
      // A chunk without a length is as long as its container, which is looked at below.
      if (chunk_.open || (remaining_ == 0 && begun_)) break;
      return tl::unexpected(truncated_payload(chunk_.head, chunk_.offset, payload_so_far()));
    case phase::tail:
      if (stash_.size() + chunk_.padding >= chunk_.tail) break;
      return tl::unexpected(truncated_tail(chunk_.head.id, chunk_.offset));
    case phase::stray: break;
  }
  for (const auto& each : containers_) {
    if (each.endless || each.end <= offset_) continue;
    return tl::unexpected(
        truncated_payload(each.head, each.offset, offset_ - each.offset - each.front.size()));
  }
  return {};
}

}  // namespace chunk
