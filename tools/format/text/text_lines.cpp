#include "format/text/text_lines.hpp"

#include <chunk/escape.hpp>

namespace tools::format {

void text_lines::add(const chunk::fragment& given) {
  const bool whole = given.begins && given.ends;
  if (given.begins) {
    if (whole) {
      writer_.begin(given.head.id);
    } else {
      writer_.begin(given.head.id, modifiers_of_beginning(given, rules_.framing));
    }
  }
  const auto inner = whole ? unnest(rules_, {given.head.id, given.payload}) : chunk::nested{};
  for (const auto& subchunk : inner.subchunks) {
    if (!takes_ || takes_(given.head.id, subchunk.id)) writer_.subchunk(subchunk);
  }
  if (inner.subchunks.empty()) writer_.contents(given.payload);
  open_ = !given.ends;
  if (!given.ends) return;
  writer_.end();
  out_ += '\n';
}

void text_lines::finish(std::span<const std::byte> partial_header) {
  if (open_) {
    writer_.end();
    out_ += '\n';
    open_ = false;
  }
  if (partial_header.empty()) return;
  out_ += "raw-send:";
  for (const auto value : partial_header) chunk::append_escape(out_, value);
  out_ += '\n';
}

}  // namespace tools::format
