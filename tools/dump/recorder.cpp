#include "dump/recorder.hpp"

#include "script/language/expectation.hpp"

#include <chunk/error.hpp>
#include <chunk/escape.hpp>
#include <chunk/id.hpp>
#include <chunk/notation.hpp>

#include <fmt/core.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>
#include <utility>

namespace tools::dump {

recorder::recorder(std::string path, const chunk::protocol& rules, std::size_t most)
    : path_(std::move(path)),
      rules_(rules),
      most_(most),
      // Opened without waiting for the reader of a pipe: if there is none, opening fails.
      file_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0666)),
      client_(new_side()),
      server_(new_side()) {
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

void recorder::comment(const std::string& text) {
  text_ += "# " + chunk::quoted(text) + '\n';
  flush();
}

void recorder::write_chunk(const chunk::chunk_view& given, bool expected) {
  const auto inner = unnest(rules_, given);
  if (expected) {
    text_ += script::to_expectation(given, inner.subchunks);
  } else {
    text_ += inner.subchunks.empty() ? to_text(given) : to_text(given.id, inner.subchunks);
  }
  text_ += '\n';
}

void recorder::leave_out(const side& from, bool expected) {
  ++left_out_;
  fmt::format_to(std::back_inserter(text_), "# left out: {}{}, {} bytes\n",
                 expected ? "expect:" : "", to_text(from.head.id), from.head.length);
}

void recorder::take(side& from, std::span<const std::byte> bytes, bool expected) {
  chunk::fragment given;
  while (*from.decoder.next(bytes, given)) {  // no length is too large without a limit
    if (given.begins && given.ends && given.payload.size() <= most_) {
      write_chunk({given.head.id, given.payload}, expected);
      continue;
    }
    if (given.begins) {
      from.head = given.head;
      from.skips = false;
    }
    if (!from.skips && from.payload.size() + given.payload.size() > most_) {
      from.skips = true;
      std::vector<std::byte>().swap(from.payload);
      leave_out(from, expected);
    }
    if (from.skips) continue;
    from.payload.insert(from.payload.end(), given.payload.begin(), given.payload.end());
    if (!given.ends) continue;
    write_chunk({from.head.id, from.payload}, expected);
    std::vector<std::byte>().swap(from.payload);
  }
  flush();
}

void recorder::sent(std::span<const std::byte> bytes) {
  take(client_, bytes, false);
}

void recorder::received(std::span<const std::byte> bytes) {
  take(server_, bytes, true);
}

void recorder::end_sent() {
  if (std::exchange(sent_all_, true)) return;
  write_partial();
  text_ += "shutdown\n";
  flush();
}

/// Writes an incomplete chunk of the client.
void recorder::write_partial() {
  const auto from = std::exchange(client_, new_side());
  if (from.decoder.between_chunks() || from.skips) return;
  const auto header = from.decoder.partial_header();
  if (header.empty()) {
    chunk::text_writer line(text_);
    chunk::chunk_modifiers modifiers;
    modifiers.length = from.head.length;
    line.begin(from.head.id, modifiers);
    line.contents(from.payload);
    line.end();
  } else {
    text_ += "raw-send:";
    for (const auto value : header) chunk::append_escape(text_, value);
  }
  text_ += '\n';
}

void recorder::end_received() {
  const auto from = std::exchange(server_, new_side());
  if (from.decoder.between_chunks() || from.skips) return;
  const auto header = from.decoder.partial_header();
  std::vector<std::byte> bytes(header.begin(), header.end());
  if (header.empty()) {
    bytes = encode(from.head, rules_.framing);
    bytes.insert(bytes.end(), from.payload.begin(), from.payload.end());
  }
  text_ += "# no whole chunk: ";
  chunk::append_escaped(text_, bytes, chunk::word_escapes);
  fmt::format_to(std::back_inserter(text_), "\nraw-receive:{}\n", bytes.size());
  flush();
}

}  // namespace tools::dump
