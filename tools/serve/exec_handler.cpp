#include "serve/exec_handler.hpp"

#include "script/language/lines.hpp"
#include "script/language/variables.hpp"
#include "serve/stderr_log.hpp"

#include <chunk/escape.hpp>
#include <chunk/net/endpoint.hpp>
#include <chunk/notation.hpp>

#include <asio/co_spawn.hpp>
#include <asio/experimental/deferred.hpp>
#include <asio/experimental/parallel_group.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <exception>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace tools::serve {
namespace {

/// The variables that describe a request to its command. A name without a value removes the
/// variable from the environment, so that it is not inherited where the value is unknown.
std::vector<std::string> environment(const chunk::session::connection_info& from,
                                     const chunk::chunk_view& request, const chunk::framing& how) {
  const auto& owner = from.remote.owner;
  std::vector<std::string> out{
      "CHUNK_ID=" + to_text(request.id),
      fmt::format("CHUNK_LENGTH={}", request.payload.size()),
      fmt::format("CHUNK_CONNECTION={}", from.number),
      "CHUNK_PEER=" + (owner ? "unix" : to_address(from.remote.address)),
      owner ? fmt::format("CHUNK_PEER_UID={}", owner->uid) : "CHUNK_PEER_UID",
      owner ? fmt::format("CHUNK_PEER_PID={}", owner->pid) : "CHUNK_PEER_PID"};
  io::append_fields(out, how, {request.id, request.payload.size(), request.front});
  return out;
}

asio::awaitable<void> feed(io::child& to, std::span<const std::byte> payload) {
  co_await to.feed(payload);  // not an error if the command does not read all of it
  to.end_input();
}

/// Collects the output of a command. Memory grows with the bytes that have arrived.
asio::awaitable<void> collect(io::child& from, std::uint64_t most, std::vector<std::byte>& out) {
  for (std::size_t held = 0;;) {
    const auto needed = held + io::pipe_capacity;
    if (out.size() < needed) out.resize(std::max(needed, 2 * held));
    const auto count = co_await from.read(std::span(out).subspan(held));
    held += count;
    if (held > most) throw std::runtime_error(fmt::format("more than {} bytes of output", most));
    if (count > 0) continue;
    out.resize(held);
    break;
  }
}

/// Says whether a reply has more of its own than an ID and contents.
bool has_own_header(const chunk::draft& reply) {
  return !reply.fields.empty() || reply.length || reply.cut || reply.trailer || reply.padding;
}

/// Releases one of the slots for running commands when destroyed.
struct slot {
  explicit slot(io::async_semaphore& from) : of(from) {}
  ~slot() { of.release(); }
  slot(const slot&) = delete;
  slot& operator=(const slot&) = delete;

  io::async_semaphore& of;
};

}  // namespace

exec_handler::exec_handler(asio::io_context& context, log& to, settings how)
    : context_(context),
      log_(to),
      how_(std::move(how)),
      replies_(how_.rules),
      slots_(context, how_.jobs) {
  replies_.framing = replies_.framing.of(chunk::stream_side::server);
}

void exec_handler::append_payload(const chunk::chunk_view& request, const chunk::chunk_view& reply,
                                  chunk::session::reply_buffer& out) const {
  auto answer = reply;
  // A first request may have a header of its own, with other fields.
  const bool alike = request.id.form == reply.id.form;
  if (alike && how_.framing.has_fields(reply.id)) answer.front = request.front;
  out.append(answer);
}

/// Reads a reply in each line, except empty ones and comments. A command says its contents itself:
/// what a client has sent must not name a file.
void exec_handler::append_lines(const chunk::chunk_view& request, std::string_view lines,
                                chunk::session::reply_buffer& out) const {
  const auto load_nothing = [](const std::string& path) -> chunk::result<std::vector<std::byte>> {
    return tl::unexpected(chunk::error{chunk::errc::bad_notation,
                                       fmt::format("'@{}': no files", chunk::quoted(path))});
  };
  std::vector<std::pair<chunk::draft, std::vector<std::byte>>> said;
  for (std::size_t number = 1; !lines.empty(); ++number) {
    const auto line = script::take_line(lines);
    if (!script::is_action(line)) continue;
    const auto refuse = [&](const std::string& why) {
      return std::runtime_error(fmt::format("line {} of the output: {}", number, why));
    };
    auto made = parse_chunk(line, replies_);
    if (!made) throw refuse(to_text(made.error()));
    const auto bytes = encode(*made, load_nothing);
    if (!bytes) throw refuse(to_text(bytes.error()));
    if (bytes->size() > how_.max_reply) {
      throw refuse(fmt::format("a reply of more than {} bytes", how_.max_reply));
    }
    std::vector<std::byte> whole(static_cast<std::size_t>(bytes->size()));
    bytes->read(0, whole);
    if (!has_own_header(*made)) {
      whole.resize(whole.size() - bytes->tail_size());
      whole.erase(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(bytes->header_size()));
    }
    said.emplace_back(std::move(*made), std::move(whole));
  }
  for (const auto& [made, bytes] : said) {
    if (has_own_header(made)) {
      out.append_raw(bytes);
    } else {
      append_payload(request, {made.id, bytes}, out);
    }
  }
}

asio::awaitable<void> exec_handler::answer(const chunk::session::connection_info& from,
                                           const chunk::chunk_view& request, chunk::id reply,
                                           chunk::session::reply_buffer& out) {
  co_await slots_.acquire();
  const slot held(slots_);
  record start(level::warning, "stderr");
  stderr_log errors(log_, start.note("conn", from.number).add("id", to_text(request.id)));
  io::child process(context_, how_.commands.at(request.id), io::child::errors::piped,
                    environment(from, request, how_.framing));
  std::vector<std::byte> output;

  const auto executor = co_await asio::this_coro::executor;
  auto feeding = feed(process, request.payload);
  auto collecting = collect(process, how_.max_reply, output);
  auto following = errors.follow(process);
  auto together = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, std::move(feeding), asio::experimental::deferred),
      asio::co_spawn(executor, std::move(collecting), asio::experimental::deferred),
      asio::co_spawn(executor, std::move(following), asio::experimental::deferred));
  asio::experimental::wait_for_one_error unless_one_fails;
  const auto [order, not_fed, not_collected, not_followed] =
      co_await together.async_wait(unless_one_fails, asio::use_awaitable);
  const std::array problems{not_fed, not_collected, not_followed};
  for (const auto each : order) {
    if (problems.at(each)) std::rethrow_exception(problems.at(each));
  }
  co_await process.ended();
  const auto end = process.finish();
  if (!end.succeeded()) throw std::runtime_error(end.in_words());
  if (how_.says_replies) {
    append_lines(request, script::text_of(output), out);
  } else {
    append_payload(request, {reply, output}, out);
  }
}

}  // namespace tools::serve
