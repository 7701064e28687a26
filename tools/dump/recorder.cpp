#include "dump/recorder.hpp"

#include "script/language/expectation.hpp"

#include <chunk/error.hpp>
#include <chunk/escape.hpp>
#include <chunk/id.hpp>
#include <chunk/notation.hpp>

#include <fmt/core.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

namespace tools::dump {
namespace {

/// Chosen: shorter pauses are those of a machine, not of somebody who waits.
constexpr auto shortest_pause = std::chrono::milliseconds(10);

}  // namespace

recorder::recorder(std::string path, const chunk::protocol& rules, std::size_t most, clock time)
    : path_(std::move(path)),
      rules_(rules),
      most_(most),
      // Opened without waiting for the reader of a pipe: if there is none, opening fails.
      file_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0666)),
      client_(new_side(chunk::stream_side::client)),
      server_(new_side(chunk::stream_side::server)),
      time_(std::move(time)),
      began_(time_()),
      last_(began_) {
  if (file_ < 0) throw chunk::local_failure(chunk::last_system_error(path_));
}

recorder::~recorder() {
  if (file_ >= 0) ::close(file_);
}

void recorder::close() {
  if (::close(std::exchange(file_, -1)) != 0) {
    throw chunk::local_failure(chunk::last_system_error(path_));
  }
}

void recorder::flush() {
  auto rest = std::string_view(text_);
  while (!rest.empty()) {
    const auto put = ::write(file_, rest.data(), rest.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw chunk::local_failure(chunk::last_system_error(path_));
    rest.remove_prefix(static_cast<std::size_t>(put));
  }
  text_.clear();
}

void recorder::begin(std::uint64_t number, const std::string& about) {
  began_ = last_ = time_();
  text_ += fmt::format("# {}\ntest-case:connection {}\n", chunk::quoted(about), number);
  flush();
}

/// Writes when the client goes on after a pause, unless that is in the middle of a chunk.
void recorder::write_time() {
  const auto now = time_();
  const bool begins = client_.broken || (client_.decoder.between_chunks() && !client_.under_way);
  if (begins && now - last_ >= shortest_pause) {
    const std::chrono::duration<double> since = now - began_;
    fmt::format_to(std::back_inserter(text_), "at:{:.3f}\n", since.count());
  }
  last_ = now;
}

/// Writes what a chunk has to be, or for IDs and fields that the notation cannot express, how many
/// bytes are to be received.
void recorder::write_expectation(const chunk::placed_chunk& given) {
  const auto text = script::to_expectation(given, rules_, server_.framing);
  if (text) {
    text_ += *text + '\n';
    return;
  }
  std::vector<std::byte> bytes;
  for (const auto& part : {given.front, given.payload, given.tail}) {
    bytes.insert(bytes.end(), part.begin(), part.end());
  }
  write_raw(bytes, true);
}

void recorder::write_chunk(const chunk::placed_chunk& given, bool expected) {
  if (expected) return write_expectation(given);
  append_text(text_, given, rules_);
  text_ += '\n';
}

/// Writes what stands before the first chunk.
void recorder::write_preamble(const side& from, std::span<const std::byte> bytes, bool expected) {
  const bool usual = std::ranges::equal(bytes, from.framing.start().bytes);
  if (expected) text_ += "# before the first chunk: ";
  text_ += "preamble";
  if (!usual || expected) {
    text_ += ':';
    chunk::append_escaped(text_, bytes, chunk::word_escapes);
  }
  text_ += '\n';
}

/// Writes bytes that are not a chunk.
void recorder::write_raw(std::span<const std::byte> bytes, bool expected) {
  if (bytes.empty()) return;
  if (expected) {
    text_ += "# no whole chunk: ";
    chunk::append_escaped(text_, bytes, chunk::word_escapes);
    fmt::format_to(std::back_inserter(text_), "\nraw-receive:{}\n", bytes.size());
    return;
  }
  text_ += chunk::raw_prefix;
  for (const auto value : bytes) chunk::append_escape(text_, value);
  text_ += '\n';
}

void recorder::leave_out(const side& from, bool expected) {
  ++left_out_;
  fmt::format_to(std::back_inserter(text_), "# left out: {}{}, {} bytes\n",
                 expected ? "expect:" : "", to_text(from.begun.head.id), from.begun.head.length);
}

/// Takes a fragment of a chunk that does not come whole, or is too long.
void recorder::take_part(side& from, const chunk::fragment& given, bool expected) {
  if (given.begins) {
    from.begun = given;
    from.front.assign(given.head.front.begin(), given.head.front.end());
    from.begun.head.front = from.front;
    from.skips = false;
  }
  from.under_way = !given.ends;
  if (!from.skips && from.payload.size() + given.payload.size() > most_) {
    from.skips = true;
    std::vector<std::byte>().swap(from.payload);
    leave_out(from, expected);
  }
  if (from.skips) return;
  from.payload.insert(from.payload.end(), given.payload.begin(), given.payload.end());
  if (!given.ends) return;
  const auto& begun = from.begun;
  write_chunk(
      {{begun.head.id, from.payload, from.front}, begun.offset, begun.header_size, given.tail},
      expected);
  std::vector<std::byte>().swap(from.payload);
}

void recorder::take(side& from, std::span<const std::byte> bytes, bool expected) {
  chunk::fragment given;
  while (!from.broken) {
    const auto more = from.decoder.next(bytes, given);
    if (!more) {
      from.broken = true;
      write_raw(from.decoder.partial_header(), expected);
    } else if (!*more) {
      break;
    } else if (given.kind == chunk::fragment_kind::preamble) {
      write_preamble(from, given.payload, expected);
    } else if (given.begins && given.ends && given.payload.size() <= most_) {
      write_chunk(given.placed(), expected);
    } else {
      take_part(from, given, expected);
    }
  }
  if (from.broken) write_raw(bytes, expected);
  flush();
}

void recorder::sent(std::span<const std::byte> bytes) {
  write_time();
  take(client_, bytes, false);
}

void recorder::received(std::span<const std::byte> bytes) {
  last_ = time_();
  take(server_, bytes, true);
}

void recorder::end_sent() {
  if (std::exchange(sent_all_, true)) return;
  write_time();
  client_.decoder.end();
  take(client_, {}, false);
  write_partial();
  text_ += "shutdown\n";
  flush();
}

/// Writes an incomplete chunk of the client.
void recorder::write_partial() {
  const auto from = std::exchange(client_, new_side(chunk::stream_side::client));
  if (from.decoder.between_chunks() || from.broken || (from.under_way && from.skips)) return;
  // Of a chunk that has begun, what has come behind its payload.
  const auto rest = from.decoder.partial_header();
  if (!from.under_way) return write_raw(rest, false);
  auto begun = from.begun;
  begun.head.front = from.front;
  const auto modifiers = modifiers_of_beginning(begun, from.framing);
  if (!modifiers.expressible) {
    write_raw(from.front, false);
    write_raw(from.payload, false);
  } else {
    chunk::text_writer line(text_, uses_braces(rules_));
    line.begin(begun.head.id, modifiers);
    line.contents(from.payload);
    line.end();
    text_ += '\n';
  }
  write_raw(rest, false);
}

void recorder::end_received() {
  server_.decoder.end();
  take(server_, {}, true);
  const auto from = std::exchange(server_, new_side(chunk::stream_side::server));
  if (from.decoder.between_chunks() || from.broken || (from.under_way && from.skips)) return;
  std::vector<std::byte> bytes;
  if (from.under_way) {
    auto head = from.begun.head;
    head.front = from.front;
    bytes = encode(head, from.framing);
    bytes.insert(bytes.end(), from.payload.begin(), from.payload.end());
  }
  const auto rest = from.decoder.partial_header();
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  write_raw(bytes, true);
  flush();
}

}  // namespace tools::dump
