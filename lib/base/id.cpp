#include "chunk/id.hpp"

#include <chunk/escape.hpp>

#include <algorithm>

namespace chunk {
namespace {

/// What would end an ID in the notation, start a comment, or name a connection in a script.
constexpr escape_set id_escapes{"% :=,@#>"};

}  // namespace

result<id> parse_id(std::string_view text) {
  const auto bytes = unescape(text);
  id value;
  if (!bytes || bytes->size() != value.bytes.size()) {
    const auto shown = quoted(text);
    return tl::unexpected(error{errc::bad_id, "'" + shown + "' is not an ID of four bytes"});
  }
  std::copy(bytes->begin(), bytes->end(), value.bytes.begin());
  return value;
}

void append_text(std::string& out, const id& value) {
  append_escaped(out, value.bytes, id_escapes);
}

std::string to_text(const id& value) {
  return escaped(value.bytes, id_escapes);
}

}  // namespace chunk
