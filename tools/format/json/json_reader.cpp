#include "format/json/json_reader.hpp"

#include "format/base64.hpp"

#include <chunk/escape.hpp>
#include <chunk/id.hpp>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

namespace tools::format {
namespace {

using nlohmann::json;

tl::unexpected<chunk::error> bad(std::string reason) {
  return tl::unexpected(chunk::error{chunk::errc::malformed, std::move(reason)});
}

/// Handles the events of the parser for one object. Returning false ends the parser.
class line_handler {
 public:
  explicit line_handler(json_line& out) : out_(out) {}

  const std::string& reason() const { return reason_; }

  /// The member "id" as it is written.
  const std::optional<std::string>& id() const { return id_; }

  bool start_object(std::size_t) { return go_deeper(); }
  bool end_object() { return come_back(); }
  bool start_array(std::size_t) { return go_deeper(); }
  bool end_array() { return come_back(); }

  bool key(std::string& name) {
    if (level_ == 1) name_ = std::move(name);
    return true;
  }

  bool string(std::string& value) {
    auto* const member = text_member();
    if (!member) return other();
    *member = std::move(value);
    return true;
  }

  bool number_unsigned(std::uint64_t value) {
    auto* const member = number_member();
    if (!member) return other();
    *member = value;
    return true;
  }

  bool null() { return true; }
  // An error that is false counts as none, as in jq.
  bool boolean(bool value) { return value || name_ != "error" ? other() : null(); }
  bool number_integer(std::int64_t) { return other(); }
  bool number_float(double, const std::string&) { return other(); }
  bool binary(json::binary_t&) { return other(); }

  bool parse_error(std::size_t position, const std::string&, const json::exception&) {
    return refuse(fmt::format("no JSON at column {}", position));
  }

 private:
  std::optional<std::string>* text_member() {
    if (level_ != 1) return nullptr;
    if (name_ == "id") return &id_;
    if (name_ == "text") return &out_.text;
    return name_ == "base64" ? &out_.base64 : nullptr;
  }

  std::optional<std::uint64_t>* number_member() {
    if (level_ != 1) return nullptr;
    if (name_ == "index") return &out_.index;
    if (name_ == "parent") return &out_.parent;
    if (name_ == "depth") return &out_.depth;
    return name_ == "length" ? &out_.length : nullptr;
  }

  /// Ignores a value, or refuses it if a value of another type is required there.
  bool other() {
    if (text_member()) return refuse(fmt::format("\"{}\" is no string", name_));
    if (number_member()) return refuse(fmt::format("\"{}\" is no whole number", name_));
    if (level_ == 1 && name_ == "error") out_.error = true;
    return true;
  }

  bool go_deeper() {
    const bool fits = other();
    ++level_;
    return fits;
  }

  bool come_back() {
    --level_;
    return true;
  }

  bool refuse(std::string reason) {
    reason_ = std::move(reason);
    return false;
  }

  json_line& out_;
  std::size_t level_ = 0;  // 1 inside the object itself
  std::string name_;       // of the member there
  std::optional<std::string> id_;
  std::string reason_;
};

/// Gives the payload of a line, which may have none.
chunk::result<json_reader::buffer> payload_of(const json_line& from) {
  if (from.text && from.base64) return bad("both \"text\" and \"base64\"");
  if (from.base64) return format::parse_base64(*from.base64);
  const auto bytes = std::as_bytes(std::span(from.text ? *from.text : std::string_view()));
  return json_reader::buffer(bytes.begin(), bytes.end());
}

/// Appends one chunk or, without an ID, raw bytes.
void append(const json_line& from, const json_reader::buffer& payload, json_reader::buffer& out) {
  if (from.id) {
    const auto length = from.error ? from.length.value_or(payload.size()) : payload.size();
    chunk::append(out, chunk::header{*from.id, static_cast<std::uint32_t>(length)});
  }
  out.insert(out.end(), payload.begin(), payload.end());
}

/// The limit of a line: six characters for each byte of the largest payload, and the rest of the
/// line. Without a limit of payloads there is none.
std::size_t longest_line(std::uint32_t max_payload) {
  constexpr std::size_t rest = 64 * 1024;  // chosen: far more than chunk-dump and jq write
  if (max_payload == chunk::max_length) return std::numeric_limits<std::size_t>::max();
  return 6 * std::size_t{max_payload} + rest;
}

}  // namespace

chunk::result<json_line> parse_json_line(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  if (!text.substr(std::min(text.find_first_not_of(blanks), text.size())).starts_with('{')) {
    return bad("not a JSON object");
  }
  json_line out;
  line_handler handler(out);
  if (!json::sax_parse(text.begin(), text.end(), &handler)) return bad(handler.reason());
  if (!handler.id()) return out;
  const auto id = chunk::parse_id(*handler.id());
  if (!id) return bad(id.error().detail);
  out.id = *id;
  return out;
}

json_reader::json_reader(std::uint32_t max_payload)
    : max_payload_(max_payload), longest_line_(longest_line(max_payload)) {}

chunk::result<void> json_reader::read(std::string_view text, buffer& out) {
  for (auto stop = text.find('\n'); stop != text.npos; stop = text.find('\n')) {
    auto line = text.substr(0, stop);
    if (!begun_.empty()) line = begun_.append(line);
    auto done = take(line, out);
    if (!done) return done;
    begun_.clear();
    text.remove_prefix(stop + 1);
    ++line_;
  }
  begun_.append(text);
  if (begun_.size() > longest_line_) return bad("a line too long for any chunk that is allowed");
  return {};
}

chunk::result<void> json_reader::finish(buffer& out) {
  auto done = take(begun_, out);
  begun_.clear();
  if (done) end_container(out);
  return done;
}

/// Takes a line without its line feed.
chunk::result<void> json_reader::take(std::string_view line, buffer& out) {
  if (line.find_first_not_of(" \t\r") == line.npos) return {};
  auto parsed = parse_json_line(line);
  if (!parsed) return tl::unexpected(parsed.error());
  const bool contains = parsed->text || parsed->base64;
  if (!parsed->id && !contains) return bad("none of \"id\", \"text\" and \"base64\"");
  const auto payload = payload_of(*parsed);
  if (!payload) return tl::unexpected(payload.error());
  auto fits = check_size(*parsed, *payload);
  if (!fits) return fits;
  const auto depth = parsed->depth.value_or(parsed->parent ? 1 : 0);
  if (depth > 1) return bad(fmt::format("depth {}: there are 0 and 1", depth));
  if (depth == 1) return take_subchunk(*parsed, *payload);
  end_container(out);
  if (parsed->id) ++chunks_;
  if (parsed->id && !contains) {
    container_ = container{std::move(*parsed), {}};
  } else {
    append(*parsed, *payload, out);
  }
  return {};
}

chunk::result<void> json_reader::take_subchunk(const json_line& from, const buffer& payload) {
  if (!from.parent) return bad("a subchunk without \"parent\"");
  if (!container_ || container_->head.index != from.parent) {
    return bad(fmt::format("a subchunk of {}, which is not the container before it", *from.parent));
  }
  append(from, payload, container_->payload);
  return check_size(container_->head, container_->payload);
}

chunk::result<void> json_reader::check_size(const json_line& of, const buffer& payload) const {
  const auto declared = of.error ? of.length.value_or(0) : 0;
  const auto length = std::max<std::uint64_t>(declared, payload.size());
  if (length <= max_payload_) return {};
  return tl::unexpected(chunk::error{chunk::errc::too_large,
                                     fmt::format("{} bytes, more than {}", length, max_payload_)});
}

void json_reader::end_container(buffer& out) {
  if (container_) append(container_->head, container_->payload, out);
  container_.reset();
}

}  // namespace tools::format
