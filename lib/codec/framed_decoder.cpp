#include "framed_decoder.hpp"

#include "framing_errors.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

namespace chunk {
namespace {

constexpr auto endless = std::numeric_limits<std::uint64_t>::max();

bool begins_with(std::span<const std::byte> bytes, std::span<const std::byte> front) {
  return std::ranges::equal(bytes.first(std::min(bytes.size(), front.size())),
                            front.first(std::min(bytes.size(), front.size())));
}

}  // namespace

framed_decoder::framed_decoder(std::uint64_t max_payload, const framing& how)
    : how_(how.definition), side_(how.side), max_payload_(max_payload) {
  const bool starts = how_->start_of(stream_side::client).size() > 0 ||
                      how_->start_of(stream_side::server).size() > 0;
  const bool known = side_ != stream_side::unknown;
  if (!starts || (known && how_->start_of(side_).size() == 0)) at_ = phase::header;
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
  if (containers_.empty() || containers_.back().endless) return endless;
  return containers_.back().end - (offset_ - stash_.size());
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
  if (most == endless || front.open) return front.size <= most;
  const auto needed = front.size + front.tail - front.padding;
  return needed <= most && front.head.length <= most - needed;
}

header_reading framed_decoder::peek(std::span<const std::byte> input) const {
  const auto most = limit();
  const auto bytes =
      input.first(static_cast<std::size_t>(std::min<std::uint64_t>(most, input.size())));
  auto front = read(bytes);
  const bool ends_early = front.is == header_reading::state::partial && bytes.size() == most;
  const bool overflows = front.is == header_reading::state::whole && !fits(front);
  if (ends_early || overflows) front.is = header_reading::state::malformed;
  return front;
}

bool framed_decoder::between_chunks() const {
  return (at_ == phase::start || at_ == phase::header) && stash_.empty();
}

bool framed_decoder::pending() const {
  if (at_ == phase::start || at_ == phase::stray || !replay_.empty()) return true;
  if (at_ != phase::header || containers_.empty()) return false;
  return limit() == 0 || (ended_ && containers_.back().endless);
}

void framed_decoder::skip(std::uint64_t count) {
  offset_ += count;
  if (count == 0) return;
  first_ = false;
  if (at_ == phase::start) at_ = phase::header;
}

void framed_decoder::skip_payload(std::uint64_t count) {
  assert(count < remaining_);
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
  chunk_.end = offset_ + std::min(remaining_, endless - 1 - offset_);
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

const start_bytes& framed_decoder::expected_start(std::span<const std::byte> bytes) const {
  const auto& client = how_->start_of(stream_side::client);
  const auto& server = how_->start_of(stream_side::server);
  if (side_ == stream_side::client) return client;
  if (side_ == stream_side::server || how_->starts_alike()) return server;
  // Whose stream it is shows by its beginning.
  return !client.bytes.empty() && begins_with(bytes, client.bytes) ? client : server;
}

framed_decoder::step framed_decoder::take_start(std::span<const std::byte>& input, fragment& out) {
  const auto fits = [&] { return begins_with(stash_, expected_start(stash_).bytes); };
  while (fits() && stash_.size() < expected_start(stash_).size()) {
    if (input.empty()) return step::needs_more;
    stash_.push_back(take(input, 1).front());
  }
  const auto& known = expected_start(stash_);
  if (!fits()) {
    const auto begin = escaped(stash_), start = escaped(known.bytes);
    return refuse({errc::violation, fmt::format("no start at byte 0x0: the stream begins with {}, "
                                                "not with {}",
                                                begin, start)});
  }
  const bool differ = !how_->starts_alike() && side_ == stream_side::unknown;
  if (differ && &known == &how_->start_of(stream_side::client)) side_ = stream_side::client;
  at_ = phase::header;
  const auto size = static_cast<std::ptrdiff_t>(known.size());
  // What came beyond it began like a stream of the other side, and is read again.
  replay_.assign(stash_.begin() + size, stash_.end());
  stash_.resize(known.size());
  kept_ = std::exchange(stash_, {});
  offset_ = kept_.size();
  if (!kept_.empty()) {
    out = {};
    out.kind = fragment_kind::preamble;
    out.header_size = 0;
    out.payload = kept_;
    out.begins = out.ends = true;
    return step::gave;
  }
  return replay_.empty() ? step::again : step::replays;
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
  if (chunk_.alone || chunk_.open) return;
  const auto& how = *chunk_.how;
  const auto parts = how.split_tail(tail);
  if (!parts.trailer.empty() && !chunk_.skipped) {
    out.wrong_trailer = !how.is_trailer(parts.trailer, chunk_.checksum);
  }
  const auto size = out.header_size + chunk_.head.length + tail.size();
  out.wrong_padding = !parts.has_zero_padding() || how.padding(size) != 0;
}

/// Takes a chunk that has come whole. Returns: false if it has not
bool framed_decoder::take_whole(const header_reading& front, std::span<const std::byte>& input,
                                fragment& out) {
  if (front.open || !stash_.empty()) return false;
  const auto size = front.size + front.tail;
  if (input.size() < size || front.head.length > input.size() - size) return false;
  const auto most = limit();
  if (most != endless && (size > most || front.head.length > most - size)) return false;
  const auto& how = present();
  const auto length = static_cast<std::size_t>(front.head.length);
  prepare(out);
  out.head = front.head;
  out.offset = offset_;
  out.payload = input.subspan(front.size, length);
  out.begins = true;
  out.ends = true;
  out.header_size = front.size;
  out.declared = front.value;
  out.tail = input.subspan(front.size + length, static_cast<std::size_t>(front.tail));
  first_ = false;
  if (!out.tail.empty()) {
    const auto parts = how.split_tail(out.tail);
    if (!parts.trailer.empty()) {
      const auto sum = how.checksum_of({front.head.id, out.payload, front.head.front});
      out.wrong_trailer = !how.is_trailer(parts.trailer, sum);
    }
    out.wrong_padding = !parts.has_zero_padding();
  }
  take(input, size + length);
  return true;
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
  chunk_.endless = front.open && limit() == endless;
  chunk_.alone = front.alone;
  chunk_.skipped = false;
  chunk_.padding = front.padding;
  const auto most = limit() == endless ? endless : limit() - front.size;
  remaining_ = front.open ? most : front.head.length;
  // The padding of the last subchunk may be missing.
  chunk_.tail =
      most == endless || front.open ? front.tail : std::min(front.tail, most - front.head.length);
  if (front.open) chunk_.tail = 0;
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
    const bool left = most == 0 || (ended_ && input.empty() && most == endless);
    if (left && !containers_.empty()) {
      leave();
      return step::again;
    }
    if (input.empty()) return step::needs_more;
  }
  const bool in_pieces = !stash_.empty();
  auto bytes =
      in_pieces
          ? std::span<const std::byte>(stash_)
          : input.first(static_cast<std::size_t>(std::min<std::uint64_t>(most, input.size())));
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
  const bool too_long = front.is == state::whole && !front.open && front.head.length > max_payload_;
  if (front.is != state::whole || !fits(front) || (too_long && containers_.empty())) {
    if (!containers_.empty()) {
      go_astray(front, bytes);
      return step::again;
    }
    // The bytes that show what is wrong are refused.
    const auto shown = std::min<std::size_t>(front.size, bytes.size());
    auto why = too_long ? too_large(front.head, begin_, max_payload_)
                        : no_header(bytes.first(shown), begin_);
    if (!in_pieces) {
      const auto wrong = take(input, shown);
      stash_.assign(wrong.begin(), wrong.end());
    }
    return refuse(std::move(why));
  }
  if (!in_pieces && take_whole(front, input, out)) return step::gave;
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
  describe(out);
  out.payload = take(input, remaining_);
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
    if (!ended_ || most != endless) return step::needs_more;
  } else {
    out.offset = offset_;
    out.payload = take(input, most);
  }
  begun_ = true;
  out.ends = limit() == 0 || (ended_ && input.empty() && most == endless);
  if (out.ends) at_ = phase::header;
  return step::gave;
}

framed_decoder::step framed_decoder::advance(std::span<const std::byte>& input, fragment& out) {
  auto done = step::again;
  while (done == step::again) {
    switch (at_) {
      case phase::start: done = take_start(input, out); break;
      case phase::header: done = take_header(input, out); break;
      case phase::payload: done = take_payload(input, out); break;
      case phase::tail: done = take_tail(input, out); break;
      case phase::stray: done = take_stray(input, out); break;
      case phase::refused: return step::refused;
    }
  }
  return done;
}

result<bool> framed_decoder::next(std::span<const std::byte>& input, fragment& out) {
  for (;;) {
    const bool replays = !replay_.empty();
    auto rest = std::span<const std::byte>(replay_).subspan(replayed_);
    const auto done = advance(replays ? rest : input, out);
    if (replays) replayed_ = replay_.size() - rest.size();
    switch (done) {
      case step::gave: return true;
      case step::refused: return tl::unexpected(fault_);
      case step::needs_more:
        if (!replays) return false;
        replay_.clear();
        replayed_ = 0;
        break;
      case step::again:
      case step::replays: break;
    }
  }
}

result<void> framed_decoder::finish() const {
  const auto there = offset_ - chunk_.offset - chunk_.front.size();
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
      return tl::unexpected(truncated_payload(chunk_.head, chunk_.offset, there));
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
