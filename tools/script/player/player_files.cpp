// The part of a player that sends files of chunks.
#include "cli/status.hpp"
#include "script/player/player.hpp"

#include <chunk/net/transport.hpp>
#include <chunk/notation.hpp>
#include <chunk/session/chunk_reader.hpp>

#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

#include <utility>

namespace tools::script {
namespace {

/// Chosen: reads and writes of this size cost little more a byte than larger ones.
constexpr std::size_t read_size = 256 * 1024;

/// Gives a file's failure as what it is in a conversation, which has no report of its own.
[[noreturn]] void fail_as_input(const step& now, chunk::error why) {
  if (now.where.source) why = chunk::about(to_text(now.where), std::move(why));
  throw cli::status_failure(cli::format, std::move(why));
}

}  // namespace

asio::awaitable<void> player::send_file(const step& now, channel& on) {
  auto& context = around_.context;
  const auto file = now.argument == "-" ? chunk::net::open_stdio(context)
                                        : chunk::net::open_file(context, now.argument);
  chunk::session::reader_options limits;
  limits.max_payload = around_.limits.max_payload;
  limits.block = read_size;
  chunk::session::chunk_reader from(*file, limits);
  for (bool more = true; more && !on.broken();) {
    std::vector<std::byte> ready;
    std::uint64_t chunks = 0;
    while (const auto part = from.next()) {
      const auto raw = from.raw();
      ready.insert(ready.end(), raw.begin(), raw.end());
      if (part->ends) ++chunks;
      if (!around_.trace || !part->begins) continue;
      around_.trace->sent(on.name(), chunk::image::of({raw.begin(), raw.end()}), true);
    }
    const auto bytes = chunk::image::of(std::move(ready));
    if (bytes.size() > 0) co_await on.flush(state_.how, write_limit(), &bytes);
    if (around_.progress) around_.progress->add(bytes.size(), chunks);
    // A file is always ready; others have their turn all the same.
    co_await asio::post(context, asio::use_awaitable);
    more = co_await from.fill();
  }
  if (on.broken()) co_return;
  const auto whole = from.finish();
  if (whole) co_return;
  if (around_.all.is_test) fail(now, cli::format, whole.error().detail);
  fail_as_input(now, whole.error());
}

}  // namespace tools::script
