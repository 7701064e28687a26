#include "format/formatted_output.hpp"

#include <chunk/session/chunk_reader.hpp>

#include <algorithm>
#include <utility>

namespace tools::format {
namespace {

/// Longer payloads come in several fragments, as from a chunk_reader.
constexpr auto hold = chunk::session::reader_options{}.hold;

/// The size of the whole chunks at the front of `bytes`; all of `bytes` if the beginning of a long
/// chunk follows them.
std::size_t ready(const chunk::framing& how, std::span<const std::byte> bytes) {
  const auto misfit =
      for_each_chunk(how, bytes, 0, [](const chunk::placed_chunk&) { return true; });
  if (!misfit) return bytes.size();
  const auto& front = misfit->front;
  const bool all = front.is == chunk::header_reading::state::malformed || front.head.length > hold;
  return all ? bytes.size() : static_cast<std::size_t>(misfit->offset);
}

}  // namespace

formatted_output::formatted_output(const output_format& format, chunk::protocol rules)
    : transport("standard output", {}),
      rules_(std::move(rules)),
      decoder_(chunk::no_limit, rules_.framing) {
  format_options how;
  how.format = &format;
  how.rules = &rules_;
  how.subject = name();
  formatter_ = make_formatter(how, out_);
}

void formatted_output::show(std::span<const std::byte> bytes) {
  chunk::fragment given;
  while (value_or_throw(decoder_.next(bytes, given))) {
    // However the stream was written, the same chunk is shown in the same way.
    if (given.begins && given.ends && given.payload.size() > hold) {
      auto beginning = given;
      beginning.payload = given.payload.first(hold);
      beginning.ends = false;
      formatter_->add(beginning, {});
      given.payload = given.payload.subspan(hold);
      given.begins = false;
    }
    formatter_->add(given, {});
  }
  out_.flush();
}

std::optional<std::size_t> formatted_output::write_now(std::span<const std::byte> bytes) {
  held_.insert(held_.end(), bytes.begin(), bytes.end());
  // A short chunk is shown once it is whole, and a long one piece by piece.
  const auto rest = std::min<std::size_t>(decoder_.remaining(), held_.size());
  const auto count = rest + ready(rules_.framing, std::span(held_).subspan(rest));
  show(std::span(held_).first(count));
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(count));
  return bytes.size();
}

void formatted_output::finish() {
  show(held_);
  held_.clear();
  if (const auto whole = decoder_.finish(); !whole) {
    const auto rest = decoder_.partial_header();
    formatter_->fault(whole.error(), rest, decoder_.offset() - rest.size());
  }
  formatter_->finish();
  out_.flush();
}

}  // namespace tools::format
