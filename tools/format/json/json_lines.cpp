#include "format/json/json_lines.hpp"

#include "format/json/json_text.hpp"

#include <chunk/escape.hpp>
#include <chunk/value.hpp>

#include <charconv>
#include <iterator>

namespace tools::format {
namespace {

/// Payloads of more bytes are always base64. A longer chunk usually comes in fragments, and whether
/// all of them are text is not known at the first. This makes the output independent of that.
constexpr std::size_t longest_text = 64 * 1024;

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];  // the most of 64 bits
  const auto [end, problem] = std::to_chars(digits, std::end(digits), number);
  out.append(digits, end);
}

}  // namespace

void json_lines::add(const chunk::fragment& given, std::string_view members) {
  if (given.begins && given.ends) return add_whole(given, members);
  if (given.begins) {
    begin_chunk(given, members);
    out_ += R"(,"base64":")";
  }
  base64_.add(given.payload);
  open_ = !given.ends;
  if (given.ends) end_base64();
}

void json_lines::add_header(const chunk::fragment& given, std::string_view members) {
  begin_chunk(given, members);
  // Must not look like a container.
  append_error({chunk::errc::truncated, "payload not shown"});
  end_line();
}

void json_lines::truncate(const chunk::error& why) {
  open_ = false;
  base64_.end();
  out_ += '"';
  append_error(why);
  end_line();
}

void json_lines::add_fault(const chunk::error& why, std::span<const std::byte> bytes,
                           std::uint64_t offset) {
  begin_line();
  append_place(0, offset);
  append_length(bytes.size());
  out_ += R"(,"base64":")";
  base64_.add(bytes);
  base64_.end();
  out_ += '"';
  append_error(why);
  end_line();
}

void json_lines::add_whole(const chunk::fragment& given, std::string_view members) {
  const auto container = next_index_;
  const auto inner = chunk::unnest(rules_, {given.head.id, given.payload}, given.payload_offset());
  begin_chunk(given, members);
  switch (inner.how) {
    case chunk::nesting::plain:
      append_value(given.head.id, given.payload);
      append_payload(given.payload);
      break;
    case chunk::nesting::broken:
      append_payload(given.payload);
      append_error(inner.fault);
      break;
    case chunk::nesting::declared:
    case chunk::nesting::guessed: break;
  }
  end_line();
  for (const auto& each : inner.subchunks) {
    if (!takes_ || takes_(given.head.id, each.id)) add_subchunk(container, each);
  }
}

void json_lines::add_subchunk(std::uint64_t parent, const chunk::placed_chunk& inner) {
  begin_line();
  out_ += R"("parent":)";
  append_number(out_, parent);
  out_ += ',';
  append_place(1, inner.offset);
  append_id(inner.id);
  append_length(inner.payload.size());
  append_value(inner.id, inner.payload);
  append_payload(inner.payload);
  end_line();
}

void json_lines::begin_chunk(const chunk::fragment& given, std::string_view members) {
  out_ += begin_;
  out_ += members;
  append_index();
  append_place(0, given.offset);
  append_id(given.head.id);
  append_length(given.head.length);
}

void json_lines::begin_line() {
  out_ += begin_;
  append_index();
}

void json_lines::end_base64() {
  base64_.end();
  out_ += '"';
  end_line();
}

void json_lines::append_index() {
  out_ += R"("index":)";
  append_number(out_, next_index_++);
  out_ += ',';
}

void json_lines::append_place(std::size_t depth, std::uint64_t offset) {
  out_ += depth == 0 ? R"("depth":0,"offset":)" : R"("depth":1,"offset":)";
  append_number(out_, offset);
}

void json_lines::append_id(const chunk::id& id) {
  // Most chunks have the ID of the one before.
  if (id_text_.empty() || id != id_) {
    id_ = id;
    id_text_ = R"(,"id":)";
    append_json_string(id_text_, to_text(id));
  }
  out_ += id_text_;
}

void json_lines::append_length(std::uint64_t length) {
  out_ += R"(,"length":)";
  append_number(out_, length);
}

void json_lines::append_value(const chunk::id& id, std::span<const std::byte> payload) {
  const auto* rule = rules_.find(id);
  if (!rule || !rule->type) return;
  const auto type = *rule->type;
  if (type == chunk::value_type::bytes || type == chunk::value_type::text) return;
  const auto shown = chunk::show(type, payload);
  if (!shown) return;
  out_ += R"(,"value":)";
  if (chunk::is_plain_number(*shown)) {
    out_ += *shown;
  } else {
    append_json_string(out_, *shown);
  }
}

void json_lines::append_payload(std::span<const std::byte> payload) {
  const auto held = out_.size();
  out_ += R"(,"text":)";
  if (payload.size() <= longest_text && append_json_text(out_, payload)) return;
  out_.resize(held);
  out_ += R"(,"base64":")";
  base64_.add(payload);
  base64_.end();
  out_ += '"';
}

void json_lines::append_error(const chunk::error& why) {
  out_ += R"(,"error":)";
  append_json_string(out_, chunk::quoted(to_text(why)));
}

}  // namespace tools::format
