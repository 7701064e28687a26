#include "chunk/session/chunk_reader.hpp"

#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <new>
#include <utility>

namespace chunk::session {
namespace {

/// Chosen: enough for the connections that are busy at the same time, even if many of them wait for
/// a handler.
constexpr std::size_t most_spare_buffers = 64;

/// Their bytes together. Chosen: so many of the usual size, and those that a chunk of 1 MiB needs
/// to be received and answered. To get that much from the system again takes longer than to use it.
constexpr std::size_t most_spare_memory = 8 * 1024 * 1024;

/// Larger buffers are used only where no other is large enough. Chosen: twice the usual size.
constexpr std::size_t largest_usual_buffer = 128 * 1024;

/// The size of a read after a skipped payload, since another payload to skip may follow the next
/// header; shorter payloads are read instead of skipped. Chosen: a page.
constexpr std::size_t least_read = 4096;

/// Bytes that are kept during a wait are moved to a buffer of their own, unless they fill at least
/// this part of the one that they were read into. Chosen: small enough that the memory of a
/// connection grows with what has arrived, and large enough that a long chunk that comes in small
/// pieces is not copied for each of them.
constexpr std::size_t worth_a_block = 4;

/// The smallest buffer of its own. Chosen: a header of any framing fits.
constexpr std::size_t least_kept = 64;

/// Shorter payloads are not moved inside the kernel. Chosen: reading and writing them is as fast.
constexpr std::size_t least_passed = 64 * 1024;

}  // namespace

buffer_pool::buffer buffer_pool::take(std::size_t size) {
  const auto fits = [&](const buffer& each) { return each.size() >= size; };
  const auto found = std::find_if(spare_.rbegin(), spare_.rend(), fits);
  if (found == spare_.rend()) {
    // Instead of a smaller one, which would be spare for ever.
    if (!spare_.empty()) take_out(spare_.end() - 1);
    return buffer(size);
  }
  return take_out(found.base() - 1);
}

buffer_pool::buffer buffer_pool::take_out(std::vector<buffer>::iterator which) noexcept {
  auto out = std::move(*which);
  spare_.erase(which);
  memory_ -= out.size();
  return out;
}

void buffer_pool::put(buffer spare) noexcept {
  const auto size = spare.size();
  if (size == 0 || size > most_spare_memory - memory_) return;
  if (spare_.size() >= most_spare_buffers) return;
  try {
    if (spare_.capacity() == 0) spare_.reserve(most_spare_buffers);
  } catch (const std::bad_alloc&) {
    return;  // and it is freed
  }
  const auto place = size > largest_usual_buffer ? spare_.begin() : spare_.end();
  spare_.insert(place, std::move(spare));
  memory_ += size;
}

chunk_reader::chunk_reader(net::transport& from, reader_options options, buffer_pool* pool)
    : from_(from), options_(options), pool_(pool), decoder_(options.max_payload, options.framing) {
  decoder_.skip(options.start);
  starting_ = options.framing.definition && options.start == 0;
}

chunk_reader::~chunk_reader() {
  begin_ = end_ = 0;
  release();
}

bool chunk_reader::next(fragment& out) {
  raw_ = {};
  if (fault_) return false;
  const auto bytes = unread();
  auto rest = bytes;
  if (!starting_ && decoder_.take_whole(rest, out, options_.hold)) {
    take_up_to(rest);
    return true;
  }
  return options_.framing.definition ? next_framed(out) : next_in(bytes, out);
}

void chunk_reader::fail(error reason) {
  fault_ = std::make_unique<error>(about(from_.name(), std::move(reason)));
}

/// Takes all that is held before `rest`, and gives it in raw().
void chunk_reader::take_up_to(std::span<const std::byte> rest) {
  raw_ = unread().first(held() - rest.size());
  begin_ += raw_.size();
}

/// Takes the next fragment from `bytes`, which are all that is held, in the chunk framing. Returns:
/// false if it takes more than these
bool chunk_reader::next_in(std::span<const std::byte> bytes, fragment& out) {
  if (bytes.empty() && !ended_) return false;
  auto input = bytes;
  if (decoder_.between_chunks() && !ended_) {
    const auto front = options_.framing.read_header(bytes);
    if (front.is == header_reading::state::partial) return false;
    const auto length = front.head.length;
    const bool to_be_held = length <= options_.hold;
    const bool refused = length > options_.max_payload;
    if (to_be_held && !refused) return false;  // it is not whole
    // A longer chunk comes in fragments even if all of it has arrived, so that the result does not
    // depend on how it arrived.
    if (!to_be_held) input = bytes.first(front.size);
  }
  const auto before = input.size();
  auto given = decoder_.next(input, out);
  take_up_to(bytes.subspan(before - input.size()));
  if (given) return *given;
  fail(std::move(given).error());
  return false;
}

/// As next(), in the framing of a protocol file.
bool chunk_reader::next_framed(fragment& out) {
  out = {};
  if (ended_) decoder_.end();
  const auto takes = next_share();
  if (!takes) return false;
  auto input = unread().first(takes->most);
  const auto before = input;
  auto given = decoder_.next(input, out);
  const bool gave = given && *given;
  auto left = input.size();  // behind what raw() gives
  if (gave && completes(out)) {
    fragment end;
    const auto done = decoder_.next(input, end);
    if (done && *done) {
      end.payload = out.payload;
      end.begins = true;
      out = end;
      left = input.size();
    }
  }
  begin_ += before.size() - input.size();
  raw_ = before.first(before.size() - left);
  if (!given) fail(std::move(given).error());
  if (!gave) {
    // The beginning of what follows a payload is given with the rest of it.
    if (decoder_.in_tail()) {
      const bool now = ended_ && !std::exchange(gave_rest_, true);
      raw_ = now ? decoder_.partial_header() : std::span<const std::byte>();
    } else if (decoder_.partial_header().empty()) {
      raw_ = {};
    }
    return false;
  }
  // A container of open length may end, or be too long, before its first subchunk.
  const auto* container = out.kind == fragment_kind::chunk ? takes->container : nullptr;
  if (container && !out.ends && out.payload.size() == container->prefix) {
    decoder_.enter(options_.rules->framing_in(container));
    out.enters = true;
  }
  if (out.ends && !out.begins && out.payload.empty()) raw_ = out.tail;
  return true;
}

/// Decides how much of the bytes that are held makes the next fragment. Returns: nullopt if it
/// takes more than these
std::optional<chunk_reader::share> chunk_reader::next_share() {
  if (starting_) {
    const auto start = share_of_start();
    if (!start || start->most > 0) return start;
  }
  if (!decoder_.between_chunks() || decoder_.pending()) return share{held()};
  return share_of_chunk();
}

/// The bytes before the first chunk. The decoder is asked for them once they are whole, or wrong.
std::optional<chunk_reader::share> chunk_reader::share_of_start() {
  const auto bytes = unread();
  const auto whose = find_side(options_.framing, bytes, ended_);
  if (!whose) return std::nullopt;
  const auto start = whose->start();
  const bool whole = bytes.size() >= start.count;
  if (!whole && !ended_ && start.fits(bytes)) return std::nullopt;
  starting_ = false;
  if (*whose != options_.framing) {
    options_.framing = *whose;
    decoder_ = decoder(options_.max_payload, *whose);
    if (ended_) decoder_.end();
  }
  return share{std::min(start.count, bytes.size())};
}

std::optional<chunk_reader::share> chunk_reader::share_of_chunk() {
  using state = header_reading::state;
  const auto bytes = unread();
  const auto front = decoder_.peek(bytes);
  if (front.is == state::partial && !ended_) return std::nullopt;
  if (front.is != state::whole) return share{bytes.size()};
  const auto length = front.head.length;
  if (front.open && !options_.open) {
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), offset(), 16).ptr;
    auto reason = to_text(front.head.id) + " at byte 0x" + std::string(digits.begin(), end);
    fail({errc::violation, reason + " has no length"});
    return std::nullopt;
  }
  if (!front.open && length <= options_.hold) {
    const auto others = front.size + front.tail;
    const bool whole = bytes.size() >= others && bytes.size() - others >= length;
    const bool refused = length > options_.max_payload;
    if (!whole && !refused && !ended_) return std::nullopt;
    return share{bytes.size()};
  }
  // A longer chunk comes in fragments even if all of it has arrived, so that the result does not
  // depend on how it arrived.
  const auto* const container =
      options_.rules ? options_.rules->walked_container(front.head, decoder_.level()) : nullptr;
  if (container) {
    const auto size = front.size + container->prefix;
    if (bytes.size() >= size) return share{size, container};
    if (!ended_) return std::nullopt;
  }
  return share{front.size};
}

/// Says whether the stream ends with this chunk but for its padding, which may be missing. Such a
/// chunk is given whole all the same.
bool chunk_reader::completes(const fragment& given) const {
  return ended_ && given.begins && !given.ends && !given.open &&
         given.head.length <= options_.hold && given.payload.size() == given.head.length;
}

/// Skips unwanted payload except for its last byte, which is read to end the chunk or to detect
/// that the stream is truncated.
void chunk_reader::seek() {
  if (options_.payloads || held() != 0 || decoder_.remaining() <= least_read) return;
  const auto passed = from_.skip(decoder_.remaining() - 1);
  if (passed == 0) return;
  decoder_.skip_payload(passed);
  most_ = least_read;
}

asio::awaitable<std::uint64_t> chunk_reader::pass_some(net::transport& to) {
  if (held() != 0 || fault_ || decoder_.remaining() < least_passed) co_return 0;
  // The last byte is left for the same reason.
  const auto passed = co_await from_.pass_some(to, decoder_.remaining() - 1);
  if (passed > 0) {
    decoder_.skip_payload(passed);
    if (decoder_.remaining() < least_passed) most_ = least_read + decoder_.remaining();
  }
  co_return passed;
}

buffer_pool::buffer chunk_reader::new_block(std::size_t size) {
  return pool_ ? pool_->take(size) : buffer_pool::buffer(size);
}

/// Moves the bytes that are held to the front of `other`, and gives the buffer that had them.
buffer_pool::buffer chunk_reader::move_to(buffer_pool::buffer other) noexcept {
  std::memcpy(other.data(), buffer_.data() + begin_, held());
  end_ -= std::exchange(begin_, 0);
  return std::exchange(buffer_, std::move(other));
}

/// Prepares the buffer for a read: moves the bytes that are held to its front, and grows it if a
/// chunk within the hold needs it. A buffer that is not from the pool has at most twice the bytes
/// that have arrived.
void chunk_reader::make_room() {
  if (held() == 0) begin_ = end_ = 0;
  if (buffer_.empty()) buffer_ = new_block(options_.block);
  if (kept_apart_) {
    move_to(new_block(std::max(options_.block, 2 * held())));
    kept_apart_ = false;
  }
  const bool cramped = buffer_.size() - end_ < buffer_.size() / 2;
  if (begin_ > 0 && cramped) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, held());
    end_ -= std::exchange(begin_, 0);
  }
  if (end_ < buffer_.size()) return;
  auto smaller = move_to(new_block(buffer_.size() * 2));
  if (pool_) pool_->put(std::move(smaller));
}

std::span<std::byte> chunk_reader::room() {
  const auto there = std::span(buffer_).subspan(end_);
  return there.first(std::min(there.size(), most_));
}

bool chunk_reader::took(std::size_t count) {
  drained_ = count < room().size();
  if (most_ <= options_.block) most_ *= 2;
  end_ += count;
  ended_ = count == 0;
  return !ended_ || completes_more();
}

/// Says whether next() gives something that the end of the stream makes whole.
bool chunk_reader::completes_more() const {
  if (!options_.framing.definition) return false;
  if (held() == 0) {
    const bool begun = !decoder_.between_chunks() || decoder_.level() > 0;
    return begun && decoder_.finish().has_value();
  }
  if (starting_) return true;
  const auto front = decoder_.peek(unread());
  if (front.is != header_reading::state::whole || front.open) return front.open;
  // The padding of the last chunk may be missing.
  const auto others = front.size + front.tail - front.padding;
  return held() >= others && held() - others >= front.head.length;
}

asio::awaitable<bool> chunk_reader::fill() {
  for (;;) {
    if (const auto more = try_fill()) co_return *more;
    release();
    co_await from_.wait_for_bytes();
  }
}

std::optional<bool> chunk_reader::try_fill() {
  if (fault_ || ended_) return false;
  seek();
  make_room();
  const auto got = from_.try_read(room());
  if (!got) return std::nullopt;
  return took(*got);
}

asio::awaitable<void> chunk_reader::read_ahead(std::size_t most) {
  while (!ended_ && !fault_ && held() < most) co_await fill();
  if (held() >= most) {
    throw failure(error{errc::too_large, from_.name() + ": too much to hold, more than " +
                                             std::to_string(most) + " bytes came unasked"});
  }
  asio::steady_timer never(co_await asio::this_coro::executor,
                           asio::steady_timer::time_point::max());
  co_await never.async_wait(asio::use_awaitable);
}

asio::awaitable<std::vector<std::byte>> chunk_reader::take(std::size_t count) {
  while (held() < count && decoder_.between_chunks()) {
    const bool more = co_await fill();
    if (!more) break;
  }
  const auto usable = decoder_.between_chunks() ? std::min(count, held()) : 0;
  const auto bytes = std::span<const std::byte>(buffer_).subspan(begin_, usable);
  std::vector<std::byte> out(bytes.begin(), bytes.end());
  begin_ += usable;
  decoder_.skip(usable);
  starting_ = starting_ && usable == 0;
  co_return out;
}

void chunk_reader::discard() {
  starting_ = starting_ && held() == 0;
  decoder_.skip(held());
  begin_ = end_ = 0;
}

result<void> chunk_reader::finish() {
  while (next()) {
  }
  if (!fault_) {
    const auto done = decoder_.finish();
    if (!done) fail(done.error());
  }
  if (fault_) return tl::unexpected(*fault_);
  return {};
}

void chunk_reader::release() noexcept {
  if (!pool_) return;
  if (held() != 0) return keep_apart();
  begin_ = end_ = 0;
  auto spare = std::exchange(buffer_, {});
  if (!std::exchange(kept_apart_, false)) pool_->put(std::move(spare));
}

/// Moves the few bytes that are held out of a large buffer, which others can use meanwhile.
void chunk_reader::keep_apart() noexcept {
  const auto size = std::max(held(), least_kept);
  if (kept_apart_ || size > buffer_.size() / worth_a_block) return;
  try {
    pool_->put(move_to(buffer_pool::buffer(size)));
    kept_apart_ = true;
  } catch (const std::bad_alloc&) {
    // They stay where they are.
  }
}

asio::awaitable<void> start_at(net::transport& from, std::uint64_t offset) {
  const auto passed = co_await from.drop(offset);
  if (passed == offset) co_return;
  throw failure(error{errc::truncated, from.name() + ": cannot start at byte " +
                                           std::to_string(offset) + ": the stream has " +
                                           std::to_string(passed) + " bytes"});
}

}  // namespace chunk::session
