#include "chunk/id.hpp"

#include <chunk/decimal.hpp>
#include <chunk/escape.hpp>

#include <algorithm>

namespace chunk {
namespace {

/// Other IDs than those of the chunk framing may stand in braces as well.
constexpr escape_set name_escapes{"% :=,@#>{}"};

[[gnu::cold, gnu::noinline]] result<id> bad_id(std::string reason) {
  return tl::unexpected(error{errc::bad_id, std::move(reason)});
}

result<id> parse_number_id(std::string_view text, const id_form& form) {
  if (const auto number = parse_unsigned(text)) {
    if (*number <= form.greatest) return id_of_number(*number, form);
    return bad_id("the ID " + quoted(text) + " is above " + std::to_string(form.greatest));
  }
  const auto bytes = unescape(text);
  if (bytes) {
    const auto named = std::ranges::find_if(form.names, [&](const auto& each) {
      return std::ranges::equal(*bytes, std::as_bytes(std::span(each.second)));
    });
    if (named != form.names.end()) return id_of_number(named->first, form);
  }
  return bad_id("'" + quoted(text) + "' is neither the name of an ID nor a number");
}

std::string size_in_words(std::size_t size) {
  constexpr std::array<std::string_view, 5> words{"no", "one", "two", "three", "four"};
  return (size < words.size() ? std::string(words[size]) : std::to_string(size)) +
         (size == 1 ? " byte" : " bytes");
}

}  // namespace

id id_of_bytes(std::span<const std::byte> bytes, const id_form* form) {
  id out;
  out.form = form;
  std::copy_n(bytes.begin(), std::min(bytes.size(), out.size()), out.bytes.begin());
  return out;
}

id id_of_number(std::uint64_t number, const id_form& form) {
  id out;
  out.form = &form;
  for (std::size_t at = 8; at-- > 0; number >>= 8) {
    out.bytes[at] = static_cast<std::byte>(number & 0xff);
  }
  return out;
}

result<id> parse_id(std::string_view text, const id_form* form) {
  if (form && form->is_number) return parse_number_id(text, *form);
  const auto size = form ? form->size : std::size_t{4};
  const auto bytes = unescape(text);
  if (bytes && bytes->size() == size) return id_of_bytes(*bytes, form);
  if (size == 0) return bad_id("'" + quoted(text) + "': chunks have no ID here, only :contents");
  return bad_id("'" + quoted(text) + "' is not an ID of " + size_in_words(size));
}

void append_text(std::string& out, const id& value) {
  if (!value.form || !value.form->is_number) {
    append_escaped(out, value.value(), value.form ? name_escapes : id_escapes);
    return;
  }
  const auto& names = value.form->names;
  const auto number = value.number();
  const auto named =
      std::ranges::lower_bound(names, number, {}, [](const auto& each) { return each.first; });
  if (named == names.end() || named->first != number) {
    out += std::to_string(number);
  } else {
    append_escaped(out, std::as_bytes(std::span(named->second)), name_escapes);
  }
}

std::string to_text(const id& value) {
  std::string out;
  append_text(out, value);
  return out;
}

}  // namespace chunk
