#include "format/json/json_members.hpp"

#include "format/formatter.hpp"
#include "format/json/json_text.hpp"

#include <chunk/escape.hpp>
#include <chunk/value.hpp>

#include <charconv>
#include <iterator>

namespace tools::format {
namespace {

using namespace std::string_view_literals;

/// Payloads of more bytes are always base64. A longer chunk usually comes in fragments, and whether
/// all of them are text is not known at the first. This makes the output independent of that.
constexpr std::size_t longest_text = 64 * 1024;

/// Nothing but the percent sign has a meaning in bytes that are a string of their own.
constexpr chunk::escape_set string_escapes{"%"};

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];  // the most of 64 bits
  const auto [end, problem] = std::to_chars(digits, std::end(digits), number);
  out.append(digits, static_cast<std::size_t>(end - digits));
}

}  // namespace

std::uint64_t json_members::begin(std::string_view members) {
  if (depth_ > 0) {
    out_ += is_first_ ? "{"sv : ",{"sv;
    is_first_ = false;
  } else {
    out_ += begin_;
  }
  out_ += members;
  out_ += R"("index":)"sv;
  append_number(out_, next_index_);
  out_ += ',';
  return next_index_++;
}

void json_members::enter() {
  if (form_ == json_form::flat) return end();
  out_ += R"(,"subchunks":[)"sv;
  ++depth_;
  is_first_ = true;
}

void json_members::end_subchunks() {
  out_ += ']';
  --depth_;
  is_first_ = false;
}

void json_members::leave() {
  if (form_ == json_form::flat) return;
  end_subchunks();
  end();
}

void json_members::reopen(std::uint64_t index) {
  if (form_ == json_form::nested) return end_subchunks();
  begin();
  out_ += R"("closes":)"sv;
  append_number(out_, index);
}

void json_members::parent(std::uint64_t index) {
  if (form_ == json_form::nested) return;
  out_ += R"("parent":)"sv;
  append_number(out_, index);
  out_ += ',';
}

void json_members::place(std::size_t depth, std::uint64_t offset) {
  out_ += R"("depth":)"sv;
  append_number(out_, depth);
  out_ += R"(,"offset":)"sv;
  append_number(out_, offset);
}

void json_members::id(const chunk::id& value) {
  // Most chunks have the ID of the one before.
  if (id_text_.empty() || value != id_ || value.form != id_.form) {
    id_ = value;
    id_text_ = R"(,"id":)";
    append_json_string(id_text_, to_text(value));
  }
  out_ += id_text_;
}

void json_members::length(std::uint64_t value, std::string_view name) {
  out_ += ",\""sv;
  out_ += name;
  out_ += "\":"sv;
  append_number(out_, value);
}

void json_members::flag(std::string_view name) {
  out_ += ",\""sv;
  out_ += name;
  out_ += "\":true"sv;
}

void json_members::prefix(std::span<const std::byte> given) {
  if (!given.empty()) bytes("prefix", given);
}

void json_members::bytes(std::string_view name, std::span<const std::byte> value) {
  out_ += ",\""sv;
  out_ += name;
  out_ += "\":"sv;
  append_json_string(out_, chunk::escaped(value, string_escapes));
}

void json_members::fields(const chunk::chunk_modifiers& how) {
  if (how.fields.empty()) return;
  std::string_view before = R"(,"fields":{")";
  for (const auto& each : how.fields) {
    out_ += before;
    before = ",\"";
    out_ += each.name;
    out_ += "\":"sv;
    if (each.number) {
      append_number(out_, *each.number);
    } else {
      append_json_string(out_, each.text());
    }
  }
  out_ += '}';
}

void json_members::modifiers(const chunk::chunk_modifiers& how) {
  if (how.length) length(*how.length, "declared");
  if (how.trailer) bytes("trailer", *how.trailer);
  if (how.padding) bytes("pad", *how.padding);
}

void json_members::value(const chunk::id& of, std::span<const std::byte> payload) {
  const auto shown = value_of(rules_, of, payload);
  if (!shown) return;
  out_ += R"(,"value":)"sv;
  if (chunk::is_plain_number(*shown)) {
    out_ += *shown;
  } else {
    append_json_string(out_, *shown);
  }
}

void json_members::payload(std::span<const std::byte> given) {
  const auto held = out_.size();
  out_ += R"(,"text":)"sv;
  if (given.size() <= longest_text && append_json_text(out_, given)) return;
  out_.resize(held);
  begin_base64();
  base64_.add(given);
  end_base64();
}

void json_members::end_base64() {
  base64_.end();
  out_ += '"';
}

void json_members::error(const chunk::error& why) {
  out_ += R"(,"error":)"sv;
  append_json_string(out_, chunk::quoted(to_text(why)));
}

}  // namespace tools::format
