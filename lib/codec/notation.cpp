#include "chunk/notation.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>

namespace chunk {
namespace {

/// Chosen: pieces of this size are copied about as fast as any.
constexpr std::size_t fill_block = 64 * 1024;

constexpr escape_set contents_escapes{"%:="};

tl::unexpected<error> bad(std::string_view text, std::string_view reason) {
  const auto shown = quoted(text);
  return tl::unexpected(error{errc::bad_notation, fmt::format("'{}': {}", shown, reason)});
}

/// Cuts `text` at the first `separator` and gives what stands before it.
std::string_view take_until(std::string_view& text, char separator) {
  const auto stop = std::min(text.find(separator), text.size());
  const auto front = text.substr(0, stop);
  text.remove_prefix(std::min(stop + 1, text.size()));
  return front;
}

/// Reads one text, and remembers which part of it was being read when it proved to be wrong.
class chunk_parser {
 public:
  result<draft> parse(std::string_view text);
  std::string_view offending() const { return part_; }

 private:
  result<void> parse_modifier(std::string_view text, draft& out);
  result<void> parse_bytes(std::string_view text, item& out);
  result<void> parse_subchunk(std::string_view text, item& out);
  result<void> parse_contents(std::string_view text, std::vector<item>& out);

  std::string_view part_;
};

result<void> chunk_parser::parse_modifier(std::string_view text, draft& out) {
  part_ = text;
  auto value = text;
  const auto name = take_until(value, '=');
  if (name == "len" && !out.length) {
    const auto count = parse_count(value, "len=", max_length);
    if (!count) return tl::unexpected(count.error());
    out.length = static_cast<std::uint32_t>(*count);
    return {};
  }
  const auto field = name == "cut" ? &out.cut : name == "fill" ? &out.fill : nullptr;
  if ((field && *field) || name == "len") return bad(text, "a modifier given twice");
  if (!field) return bad(text, "not a modifier; there are len=N, cut=N and fill=N");
  const auto count = parse_count(value, fmt::format("{}=", name));
  if (!count) return tl::unexpected(count.error());
  *field = *count;
  return {};
}

/// Reads bytes or @path into `out`.
result<void> chunk_parser::parse_bytes(std::string_view text, item& out) {
  part_ = text;
  if (text.starts_with('@')) {
    if (text.size() == 1) return bad(text, "@ needs the name of a file; a literal @ is %40");
    out.path = text.substr(1);
    return {};
  }
  auto bytes = unescape(text);
  if (!bytes) return tl::unexpected(bytes.error());
  out.bytes = std::move(*bytes);
  return {};
}

result<void> chunk_parser::parse_subchunk(std::string_view text, item& out) {
  part_ = text;
  if (text.find('=') == std::string_view::npos) {
    return bad(text, "not ID=bytes; literal : and = are written %3a and %3d");
  }
  auto value = text;
  part_ = take_until(value, '=');
  const auto id = parse_id(part_);
  if (!id) return tl::unexpected(id.error());
  part_ = text;
  if (value.find('=') != std::string_view::npos) {
    return bad(text, "a literal = in contents is written %3d");
  }
  out.id = *id;
  return parse_bytes(value, out);
}

result<void> chunk_parser::parse_contents(std::string_view text, std::vector<item>& out) {
  // A file name after a leading @ may hold any character.
  const bool plain = text.starts_with('@') || text.find_first_of(":=") == std::string_view::npos;
  if (plain) {
    if (text.empty()) return {};
    return parse_bytes(text, out.emplace_back());
  }
  for (bool more = true; more;) {
    more = text.find(':') != std::string_view::npos;
    const auto done = parse_subchunk(take_until(text, ':'), out.emplace_back());
    if (!done) return done;
  }
  return {};
}

result<draft> chunk_parser::parse(std::string_view text) {
  auto rest = text;
  auto head = take_until(rest, ':');
  draft out;
  const bool modified = head.find(',') != std::string_view::npos;
  part_ = take_until(head, ',');
  const auto id = parse_id(part_);
  if (!id) return tl::unexpected(id.error());
  out.id = *id;
  for (bool more = modified; more;) {
    more = head.find(',') != std::string_view::npos;
    const auto done = parse_modifier(take_until(head, ','), out);
    if (!done) return tl::unexpected(done.error());
  }
  const auto done = parse_contents(rest, out.contents);
  if (!done) return tl::unexpected(done.error());
  return out;
}

/// Appends the contents of one item, with its own header where it is a subchunk.
result<void> append_item(std::vector<std::byte>& out, const item& from, const file_loader& load,
                         const framing& how) {
  std::vector<std::byte> loaded;
  if (!from.path.empty()) {
    auto file = load(from.path);
    if (!file) return tl::unexpected(file.error());
    loaded = std::move(*file);
  }
  const auto& bytes = from.path.empty() ? from.bytes : loaded;
  if (bytes.size() > max_length) return bad(from.path, "longer than any chunk can be");
  if (from.id) {
    chunk::append(out, chunk_view{*from.id, bytes}, how);
  } else {
    out.insert(out.end(), bytes.begin(), bytes.end());
  }
  return {};
}

/// Repeats `contents`, which are not empty, until there are `size` bytes of them or a block, so
/// that reading them does not copy byte by byte.
void repeat(std::vector<std::byte>& contents, std::uint64_t size) {
  const auto enough = std::min<std::uint64_t>(size, fill_block);
  const auto period = contents.size();
  while (contents.size() < enough) {
    const auto held = contents.size();
    contents.resize(held + period);
    std::copy_n(contents.data(), period, contents.data() + held);
  }
}

}  // namespace

result<std::uint64_t> parse_count(std::string_view text, std::string_view what,
                                  std::uint64_t most) {
  std::uint64_t value = 0;
  const auto end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value);
  if (problem == std::errc::invalid_argument || stop != end) {
    const auto shown = quoted(text);
    return tl::unexpected(
        error{errc::bad_notation, fmt::format("{} '{}' is not a whole number", what, shown)});
  }
  if (problem != std::errc{} || value > most) {
    return tl::unexpected(
        error{errc::bad_notation, fmt::format("{} {} is above {}", what, text, most)});
  }
  return value;
}

result<draft> parse_chunk(std::string_view text, std::string_view* offending) {
  chunk_parser parser;
  auto out = parser.parse(text);
  if (!out && offending) *offending = parser.offending();
  return out;
}

image image::of(std::vector<std::byte> bytes) {
  image out;
  out.size_ = bytes.size();
  out.contents_ = std::move(bytes);
  return out;
}

std::size_t image::read(std::uint64_t from, std::span<std::byte> out) const {
  const auto wanted = from < size_ ? std::min<std::uint64_t>(out.size(), size_ - from) : 0;
  const auto total = static_cast<std::size_t>(wanted);
  for (std::size_t done = 0; done < total;) {
    const auto at = from + done;
    const auto source = at < header_.size()
                            ? std::span(header_).subspan(static_cast<std::size_t>(at))
                            : std::span(contents_).subspan(static_cast<std::size_t>(
                                  (at - header_.size()) % contents_.size()));
    const auto step = std::min(source.size(), total - done);
    std::copy_n(source.begin(), step, out.begin() + static_cast<std::ptrdiff_t>(done));
    done += step;
  }
  return total;
}

result<image> encode(const draft& text, const file_loader& load, const framing& how) {
  image out;
  for (const auto& each : text.contents) {
    const auto done = append_item(out.contents_, each, load, how);
    if (!done) return tl::unexpected(done.error());
  }
  std::uint64_t payload = out.contents_.size();
  if (text.fill) {
    if (payload == 0 && *text.fill > 0) {
      return bad(to_text(text.id), "fill= needs contents to repeat");
    }
    if (payload > 0) repeat(out.contents_, *text.fill);
    payload = *text.fill;
  }
  out.head_ = {text.id, text.length.value_or(static_cast<std::uint32_t>(payload))};
  out.header_ = encode(out.head_, how);
  const bool countable = payload <= std::numeric_limits<std::uint64_t>::max() - out.header_.size();
  if (!countable || (payload > max_length && !text.length)) {
    return bad(to_text(text.id), "contents longer than any length can declare");
  }
  out.size_ = out.header_.size() + payload;
  if (text.cut) out.size_ = std::min(out.size_, *text.cut);
  return out;
}

void text_writer::begin(const chunk::id& id, std::optional<std::uint32_t> declared) {
  append_text(out_, id);
  if (declared) fmt::format_to(std::back_inserter(out_), ",len={}", *declared);
  started_ = false;
  pending_space_ = false;
}

void text_writer::run(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  if (pending_space_) out_ += ' ';
  pending_space_ = false;
  const auto first = bytes.front();
  if (!started_ && (first == std::byte{'@'} || first == std::byte{' '})) {
    append_escape(out_, first);
    bytes = bytes.subspan(1);
  }
  started_ = true;
  if (!bytes.empty() && bytes.back() == std::byte{' '}) {
    pending_space_ = true;
    bytes = bytes.first(bytes.size() - 1);
  }
  append_escaped(out_, bytes, contents_escapes);
}

void text_writer::contents(std::span<const std::byte> piece) {
  if (!started_ && !piece.empty()) out_ += ':';
  run(piece);
}

void text_writer::subchunk(const chunk_view& inner) {
  end();
  out_ += ':';
  append_text(out_, inner.id);
  out_ += '=';
  started_ = false;
  run(inner.payload);
}

void text_writer::end() {
  if (pending_space_) append_escape(out_, std::byte{' '});
  pending_space_ = false;
}

std::string to_text(const chunk_view& chunk) {
  std::string out;
  text_writer writer(out);
  writer.begin(chunk.id);
  writer.contents(chunk.payload);
  writer.end();
  return out;
}

std::string to_text(const chunk::id& container, std::span<const placed_chunk> subchunks) {
  std::string out;
  text_writer writer(out);
  writer.begin(container);
  for (const auto& inner : subchunks) writer.subchunk(inner);
  writer.end();
  return out;
}

}  // namespace chunk
