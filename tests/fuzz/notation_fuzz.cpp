// Chunks shown in the notation give the same bytes back, and no text crashes the parser.
#include "check.hpp"
#include "support/bytes.hpp"

#include <chunk/framing.hpp>
#include <chunk/notation.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using buffer = std::vector<std::byte>;

constexpr std::uint64_t largest_image = 65536;  // chosen, bytes: a filled chunk may have any size

/// Replaces the files that a text names.
chunk::result<buffer> load(const std::string& path) {
  if (path.starts_with('!')) return tl::unexpected(chunk::error{chunk::errc::violation, path});
  return support::copied(path);
}

chunk::result<buffer> no_files(const std::string&) {
  fuzz::check(false, "what was shown names no file");
  return buffer{};
}

buffer read_whole(const chunk::image& from) {
  buffer out(static_cast<std::size_t>(from.size()));
  fuzz::check(from.read(0, out) == out.size(), "an image reads whole");
  for (const std::size_t start : {out.size() / 3, out.size() / 2, out.size()}) {
    buffer tail(out.size() + 1);
    tail.resize(from.read(start, tail));
    fuzz::check(std::ranges::equal(tail, std::span(out).subspan(start)),
                "an image reads the same from every place");
  }
  return out;
}

/// The bytes that a text written by the library describes.
buffer sent(const std::string& text) {
  fuzz::check(std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; }),
              "what is shown is plain ASCII");
  const auto draft = chunk::parse_chunk(text);
  fuzz::check(draft.has_value(), "what is shown parses");
  const auto image = encode(*draft, no_files);
  fuzz::check(image.has_value(), "what is shown encodes");
  return read_whole(*image);
}

buffer encoded(const chunk::chunk_view& value) {
  buffer out;
  append(out, value);
  return out;
}

void check_shown(const chunk::id& id, std::span<const std::byte> payload) {
  const chunk::chunk_view shown{id, payload};
  const auto wire = encoded(shown);
  const auto text = to_text(shown);
  fuzz::check(sent(text) == wire, "a chunk that is shown sends the same bytes");

  std::string pieces;
  chunk::text_writer writer(pieces);
  writer.begin(id);
  for (const std::byte& each : payload) writer.contents(std::span(&each, 1));
  writer.end();
  fuzz::check(pieces == text, "contents in pieces give the same text");

  if (const auto subchunks = chunk::split(payload)) {
    fuzz::check(sent(to_text(id, *subchunks)) == wire, "a container sends the same bytes");
  }
}

/// Shows every chunk of a stream, of which the last may be truncated, and parses them again. The
/// bytes of an incomplete header cannot be written in the notation.
void check_stream(std::span<const std::byte> stream) {
  const auto cut = for_each_chunk(chunk::framing{}, stream, 0, [](const chunk::placed_chunk& each) {
    check_shown(each.id, each.payload);
    return true;
  });
  if (!cut || cut->front.is != chunk::header_reading::state::whole) return;
  const auto& head = cut->front.head;
  std::string text;
  chunk::text_writer writer(text);
  chunk::chunk_modifiers how;
  how.length = head.length;
  writer.begin(head.id, how);
  writer.contents(cut->rest.subspan(cut->front.size));
  writer.end();
  fuzz::check(std::ranges::equal(sent(text), cut->rest), "a truncated chunk sends the same bytes");
}

void check_text(std::string_view text) {
  const auto draft = chunk::parse_chunk(text);
  if (!draft) return;
  const auto image = encode(*draft, load);
  if (!image || image->size() > largest_image) return;
  check_stream(read_whole(*image));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  check_text({reinterpret_cast<const char*>(data), size});
  check_stream(bytes);
  chunk::id id;
  std::copy_n(bytes.begin(), std::min(size, id.size()), id.bytes.begin());
  check_shown(id, bytes);
  return 0;
}
