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

/// As in json_object.cpp, so that the parser is compiled once.
using json = nlohmann::ordered_json;

tl::unexpected<chunk::error> bad(std::string reason) {
  return tl::unexpected(chunk::error{chunk::errc::malformed, std::move(reason)});
}

/// A member of an object: one of those of chunk-dump, or subchunks.
struct member {
  std::string_view name;
  std::optional<std::string> json_line::*text = nullptr;      ///< where a string goes
  std::optional<std::uint64_t> json_line::*number = nullptr;  ///< where a whole number goes
  bool json_line::*there = nullptr;  ///< set if it is neither null nor false
  bool json_line::*lost = nullptr;   ///< set if it is null
};

constexpr member members[] = {
    {.name = "index", .number = &json_line::index},
    {.name = "parent", .number = &json_line::parent},
    {.name = "depth", .number = &json_line::depth},
    {.name = "closes", .number = &json_line::closes},
    {.name = "length", .number = &json_line::length},
    {.name = "declared", .number = &json_line::declared},
    {.name = "id", .text = &json_line::id, .lost = &json_line::null_id},
    {.name = "text", .text = &json_line::text, .lost = &json_line::null_payload},
    {.name = "base64", .text = &json_line::base64, .lost = &json_line::null_payload},
    {.name = "prefix", .text = &json_line::prefix},
    {.name = "trailer", .text = &json_line::trailer},
    {.name = "pad", .text = &json_line::pad},
    {.name = "preamble", .there = &json_line::preamble},
    {.name = "error", .there = &json_line::error},
    {.name = "value", .there = &json_line::value},
    {.name = "fields"},
    {.name = "subchunks", .lost = &json_line::null_payload},
    {.name = "offset"},
    {.name = "time"},
    {.name = "delta"},
    {.name = "connection"},
    {.name = "direction"},
    {.name = "latency"},
};

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
  line_handler(json_line& out, std::size_t depth) : out_(out), depth_(depth) {}

  /// What is wrong with the line, once an event has been refused.
  const std::string& reason() const { return reason_; }

  bool start_object(std::size_t) {
    if (ignored_ > 0 || in_fields_) return go_deeper();
    if (objects_.empty()) {
      objects_.push_back({.out = &out_});
    } else if (now().in_subchunks) {
      objects_.push_back({.out = &now().out->subchunks->emplace_back()});
    } else if (is_at("fields")) {
      in_fields_ = true;
    } else {
      return go_deeper();
    }
    return true;
  }

  bool end_object() {
    if (ignored_ > 0) {
      --ignored_;
    } else if (in_fields_) {
      in_fields_ = false;
    } else {
      objects_.pop_back();
    }
    return true;
  }

  bool start_array(std::size_t) {
    if (ignored_ > 0 || in_fields_ || now().in_subchunks || !is_at("subchunks")) {
      return go_deeper();
    }
    now().out->subchunks.emplace();
    now().in_subchunks = true;
    return true;
  }

  bool end_array() {
    if (ignored_ > 0) {
      --ignored_;
    } else {
      now().in_subchunks = false;
    }
    return true;
  }

  bool key(std::string& name) {
    if (ignored_ > 0) return true;
    if (in_fields_) {
      field_ = std::move(name);
      return true;
    }
    const auto* const found = std::ranges::find(members, name, &member::name);
    if (found == std::end(members)) {
      return refuse(fmt::format("unknown member \"{}\"", chunk::quoted(name)));
    }
    now().current = found;
    const auto place = static_cast<std::size_t>(found - std::begin(members));
    if (now().seen.test(place)) return refuse(fmt::format("\"{}\" twice", name));
    now().seen.set(place);
    const bool nested = objects_.size() > depth_ && name == "subchunks";
    return !nested || refuse("has subchunks itself");
  }

  bool string(std::string& value) {
    if (at_field()) return add_field(std::move(value));
    if (!at_member() || !now().current->text) return other();
    now().out->*now().current->text = std::move(value);
    return true;
  }

  bool number_unsigned(std::uint64_t value) {
    if (at_field()) return add_field(std::to_string(value));
    if (!at_member() || !now().current->number) return other();
    now().out->*now().current->number = value;
    return true;
  }

  bool number_integer(std::int64_t value) { return number_float(static_cast<double>(value), {}); }

  bool number_float(double value, const std::string&) {
    const auto whole = whole_number(value);
    return whole ? number_unsigned(*whole) : other();
  }

  bool null() {
    if (at_field()) return true;
    if (!at_member()) return other();
    if (const auto lost = now().current->lost) now().out->*lost = true;
    return true;
  }

  // An error that is false counts as none, as in jq.
  bool boolean(bool value) {
    const bool counts = at_member() && now().current->there && !is_at("value");
    return counts && !value ? true : other();
  }

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
    const member* current = nullptr;
    bool in_subchunks = false;  // inside the array of that member
    std::bitset<std::size(members)> seen{};
  };

  object& now() { return objects_.back(); }

  /// Says whether a value is that of a member of a chunk, and not deeper.
  bool at_member() { return ignored_ == 0 && !in_fields_ && !now().in_subchunks; }
  bool at_field() const { return ignored_ == 0 && in_fields_; }
  bool is_at(std::string_view name) { return now().current->name == name; }

  bool add_field(std::string text) {
    now().out->fields.push_back({std::move(field_), std::move(text)});
    return true;
  }

  /// Ignores a value, or refuses it if a value of another type is required there.
  bool other() {
    if (ignored_ > 0) return true;
    if (in_fields_) {
      return refuse(
          fmt::format("field \"{}\" is no string and no whole number", chunk::quoted(field_)));
    }
    if (now().in_subchunks) return refuse("\"subchunks\" holds something that is no object");
    const auto& at = *now().current;
    if (at.text) return refuse(fmt::format("\"{}\" is no string", at.name));
    if (at.number) return refuse(fmt::format("\"{}\" is no whole number", at.name));
    if (is_at("subchunks")) return refuse("\"subchunks\" is no array");
    if (is_at("fields")) return refuse("\"fields\" is no object");
    if (at.there) now().out->*at.there = true;
    return true;
  }

  bool go_deeper() {
    const bool fits = other();
    ++ignored_;
    return fits;
  }

  bool refuse(std::string reason) {
    reason_ = std::move(reason);
    for (auto at = objects_.size(); at > 1; --at) {
      reason_ = fmt::format("subchunk {}: {}", objects_[at - 2].out->subchunks->size(), reason_);
    }
    return false;
  }

  json_line& out_;
  std::size_t depth_;            // levels of subchunks
  std::vector<object> objects_;  // the chunk, and the subchunks around the current one
  std::size_t ignored_ = 0;      // brackets and braces in a value that is not used
  bool in_fields_ = false;
  std::string field_;  // the name of the current one
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
  if (from.prefix && has_payload(from)) return bad("both a payload and \"prefix\"");
  if (from.preamble && from.id) return bad("both \"preamble\" and \"id\"");
  const bool described =
      from.declared || from.trailer || from.pad || from.prefix || !from.fields.empty();
  if (described && !from.id) return bad("bytes without \"id\" have no header");
  return {};
}

/// Refuses a chunk without a payload if it seems to have lost it.
chunk::result<void> check_empty(const json_line& from) {
  if (from.error) return {};
  const auto length = from.length.value_or(0);
  if (length > 0 && !from.prefix) {
    return bad(
        fmt::format("\"length\" is {}, but there is neither a payload nor a subchunk", length));
  }
  if (from.null_payload && !from.length)
    return bad("the payload is null, and there is no subchunk");
  return {};
}

/// Gives the payload of an object without subchunks, which may be empty.
chunk::result<json_reader::buffer> bytes_of(const json_line& from) {
  if (from.base64) return format::parse_base64(*from.base64);
  if (from.prefix) return chunk::unescape(*from.prefix);
  const auto bytes = std::as_bytes(std::span(from.text ? *from.text : std::string_view()));
  return json_reader::buffer(bytes.begin(), bytes.end());
}

/// Escapes what has a meaning in the notation.
std::string without_marks(std::string_view text) {
  std::string out;
  for (const char each : text) {
    if (each == ':' || each == ',' || each == '=') {
      chunk::append_escape(out, static_cast<std::byte>(each));
    } else {
      out += each;
    }
  }
  return out;
}

void append(json_reader::buffer& out, const chunk::image& from) {
  const auto held = out.size();
  out.resize(held + static_cast<std::size_t>(from.size()));
  from.read(0, std::span(out).subspan(held));
}

/// Bytes that follow a payload, as far as they are given.
chunk::result<json_reader::buffer> given_tail(const json_line& from) {
  json_reader::buffer out;
  for (const auto& each : {from.trailer, from.pad}) {
    if (!each) continue;
    const auto bytes = chunk::unescape(*each);
    if (!bytes) return tl::unexpected(bytes.error());
    out.insert(out.end(), bytes->begin(), bytes->end());
  }
  return out;
}

chunk::result<std::vector<std::byte>> load_nothing(const std::string&) {
  return std::vector<std::byte>();
}

/// The limit of a line: as many characters as chunk-dump writes for each byte of the largest
/// payload, and the rest of the line. Without a limit of payloads there is none.
std::size_t longest_line(std::uint64_t max_payload) {
  // A byte of a text takes six, and an empty subchunk of eight bytes has an object of its own.
  constexpr std::size_t per_byte = 16;
  constexpr std::size_t rest = 64 * 1024;  // chosen: far more than chunk-dump and jq write
  constexpr auto most = std::numeric_limits<std::size_t>::max();
  if (max_payload > (most - rest) / per_byte) return most;
  return per_byte * std::size_t{max_payload} + rest;
}

}  // namespace

chunk::result<json_line> parse_json_line(std::string_view text, std::size_t depth) {
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
  line_handler handler(out, depth);
  const bool whole = json::sax_parse(text.begin(), text.end(), &handler);
  if (!whole) return bad(handler.reason());
  if (nul != text.npos) return bad(fmt::format("no JSON at column {}", nul + 1));
  return out;
}

json_reader::json_reader(std::uint64_t max_payload, const chunk::protocol& rules)
    : max_payload_(
          std::min(max_payload, rules.framing.definition ? max_payload : chunk::max_length)),
      rules_(rules),
      longest_line_(longest_line(max_payload)) {}

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
  if (done) done = end_containers(0, out);
  return done;
}

/// Takes a line without its line feed.
chunk::result<void> json_reader::take(std::string_view line, buffer& out) {
  if (line.find_first_not_of(" \t\r") == line.npos) return {};
  auto parsed = parse_json_line(line, rules_.framing.depth());
  if (!parsed) return tl::unexpected(parsed.error());
  if (parsed->closes) return take_closing(*parsed, out);
  auto good = check_members(*parsed);
  if (!good) return good;
  const auto level = level_of(*parsed);
  if (!level) return tl::unexpected(level.error());
  const auto* outer = *level > 0 ? &containers_[*level - 1].rule : nullptr;
  // What is wrong with the line is found before what comes before it is complete.
  if (parsed->id) {
    const auto known = draft_of(*parsed, outer);
    if (!known) return tl::unexpected(known.error());
  }
  const auto payload = parsed->subchunks ? nested_payload(*parsed, outer) : bytes_of(*parsed);
  if (!payload) return tl::unexpected(payload.error());
  auto fits = check_size(*parsed, payload->size());
  if (!fits) return fits;
  auto ended = end_containers(*level, out);
  if (!ended) return ended;
  if (*level == 0 && parsed->id) ++chunks_;
  const bool whole = has_payload(*parsed) || parsed->subchunks;
  if (!whole && *level < rules_.framing.depth()) return enter(std::move(*parsed));
  if (!whole) {
    good = check_empty(*parsed);
    if (!good) return good;
  }
  if (*level == 0) return add(*parsed, *payload, nullptr, out);
  auto& around = containers_.back();
  around.empty = false;
  good = add(*parsed, *payload, &around.rule, around.payload);
  return good ? check_size(around.head, around.payload.size()) : good;
}

/// Says how deep a line stands, in a container that is there.
chunk::result<std::size_t> json_reader::level_of(const json_line& from) const {
  const auto most = rules_.framing.depth();
  const auto holds = [&](const container& each) { return each.head.index == from.parent; };
  std::uint64_t depth = from.depth.value_or(0);
  if (!from.depth && from.parent) {
    const auto found = std::ranges::find_if(containers_.rbegin(), containers_.rend(), holds);
    const auto above = static_cast<std::uint64_t>(containers_.rend() - found);
    depth = std::max<std::uint64_t>(above, 1);
  }
  if (depth > most) {
    return bad(most == 1 ? fmt::format("depth {}: there are 0 and 1", depth)
                         : fmt::format("depth {}: there are 0 to {}", depth, most));
  }
  if (depth == 0) return 0;
  if (depth == most && from.subchunks) return bad("a subchunk has subchunks itself");
  if (!from.parent) return bad("a subchunk without \"parent\"");
  const auto level = static_cast<std::size_t>(depth);
  if (level > containers_.size() || !holds(containers_[level - 1])) {
    return bad(fmt::format("a subchunk of {}, which is not the container before it", *from.parent));
  }
  return level;
}

/// Takes a line that ends a container, and says how.
chunk::result<void> json_reader::take_closing(const json_line& from, buffer& out) {
  const auto closed = [&](const container& each) { return each.head.index == from.closes; };
  const auto found = std::ranges::find_if(containers_, closed);
  if (found == containers_.end()) {
    return bad(fmt::format("closes {}, which is not a container before it", *from.closes));
  }
  const auto level = static_cast<std::size_t>(found - containers_.begin());
  auto ended = end_containers(level + 1, out);
  if (!ended) return ended;
  auto& head = containers_.back().head;
  if (from.length) head.declared = from.length;
  if (from.declared) head.declared = from.declared;
  if (from.trailer) head.trailer = from.trailer;
  if (from.pad) head.pad = from.pad;
  head.error = head.error || from.error;
  return end_containers(level, out);
}

/// Begins a chunk whose subchunks may follow in lines of their own.
chunk::result<void> json_reader::enter(json_line&& from) {
  const auto inner = rule_of(from, innermost());
  if (!inner) return tl::unexpected(inner.error());
  auto before = bytes_of(from);
  if (!before) return tl::unexpected(before.error());
  containers_.push_back({std::move(from), std::move(*before), line_, true, *inner});
  return {};
}

chunk::result<void> json_reader::end_containers(std::size_t level, buffer& out) {
  while (containers_.size() > level) {
    auto ended = end_container(out);
    if (!ended) return ended;
  }
  return {};
}

chunk::result<void> json_reader::end_container(buffer& out) {
  const auto ended = std::move(containers_.back());
  containers_.pop_back();
  auto done = ended.empty ? check_empty(ended.head) : chunk::result<void>();
  if (done && containers_.empty()) {
    done = add(ended.head, ended.payload, nullptr, out);
  } else if (done) {
    auto& outer = containers_.back();
    outer.empty = false;
    done = add(ended.head, ended.payload, &outer.rule, outer.payload);
    if (done) done = check_size(outer.head, outer.payload.size());
  }
  if (!done) line_ = ended.line;
  return done;
}

chunk::result<void> json_reader::check_size(const json_line& of, std::uint64_t size) const {
  const auto declared = of.error ? of.length.value_or(0) : 0;
  const auto length = std::max(declared, size);
  if (length <= max_payload_) return {};
  return tl::unexpected(chunk::error{chunk::errc::too_large,
                                     fmt::format("{} bytes, more than {}", length, max_payload_)});
}

/// Gives the payload of a container whose subchunks stand in its own object.
chunk::result<json_reader::buffer> json_reader::nested_payload(const json_line& from,
                                                               const chunk::rule* outer) const {
  const auto inner = rule_of(from, outer);
  if (!inner) return tl::unexpected(inner.error());
  auto out = bytes_of(from);
  if (!out) return out;
  for (std::size_t at = 0; at < from.subchunks->size(); ++at) {
    const auto& each = (*from.subchunks)[at];
    auto done = check_members(each);
    if (done && !has_payload(each) && !each.subchunks) done = check_empty(each);
    if (done) {
      const auto payload = each.subchunks ? nested_payload(each, &*inner) : bytes_of(each);
      done = payload ? add(each, *payload, &*inner, *out) : tl::unexpected(payload.error());
    }
    if (!done) return bad(fmt::format("subchunk {}: {}", at + 1, done.error().detail));
  }
  return out;
}

/// Gives what the notation would say of a chunk without its contents. `outer` is the rule of its
/// container.
chunk::result<chunk::draft> json_reader::draft_of(const json_line& from,
                                                  const chunk::rule* outer) const {
  if (!rules_.framing.definition) {
    const bool described =
        from.declared || from.trailer || from.pad || from.prefix || !from.fields.empty();
    if (described) {
      return bad(
          "a chunk of the protocol has no \"fields\", \"declared\", \"prefix\", "
          "\"trailer\" and \"pad\"");
    }
    const auto id = chunk::parse_id(*from.id);
    if (!id) return bad(id.error().detail);
    chunk::draft out;
    out.id = *id;
    return out;
  }
  auto text = without_marks(*from.id);
  const auto add = [&text](std::string_view name, std::string_view value) {
    text += ',';
    text += without_marks(name);
    text += '=';
    text += without_marks(value);
  };
  for (const auto& each : from.fields) {
    if (chunk::is_modifier(each.name)) return bad(fmt::format("no field '{}'", each.name));
    add(each.name, each.text);
  }
  if (from.declared) add("len", std::to_string(*from.declared));
  if (from.trailer) add("trailer", *from.trailer);
  if (from.pad) add("pad", *from.pad);
  auto out = outer ? chunk::parse_subchunk(text, rules_, *outer) : chunk::parse_chunk(text, rules_);
  if (!out) return bad(out.error().detail);
  return out;
}

/// Gives the rule that the subchunks of a chunk follow.
chunk::result<chunk::rule> json_reader::rule_of(const json_line& from,
                                                const chunk::rule* outer) const {
  const auto head = draft_of(from, outer);
  if (!head) return tl::unexpected(head.error());
  chunk::rule out;
  out.id = head->id;
  out.framing = rules_.framing_in(rules_.find(head->id));
  return out;
}

/// Appends one chunk or, without an ID, raw bytes.
chunk::result<void> json_reader::add(const json_line& from, const buffer& payload,
                                     const chunk::rule* outer, buffer& out) const {
  if (!from.id) {
    out.insert(out.end(), payload.begin(), payload.end());
    return {};
  }
  auto head = draft_of(from, outer);
  if (!head) return tl::unexpected(head.error());
  const auto length = from.error ? from.length.value_or(payload.size()) : payload.size();
  const auto& how = head->framing;
  if (how.definition && (from.declared || length == payload.size())) {
    head->contents.push_back({nullptr, payload, {}});
    const auto made = encode(*head, load_nothing);
    if (!made) return bad(made.error().detail);
    append(out, *made);
    return {};
  }
  chunk::header declared{head->id, length};
  buffer front;
  if (how.definition) {
    // A header with the same fields, whose length is then another one.
    head->trailer = head->padding = buffer();
    const auto made = encode(*head, load_nothing);
    if (!made) return bad(made.error().detail);
    append(front, *made);
    declared.front = front;
    if (!how.can_declare(declared)) return bad("a length that no header can declare");
  }
  chunk::append(out, declared, how);
  out.insert(out.end(), payload.begin(), payload.end());
  const auto tail = given_tail(from);
  if (!tail) return bad(tail.error().detail);
  out.insert(out.end(), tail->begin(), tail->end());
  return {};
}

}  // namespace tools::format
