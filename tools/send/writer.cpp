#include "send/writer.hpp"

#include "format/json/json_reader.hpp"

#include <chunk/session/chunk_reader.hpp>

#include <fmt/core.h>

#include <utility>

namespace tools::send {
namespace {

/// Chosen: larger writes are hardly faster.
constexpr std::size_t block = 64 * 1024;

}  // namespace

asio::awaitable<void> writer::pass_on(chunk::net::transport& from, form written,
                                      std::uint64_t max_chunk) {
  switch (written) {
    case form::raw: co_return co_await pass_on_raw(from, max_chunk);
    case form::json: co_return co_await pass_on_json(from, max_chunk);
  }
}

asio::awaitable<void> writer::pass_on_raw(chunk::net::transport& from, std::uint64_t max_chunk) {
  chunk::session::reader_options limits;
  limits.max_payload = max_chunk;
  limits.block = 4 * block;
  limits.framing = rules_.framing.of(chunk::stream_side::unknown);
  chunk::session::chunk_reader stream(from, limits);
  for (bool more = true; more;) {
    gathered_.clear();
    std::span<const std::byte> ready;  // checked bytes are contiguous in the buffer of the reader
    std::uint64_t chunks = 0;
    for (chunk::fragment given; stream.next(given);) {
      const auto added = stream.raw();
      if (rules_.framing.definition) {
        // What follows a payload may come from elsewhere.
        gathered_.insert(gathered_.end(), added.begin(), added.end());
      } else {
        ready = ready.empty() ? added : std::span(ready.data(), ready.size() + added.size());
      }
      if (given.ends && given.kind == chunk::fragment_kind::chunk) ++chunks;
    }
    if (rules_.framing.definition) ready = gathered_;
    rest_ = stream.remaining();
    co_await write(ready, chunks);
    for (std::uint64_t passed = 1; passed > 0;) {
      passed = co_await stream.pass_some(to_);
      given_ += passed;
      rest_ -= passed;
      co_await count(passed, 0);
    }
    more = co_await stream.fill();
  }
  rest_ = 0;
  value_or_throw(stream.finish());
}

asio::awaitable<void> writer::pass_on_json(chunk::net::transport& from, std::uint64_t max_chunk) {
  format::json_reader lines(max_chunk, rules_);
  std::vector<char> text(4 * block);
  std::uint64_t chunks = 0;
  for (bool more = true; more;) {
    const auto room = std::as_writable_bytes(std::span(text));
    const auto count = co_await from.read_some(room);
    more = count > 0;
    const auto done = more ? lines.read({text.data(), count}, gathered_) : lines.finish(gathered_);
    co_await write(gathered_, lines.chunks() - chunks);
    chunks = lines.chunks();
    gathered_.clear();
    if (done) continue;
    const auto where = fmt::format("{}:{}", from.name(), lines.line());
    throw chunk::failure(chunk::about(where, done.error()));
  }
}

asio::awaitable<void> writer::write(std::span<const std::byte> bytes, std::uint64_t chunks) {
  given_ += bytes.size();
  co_await to_.write_all(bytes);
  co_await count(bytes.size(), chunks);
}

asio::awaitable<void> writer::count(std::uint64_t bytes, std::uint64_t chunks) {
  if (counting_) counting_->add(bytes, chunks);
  auto turn = turns_.after(bytes);
  co_await std::move(turn);
}

std::string writer::progress() const {
  return fmt::format("{} of {} bytes sent", to_.bytes_written(), expected());
}

}  // namespace tools::send
