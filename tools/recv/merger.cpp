#include "recv/merger.hpp"

#include "cli/connect.hpp"
#include "cli/status.hpp"
#include "io/tasks.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <new>
#include <optional>
#include <system_error>
#include <utility>

namespace tools::recv {
namespace {

using clock = std::chrono::steady_clock;

/// Source: chunk-recv(1), LIMITS
constexpr std::uint64_t longest_in_memory = 1024 * 1024;

/// Longer chunks are passed on in fragments, as with a single sender.
constexpr std::uint64_t longest_whole = 64 * 1024;

/// Chosen: what is read at once of a file.
constexpr std::size_t file_block = 256 * 1024;

/// The worse one of two statuses.
int worse(int one, int other) {
  constexpr std::array order{cli::success, cli::deadline, cli::connection, cli::format, cli::local};
  const auto rank = [&](int status) {
    return std::ranges::find(order, static_cast<cli::status>(status)) - order.begin();
  };
  return rank(one) < rank(other) ? other : one;
}

/// The status of the tool for a failure of one sender.
int loss_of(const chunk::failure& why) {
  const int status = cli::status_of(why);
  const bool known = status == cli::deadline || status == cli::format || status == cli::local;
  return known ? status : static_cast<int>(cli::connection);
}

chunk::net::accept_options at_most(std::size_t senders) {
  chunk::net::accept_options out;
  out.max_connections = senders;
  return out;
}

}  // namespace

/// A chunk that is too long to be held in memory.
struct merger::long_chunk {
  long_chunk(const chunk::fragment& its_beginning, const chunk::framing& how,
             io::spool_budget& budget)
      : begun(its_beginning), front(encode(its_beginning.head, how)), payload(budget) {
    begun.payload = {};
    if (how.definition) begun.head.front = front;
  }

  chunk::fragment begun;
  std::vector<std::byte> front;  // the header
  io::spool payload;
  std::vector<std::byte> tail{};  // what follows the payload
};

struct merger::sender {
  sender(std::unique_ptr<chunk::net::transport> from, std::uint64_t its_number,
         chunk::session::reader_options limits, chunk::session::buffer_pool& pool)
      : number(its_number), link(std::move(from)), received(*link, limits, &pool) {}

  std::uint64_t number;
  std::unique_ptr<chunk::net::transport> link;
  chunk::session::chunk_reader received;
  std::unique_ptr<long_chunk> held;
  std::uint64_t chunks = 0;
  std::uint64_t last = 0;  // after stop(): how many bytes to read in all

  /// From now on only what has arrived is read, so that the end does not wait for senders that go
  /// on.
  void note_stop() { last = link->bytes_read() + link->unread().value_or(0); }
};

merger::merger(asio::io_context& context, chunk_filter& into, merge_options options)
    : context_(context),
      into_(into),
      options_(options),
      budget_(options.spool_max),
      change_(context, clock::time_point::max()),
      accepting_(
          context, [this](chunk::net::accepted_connection from) { take(std::move(from)); }, *this,
          at_most(options.max_senders)) {}

void merger::note_loss(std::uint64_t number, const chunk::failure& why) {
  cli::remark(fmt::format("connection {}: {}", number, why.what()));
  worst_ = worse(worst_, loss_of(why));
}

/// Stores a fragment of a long chunk that is wanted.
void merger::hold(sender& from, const chunk::fragment& given) {
  const auto refuse = [&](chunk::error why) {
    throw chunk::failure(about(from.link->name(), std::move(why)));
  };
  if (given.begins && into_.takes(given.head.id)) {
    const auto most = budget_.most();
    if (given.head.length > most && !given.open) {
      refuse(chunk::too_large(given.head, given.offset, most));
    }
    from.held = std::make_unique<long_chunk>(given, options_.framing, budget_);
  }
  if (from.held) from.held->tail.assign(given.tail.begin(), given.tail.end());
  if (!from.held || from.held->payload.append(given.payload)) return;
  refuse({chunk::errc::too_large,
          fmt::format("too large at byte {:#x}: {} declares {} bytes, and all chunks that are on "
                      "their way may have {}",
                      given.offset, to_text(given.head.id), given.head.length, budget_.most())});
}

/// Passes on what stands before the first chunk of a sender, for the first one.
void merger::pass_on_preamble(const chunk::fragment& given, std::span<const std::byte> raw) {
  if (offset_ > 0) return;
  into_.add(given, raw);
  offset_ += given.payload.size();
}

void merger::pass_on_whole(const chunk::fragment& given, std::span<const std::byte> raw) {
  auto part = given;
  part.offset = offset_;
  offset_ += part.chunk_size();
  if (part.head.length <= longest_whole) return into_.add(part, raw);
  part.ends = false;
  part.tail = {};
  into_.add(part, raw.first(raw.size() - given.tail.size()));
  part.begins = false;
  part.ends = true;
  part.payload = {};
  part.tail = given.tail;
  into_.add(part, given.tail);
}

asio::awaitable<void> merger::pass_on_held(sender& from) {
  const auto held = std::move(from.held);
  auto buffer = pool_.take(file_block);
  const auto& front = held->front;
  const auto& tail = held->tail;
  auto part = held->begun;
  part.offset = offset_;
  offset_ += front.size() + held->payload.size() + tail.size();
  for (std::uint64_t at = 0; !part.ends;) {
    const auto before = part.begins ? front.size() : 0;
    std::ranges::copy(std::span(front).first(before), buffer.begin());
    const auto room = std::span(buffer).subspan(before, buffer.size() - before - tail.size());
    part.payload = held->payload.read(at, room);
    at += part.payload.size();
    part.ends = at == held->payload.size();
    auto size = before + part.payload.size();
    if (part.ends) {
      part.tail = tail;
      std::copy(tail.begin(), tail.end(), buffer.begin() + static_cast<std::ptrdiff_t>(size));
      size += tail.size();
    }
    into_.add(part, std::span(buffer).first(size));
    co_await into_.into().flush();
    part.begins = false;
  }
  pool_.put(std::move(buffer));
}

/// Passes on every chunk that is whole. After the end of the stream, these are those that end with
/// it.
asio::awaitable<void> merger::pass_on_received(sender& from, bool ended) {
  std::optional<io::async_mutex::lock> turn;
  while (!into_.is_full()) {
    const auto given = from.received.next();
    if (!given || (ended && !given->ends)) break;
    const bool is_chunk = given->kind == chunk::fragment_kind::chunk;
    const bool whole = given->begins && given->ends;
    if (!whole) hold(from, *given);
    const bool wanted = !is_chunk || whole ? into_.takes(given->head.id) : given->ends && from.held;
    if (!wanted) continue;
    if (!turn) {
      turn = co_await io::async_mutex::acquire(turns_);
      if (into_.is_full()) break;
      into_.into().set_sender(*from.link);
    }
    if (!is_chunk) {
      pass_on_preamble(*given, from.received.raw());
      continue;
    }
    ++from.chunks;
    if (whole) {
      pass_on_whole(*given, from.received.raw());
      if (into_.into().is_due()) co_await into_.into().flush();
    } else {
      co_await pass_on_held(from);
    }
  }
  if (turn) co_await into_.into().flush();
  into_.show(offset_ - std::exchange(shown_, offset_));
  from.received.release();
  if (into_.is_full()) change_.cancel();
}

/// Reads more. Returns: false if the stream has ended, or stop() was called
asio::awaitable<bool> merger::fill(sender& from) {
  std::exception_ptr problem;
  if (!stopping_) {
    auto filling = from.received.fill();
    try {
      const bool more = co_await std::move(filling);
      co_return more;
    } catch (const chunk::failure& why) {
      const bool ended = why.code() == std::errc::timed_out ||
                         (why.code() == std::errc::operation_canceled && stopping_);
      if (!ended) throw;
      problem = std::current_exception();
    } catch (const std::bad_alloc&) {
      // Nothing of the next chunk was put out, so that only this sender is lost.
      throw chunk::failure(chunk::error{{ENOMEM, std::system_category()}, from.link->name()});
    }
  }
  // While everything waited for the reader, bytes may have arrived although the time has passed.
  const bool more = !stopping_ || from.link->bytes_read() < from.last;
  const auto got = more ? from.received.try_fill() : std::nullopt;
  if (got) co_return *got;
  if (problem && !stopping_) std::rethrow_exception(problem);
  co_return false;
}

asio::awaitable<void> merger::receive(sender& from) {
  from.link->set_read_timeout(options_.timeout);
  for (bool more = true; more;) {
    co_await pass_on_received(from);
    if (into_.is_full()) co_return;
    more = co_await fill(from);
  }
  co_await pass_on_received(from, true);
  if (into_.is_full()) co_return;
  value_or_throw(from.received.finish());
  // After stop() nothing more is read, although the stream has not ended.
  chunk::decoder rest(chunk::no_limit, options_.framing);
  rest.skip(from.received.offset());
  auto unread = from.received.unread();
  chunk::fragment ignored;
  value_or_throw(rest.next(unread, ignored));
  const auto end = rest.finish();
  if (!end) throw chunk::failure(about(from.link->name(), end.error()));
}

asio::awaitable<void> merger::see_through(std::unique_ptr<chunk::net::transport> link,
                                          std::uint64_t number) {
  chunk::session::reader_options limits;
  limits.framing = options_.framing;
  limits.max_payload = options_.max_chunk;
  limits.hold = longest_in_memory;
  const auto from = std::make_unique<sender>(std::move(link), number, limits, pool_);
  if (stopping_) from->note_stop();
  senders_.emplace(number, from.get());
  const auto leave = [this](const std::uint64_t* which) { senders_.erase(*which); };
  const std::unique_ptr<const std::uint64_t, decltype(leave)> listed(&from->number, leave);
  auto receiving = receive(*from);
  co_await std::move(receiving);
  if (!options_.verbose) co_return;
  const auto* const end = from->link->ended_cleanly() ? "" : " without close_notify";
  cli::remark(fmt::format("connection {} closed{}: {} chunk{}", number, end, from->chunks,
                          from->chunks == 1 ? "" : "s"));
}

asio::awaitable<void> merger::serve(chunk::net::accepted_connection from) {
  const auto self = shared_from_this();
  const auto number = from.number;
  auto work = see_through(std::move(from.link), number);
  try {
    co_await std::move(work);
  } catch (const chunk::local_failure&) {
    throw;  // a failure of the sink, not of this sender
  } catch (const chunk::failure& why) {
    note_loss(number, why);
  }
  --receiving_;
  change_.cancel();
}

void merger::take(chunk::net::accepted_connection from) {
  ++receiving_;
  io::start(context_, serve(std::move(from)));
}

void merger::arrived(const chunk::net::accepted_connection& from) {
  complained_ = false;
  if (!options_.verbose) return;
  cli::remark(fmt::format("connection {} from {}", from.number, cli::show_peer(*from.link)));
}

void merger::refused(const chunk::net::accepted_connection& from, chunk::net::refusal why,
                     const chunk::failure& reason) {
  using chunk::net::refusal;
  complained_ = false;
  if (why == refusal::closed) return;
  if (why != refusal::over_capacity) return note_loss(from.number, reason);
  const auto detail =
      fmt::format("{}: refused: {} connected", from.link->name(),
                  accepting_.active() == 1 ? "1 sender is"
                                           : fmt::format("{} senders are", accepting_.active()));
  const chunk::error full{std::make_error_code(std::errc::connection_refused), detail};
  note_loss(from.number, chunk::failure(full));
}

void merger::accept_failed(const chunk::error& reason) {
  if (!std::exchange(complained_, true) || stopping_) cli::remark(to_text(reason));
}

void merger::listen(std::shared_ptr<chunk::net::listener> from) {
  accepting_.listen(std::move(from));
}

void merger::stop() {
  if (std::exchange(stopping_, true)) return;
  for (const auto& [number, each] : senders_) {
    each->note_stop();
    each->link->cancel();
  }
  accepting_.drain(chunk::net::handshake_timeout);
  change_.cancel();
}

asio::awaitable<int> merger::run() {
  // Senders that are still in the TLS handshake have not sent anything.
  const auto over = [this] { return into_.is_full() || (stopping_ && receiving_ == 0); };
  while (!over()) {
    change_.expires_at(clock::time_point::max());
    co_await io::wait(change_);
  }
  accepting_.close();
  const auto turn = co_await io::async_mutex::acquire(turns_);  // the last chunk may be on its way
  auto finishing = into_.into().finish();
  const int status = co_await std::move(finishing);
  co_return worst_ == cli::success ? status : worst_;
}

}  // namespace tools::recv
