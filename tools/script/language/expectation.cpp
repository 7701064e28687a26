#include "script/language/expectation.hpp"

#include "script/language/variables.hpp"

#include <chunk/notation.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <span>

namespace tools::script {

std::string_view captured_name(std::string_view text) {
  if (text.size() < 3 || text.front() != '{' || text.back() != '}') return {};
  const auto name = text.substr(1, text.size() - 2);
  return is_name(name) ? name : std::string_view{};
}

namespace {

/// The text of a value that stands for itself: what would make a pattern of it is escaped.
std::string plain(std::string_view text) {
  const bool special = text.starts_with('~') || !captured_name(text).empty();
  if (!special) return std::string(text);
  return fmt::format("%{:02x}{}", static_cast<unsigned char>(text.front()), text.substr(1));
}

/// The same for a chunk of the chunk framing.
std::string to_plain_expectation(const chunk::chunk_view& reply,
                                 std::span<const chunk::placed_chunk> subchunks) {
  auto text = subchunks.empty() ? to_text(reply) : to_text(reply.id, subchunks);
  const auto head = std::min(text.find(':'), text.size());
  std::string out = (subchunks.empty() ? "expect:" : "expect,exact:") + text.substr(0, head) + ':';
  for (auto rest = std::string_view(text).substr(head); !rest.empty();) {
    rest.remove_prefix(1);
    const auto stop = std::min(rest.find(':'), rest.size());
    auto item = rest.substr(0, stop);
    if (!subchunks.empty()) {
      const auto equals = item.find('=') + 1;
      out += item.substr(0, equals);
      item.remove_prefix(equals);
    }
    out += plain(item);
    rest.remove_prefix(stop);
    if (!rest.empty()) out += ':';
  }
  return out;
}

}  // namespace

std::optional<std::string> to_expectation(const chunk::placed_chunk& reply,
                                          const chunk::protocol& rules, const chunk::framing& how) {
  if (!how.definition) return to_plain_expectation(reply, unnest(rules, reply).subchunks);
  const auto known = modifiers_of(reply, how);
  if (!known.expressible) return std::nullopt;
  std::string head, contents;
  chunk::text_writer(head).begin(reply.id, known);
  // Whatever consists of subchunks is compared as bytes, of which there is only one text.
  chunk::text_writer writer(contents, uses_braces(rules));
  writer.contents(reply.payload);
  writer.end();
  return "expect:" + head + ':' + (contents.empty() ? contents : plain(contents.substr(1)));
}

}  // namespace tools::script
