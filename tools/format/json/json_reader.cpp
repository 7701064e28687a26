#include "format/json/json_reader.hpp"

#include "format/base64.hpp"
#include "io/files.hpp"

#include <chunk/escape.hpp>
#include <chunk/id.hpp>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <bitset>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace tools::format {
namespace {

using nlohmann::json;

tl::unexpected<chunk::error> bad(std::string reason) {
  return tl::unexpected(chunk::error{chunk::errc::malformed, std::move(reason)});
}

/// What a member is for.
enum class member : std::uint8_t {
  index,
  parent,
  depth,
  length,
  id,
  text,
  base64,
  error,
  value,
  subchunks,
  offset,
  time,
  delta,
  connection,
  direction,
  latency,
};

/// The members of an object, in the order of the enumeration: those of chunk-dump, and subchunks.
constexpr std::string_view member_names[] = {
    "index", "parent",    "depth",  "length", "id",    "text",       "base64",    "error",
    "value", "subchunks", "offset", "time",   "delta", "connection", "direction", "latency",
};

std::optional<member> find_member(std::string_view name) {
  const auto* const found = std::ranges::find(member_names, name);
  if (found == std::end(member_names)) return std::nullopt;
  return static_cast<member>(found - std::begin(member_names));
}

/// Gives a whole number as JSON may write it, such as 1.0 and 1e3.
///
/// Returns: 2^64 - 1 for a larger one; nullopt: negative or not whole
std::optional<std::uint64_t> whole_number(double value) {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  if (value < 0 || value != std::floor(value)) return std::nullopt;
  return value < static_cast<double>(most) ? static_cast<std::uint64_t>(value) : most;
}

/// Handles the events of the parser for one line. Returning false ends the parser.
class line_handler {
 public:
  explicit line_handler(json_line& out) : line_{.out = &out} {}

  /// What is wrong with the line, once an event has been refused.
  const std::string& reason() const { return reason_; }

  bool start_object(std::size_t) {
    if (!in_subchunks()) return go_deeper();
    subchunk_ = {.out = &line_.out->subchunks->emplace_back()};
    now_ = &subchunk_;
    ++level_;
    return true;
  }

  bool end_object() {
    if (at_member() && !end_members()) return false;
    --level_;
    if (level_ == 2) now_ = &line_;
    return true;
  }

  bool start_array(std::size_t) {
    if (!at_member(member::subchunks)) return go_deeper();
    line_.out->subchunks.emplace();
    ++level_;
    return true;
  }

  bool end_array() {
    --level_;
    return true;
  }

  bool key(std::string& name) {
    if (!at_member()) return true;
    const auto found = find_member(name);
    if (!found) return refuse(fmt::format("unknown member \"{}\"", chunk::quoted(name)));
    now_->current = *found;
    const auto place = static_cast<std::size_t>(*found);
    if (now_->seen.test(place)) return refuse(fmt::format("\"{}\" twice", name));
    now_->seen.set(place);
    const bool nested = now_ == &subchunk_ && *found == member::subchunks;
    return !nested || refuse("has subchunks itself");
  }

  bool string(std::string& value) {
    auto* const text = text_member();
    if (!text) return other();
    *text = std::move(value);
    return true;
  }

  bool number_unsigned(std::uint64_t value) {
    auto* const number = number_member();
    if (!number) return other();
    *number = value;
    return true;
  }

  bool number_integer(std::int64_t value) { return number_float(static_cast<double>(value), {}); }

  bool number_float(double value, const std::string&) {
    auto* const number = number_member();
    const auto whole = whole_number(value);
    if (!number || !whole) return other();
    *number = *whole;
    return true;
  }

  bool null() {
    if (in_subchunks()) return other();
    const bool payload = at_member(member::text) || at_member(member::base64);
    if (payload || at_member(member::subchunks)) now_->out->null_payload = true;
    if (at_member(member::id)) now_->out->null_id = true;
    return true;
  }

  // An error that is false counts as none, as in jq.
  bool boolean(bool value) { return value || !at_member(member::error) ? other() : true; }
  bool binary(json::binary_t&) { return other(); }

  bool parse_error(std::size_t position, const std::string&, const json::exception& why) {
    constexpr int overflow = 406;  // nlohmann-json's number of that exception
    reason_ = fmt::format("{} at column {}",
                          why.id == overflow ? "a number out of range" : "no JSON", position);
    return false;
  }

 private:
  /// An object that describes a chunk.
  struct object {
    json_line* out = nullptr;
    member current = member::offset;
    std::bitset<std::size(member_names)> seen{};
    std::optional<std::string> id{};  // as it is written
  };

  /// Says whether the next value is an element of "subchunks".
  bool in_subchunks() const {
    return level_ == 2 && now_ == &line_ && line_.current == member::subchunks;
  }

  /// Says whether this is a member of a chunk, and not deeper in the value of one.
  bool at_member() const { return level_ == (now_ == &line_ ? 1U : 3U); }
  bool at_member(member which) const { return at_member() && now_->current == which; }

  std::optional<std::string>* text_member() {
    if (at_member(member::id)) return &now_->id;
    if (at_member(member::text)) return &now_->out->text;
    return at_member(member::base64) ? &now_->out->base64 : nullptr;
  }

  std::optional<std::uint64_t>* number_member() {
    if (at_member(member::index)) return &now_->out->index;
    if (at_member(member::parent)) return &now_->out->parent;
    if (at_member(member::depth)) return &now_->out->depth;
    return at_member(member::length) ? &now_->out->length : nullptr;
  }

  /// Ignores a value, or refuses it if a value of another type is required there.
  bool other() {
    const auto name = member_names[static_cast<std::size_t>(now_->current)];
    if (text_member()) return refuse(fmt::format("\"{}\" is no string", name));
    if (number_member()) return refuse(fmt::format("\"{}\" is no whole number", name));
    if (at_member(member::subchunks)) return refuse("\"subchunks\" is no array");
    if (in_subchunks()) return refuse("\"subchunks\" holds something that is no object");
    if (at_member(member::error)) now_->out->error = true;
    if (at_member(member::value)) now_->out->value = true;
    return true;
  }

  bool go_deeper() {
    const bool fits = other();
    ++level_;
    return fits;
  }

  /// Reads the ID at the end of an object.
  bool end_members() {
    if (!now_->id) return true;
    const auto id = chunk::parse_id(*now_->id);
    if (!id) return refuse(id.error().detail);
    now_->out->id = *id;
    return true;
  }

  bool refuse(std::string reason) {
    reason_ = std::move(reason);
    if (now_ == &subchunk_) {
      reason_ = fmt::format("subchunk {}: {}", line_.out->subchunks->size(), reason_);
    }
    return false;
  }

  object line_;
  object subchunk_;  // the latest one within the line
  object* now_ = &line_;
  std::size_t level_ = 0;  // of brackets and braces
  std::string reason_;
};

bool has_payload(const json_line& from) {
  return from.text || from.base64;
}

/// Refuses an object that does not describe one chunk or, without an ID, bytes.
chunk::result<void> check_members(const json_line& from) {
  if (from.text && from.base64) return bad("both \"text\" and \"base64\"");
  if (from.subchunks && has_payload(from)) return bad("both a payload and \"subchunks\"");
  if (from.subchunks && !from.id) return bad("\"subchunks\" without \"id\"");
  if (from.null_id && !from.error) return bad("\"id\" is null");
  if (!from.id && !has_payload(from)) return bad("none of \"id\", \"text\" and \"base64\"");
  if (from.value && !has_payload(from)) return bad("\"value\" without \"text\" or \"base64\"");
  return {};
}

/// Refuses a chunk without a payload if it seems to have lost it.
chunk::result<void> check_empty(const json_line& from) {
  if (from.error) return {};
  const auto length = from.length.value_or(0);
  if (length > 0) {
    return bad(
        fmt::format("\"length\" is {}, but there is neither a payload nor a subchunk", length));
  }
  if (from.null_payload && !from.length)
    return bad("the payload is null, and there is no subchunk");
  return {};
}

/// Refuses an object that does not describe one subchunk or, without an ID, bytes.
chunk::result<void> check_subchunk(const json_line& from) {
  auto good = check_members(from);
  return good && !has_payload(from) ? check_empty(from) : good;
}

/// Appends one chunk or, without an ID, raw bytes.
void append(const json_line& from, const json_reader::buffer& payload, json_reader::buffer& out) {
  if (from.id) {
    const auto length = from.error ? from.length.value_or(payload.size()) : payload.size();
    chunk::append(out, chunk::header{*from.id, length});
  }
  out.insert(out.end(), payload.begin(), payload.end());
}

/// Gives the payload of an object without subchunks, which may be empty.
chunk::result<json_reader::buffer> bytes_of(const json_line& from) {
  if (from.base64) return format::parse_base64(*from.base64);
  const auto bytes = std::as_bytes(std::span(from.text ? *from.text : std::string_view()));
  return json_reader::buffer(bytes.begin(), bytes.end());
}

/// The limit of a line: six characters for each byte of the largest payload, and the rest of the
/// line. Without a limit of payloads there is none.
std::size_t longest_line(std::uint64_t max_payload) {
  constexpr std::size_t rest = 64 * 1024;  // chosen: far more than chunk-dump and jq write
  if (max_payload == chunk::no_limit) return std::numeric_limits<std::size_t>::max();
  return 6 * std::size_t{max_payload} + rest;
}

/// Gives the payload of a container whose subchunks stand in its own object.
chunk::result<json_reader::buffer> nested_payload(const std::vector<json_line>& subchunks) {
  json_reader::buffer out;
  for (std::size_t at = 0; at < subchunks.size(); ++at) {
    const auto& each = subchunks[at];
    auto problem = check_subchunk(each);
    auto payload = bytes_of(each);
    if (problem && !payload) problem = tl::unexpected(payload.error());
    if (!problem) return bad(fmt::format("subchunk {}: {}", at + 1, problem.error().detail));
    append(each, *payload, out);
  }
  return out;
}

}  // namespace

chunk::result<json_line> parse_json_line(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  if (const auto mark = io::byte_order_mark(text); !mark.empty()) {
    return bad(fmt::format("begins with a byte order mark of {}", mark));
  }
  if (!text.substr(std::min(text.find_first_not_of(blanks), text.size())).starts_with('{')) {
    return bad("not a JSON object");
  }
  // The parser takes a NUL for the end of the text.
  const auto nul = text.find('\0');
  json_line out;
  line_handler handler(out);
  const bool whole = json::sax_parse(text.begin(), text.end(), &handler);
  if (!whole) return bad(handler.reason());
  if (nul != text.npos) return bad(fmt::format("no JSON at column {}", nul + 1));
  return out;
}

json_reader::json_reader(std::uint64_t max_payload)
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
  if (done) done = end_container(out);
  return done;
}

/// Takes a line without its line feed.
chunk::result<void> json_reader::take(std::string_view line, buffer& out) {
  if (line.find_first_not_of(" \t\r") == line.npos) return {};
  auto parsed = parse_json_line(line);
  if (!parsed) return tl::unexpected(parsed.error());
  auto good = check_members(*parsed);
  if (!good) return good;
  const auto payload = parsed->subchunks ? nested_payload(*parsed->subchunks) : bytes_of(*parsed);
  if (!payload) return tl::unexpected(payload.error());
  auto fits = check_size(*parsed, *payload);
  if (!fits) return fits;
  const auto depth = parsed->depth.value_or(parsed->parent ? 1 : 0);
  if (depth > 1) return bad(fmt::format("depth {}: there are 0 and 1", depth));
  if (depth == 1) return take_subchunk(*parsed, *payload);
  auto ended = end_container(out);
  if (!ended) return ended;
  if (parsed->id) ++chunks_;
  if (has_payload(*parsed) || parsed->subchunks) {
    append(*parsed, *payload, out);
  } else {
    container_ = container{std::move(*parsed), {}, line_};
  }
  return {};
}

chunk::result<void> json_reader::take_subchunk(const json_line& from, const buffer& payload) {
  if (from.subchunks) return bad("a subchunk has subchunks itself");
  if (!from.parent) return bad("a subchunk without \"parent\"");
  if (!container_ || container_->head.index != from.parent) {
    return bad(fmt::format("a subchunk of {}, which is not the container before it", *from.parent));
  }
  auto good = check_subchunk(from);
  if (!good) return good;
  append(from, payload, container_->payload);
  container_->empty = false;
  return check_size(container_->head, container_->payload);
}

chunk::result<void> json_reader::check_size(const json_line& of, const buffer& payload) const {
  const auto declared = of.error ? of.length.value_or(0) : 0;
  const auto length = std::max<std::uint64_t>(declared, payload.size());
  if (length <= max_payload_) return {};
  return tl::unexpected(chunk::error{chunk::errc::too_large,
                                     fmt::format("{} bytes, more than {}", length, max_payload_)});
}

chunk::result<void> json_reader::end_container(buffer& out) {
  if (!container_) return {};
  if (container_->empty) {
    auto good = check_empty(container_->head);
    if (!good) {
      line_ = container_->line;
      return good;
    }
  }
  append(container_->head, container_->payload, out);
  container_.reset();
  return {};
}

}  // namespace tools::format
