// Actions that send.
#include "script/actions/send.hpp"

#include "cli/status.hpp"
#include "io/files.hpp"
#include "script/actions/parsing.hpp"
#include "script/actions/table.hpp"
#include "script/language/block.hpp"
#include "script/language/lines.hpp"
#include "script/player/stage.hpp"

#include <chunk/net/transport.hpp>
#include <chunk/notation.hpp>
#include <chunk/session/chunk_reader.hpp>

#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace tools::script {
namespace {

/// Chosen: larger reads and writes are hardly faster.
constexpr std::size_t read_size = 256 * 1024;

/// How many steps may send something on a connection after it broke: what the peer has sent before
/// may say why, and the steps that examine it follow. Chosen: more than anybody sends in advance,
/// and soon done.
constexpr std::size_t most_dropped = 10'000;

/// Buffers bytes to send. They are written at once if there are too many to be held, or if the time
/// of the step is limited by within:.
remaining_work send_bytes(stage& by, const step& now, bool is_chunk) {
  const auto& bytes = std::get<chunk::image>(now.argument);
  auto& on = by.connection(now);
  if (by.around().trace) by.around().trace->sent(on.name(), bytes, is_chunk);
  const bool held = on.add(bytes);
  if (on.dropped() > most_dropped) {
    throw chunk::failure({*on.broken(), on.link().name() + ": " + on.progress()});
  }
  if (held && !by.bound()) return std::nullopt;
  return on.flush(by.state().how, by.write_limit(), held ? nullptr : &bytes);
}

// --- raw-send ---

chunk::result<argument> parse_raw(argument_text& from) {
  auto bytes = parse_bytes(from.text);
  if (!bytes) return tl::unexpected(bytes.error());
  return argument(chunk::image::of(std::move(*bytes)));
}

remaining_work send_raw(stage& by, const step& now) {
  return send_bytes(by, now, false);
}

// --- preamble ---

chunk::result<argument> parse_preamble(argument_text& from) {
  const auto start = from.rules.framing.start();
  const bool exists = start.count > 0 || !start.bytes.empty();
  if (!exists) return bad(from.action, "the protocol has no bytes before the first chunk");
  if (!from.text.empty()) return parse_raw(from);
  if (start.bytes.empty()) {
    return bad(from.action, "the protocol does not say which bytes; there is preamble:bytes");
  }
  return argument(chunk::image::of({start.bytes.begin(), start.bytes.end()}));
}

// --- @FILE ---

chunk::result<argument> parse_file(argument_text& from) {
  if (const auto wrong = refuse_nul(from, "the name of a file")) return tl::unexpected(*wrong);
  chunk_file out{std::string(from.text)};
  const auto readable = io::check_readable(out.path);
  if (!readable) return tl::unexpected(readable.error());
  return argument(std::move(out));
}

/// Fails because of the contents of a file. In a plain conversation, which has no report, the
/// failure names the file itself.
[[noreturn]] void refuse_file(stage& by, const step& now, chunk::error why) {
  if (by.around().all.is_test) by.fail(now, cli::format, std::move(why.detail));
  if (now.where.source) why = chunk::about(to_text(now.where), std::move(why));
  throw cli::status_failure(cli::format, std::move(why));
}

std::unique_ptr<chunk::net::transport> open_chunks(stage& by, const step& now,
                                                   const std::string& path) {
  auto& context = by.around().context;
  if (!io::is_standard_input(path)) return chunk::net::open_file(context, path);
  auto free = io::take_standard_input();
  if (!free) by.fail(now, cli::local, std::move(free.error().detail));
  return chunk::net::open_stdio(context);
}

asio::awaitable<void> pass_file_on(stage& by, const step& now) {
  const auto& path = std::get<chunk_file>(now.argument).path;
  const auto& around = by.around();
  auto& context = around.context;
  auto& on = by.connection(now);
  io::refuse_output_as_input(path);
  const auto file = open_chunks(by, now, path);
  file->set_read_timeout(by.write_limit().time);
  chunk::session::reader_options limits;
  limits.max_payload = around.limits.max_payload;
  limits.block = read_size;
  limits.framing = around.all.rules->framing.of(chunk::stream_side::unknown);
  chunk::session::chunk_reader from(*file, limits);
  for (bool more = true; more && !on.broken();) {
    std::vector<std::byte> ready;
    std::uint64_t chunks = 0;
    while (const auto part = from.next()) {
      const auto raw = from.raw();
      ready.insert(ready.end(), raw.begin(), raw.end());
      if (part->ends && part->kind == chunk::fragment_kind::chunk) ++chunks;
      if (!around.trace || !part->begins) continue;
      around.trace->sent(on.name(), *part);
    }
    const auto bytes = chunk::image::of(std::move(ready));
    if (bytes.size() > 0) co_await on.flush(by.state().how, by.write_limit(), &bytes);
    if (around.progress) around.progress->add(bytes.size(), chunks);
    // Reading from a file never waits, so that yielding is necessary.
    co_await asio::post(context, asio::use_awaitable);
    more = co_await from.fill();
  }
  if (on.broken()) co_return;
  const auto whole = from.finish();
  if (!whole) refuse_file(by, now, whole.error());
}

remaining_work send_file(stage& by, const step& now) {
  return pass_file_on(by, now);
}

// --- slice ---

chunk::result<argument> parse_slice(argument_text& from) {
  const auto read = parse_number_and_seconds(from.text, "slice:", from.offending);
  if (!read) return tl::unexpected(read.error());
  return argument(write_size{read->first, read->second});
}

remaining_work slice(stage& by, const step& now) {
  const auto& size = std::get<write_size>(now.argument);
  by.state().how.piece = size.bytes;
  by.state().how.pause = size.pause;
  return std::nullopt;
}

constexpr action send_table[] = {
    {
        .name = "",
        .argument = "ID[:contents]",
        .help = "Send a chunk",
        .values = value_style::chunk,
        .uses_connection = true,
        .only_sends = true,
        .serves = true,
        .parse = parse_chunk_to_send,
        .perform = send_chunk,
    },
    {
        .name = "@",
        .argument = "FILE",
        .help = "Send the chunks in a file",
        .values = value_style::plain,
        .uses_connection = true,
        .only_sends = true,
        .serves = true,
        .parse = parse_file,
        .perform = send_file,
    },
    {
        .name = "raw-send",
        .argument = "bytes",
        .help = "Send bytes as they are",
        .values = value_style::contents,
        .uses_connection = true,
        .only_sends = true,
        .serves = true,
        .parse = parse_raw,
        .perform = send_raw,
    },
    {
        .name = "preamble",
        .argument = "[bytes]",
        .help = "Send what stands before the first chunk",
        .values = value_style::contents,
        .uses_connection = true,
        .only_sends = true,
        .serves = true,
        .parse = parse_preamble,
        .perform = send_raw,
    },
    {
        .name = "slice",
        .argument = "BYTES[,SECONDS]",
        .help = "Write in pieces from here on, with pauses",
        .serves = true,
        .parse = parse_slice,
        .perform = slice,
    },
};
static_assert(are_no_ids(send_table));

}  // namespace

chunk::result<argument> parse_chunk_to_send(argument_text& from) {
  auto bytes = encode_chunk(from.text, from.rules, from.how, from.offending);
  if (!bytes) return tl::unexpected(bytes.error());
  return argument(std::move(*bytes));
}

remaining_work send_chunk(stage& by, const step& now) {
  return send_bytes(by, now, true);
}

std::span<const action> send_actions() {
  return send_table;
}

}  // namespace tools::script
