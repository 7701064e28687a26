// The parts of chunks that a template names.
#include "format/template.hpp"

#include "cli/nearest.hpp"
#include "format/base64.hpp"
#include "format/registry.hpp"
#include "format/utc_time.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <utility>

namespace tools::format {
namespace {

using part = line_template::part;

/// The parts that chunks of every framing have.
constexpr std::array<std::pair<std::string_view, part>, 9> parts_of_all{{
    {"index", part::index},
    {"offset", part::offset},
    {"id", part::id},
    {"length", part::length},
    {"payload", part::payload},
    {"text", part::escaped},
    {"base64", part::base64},
    {"value", part::value},
    {"time", part::time},
}};

bool takes_payload(const line_template::piece& of) {
  return of.kind == part::payload || of.kind == part::escaped || of.kind == part::base64;
}

/// The names that a template may use. Parts of all chunks come before fields, and these before
/// subchunks.
class template_names {
 public:
  explicit template_names(const chunk::protocol& rules) : rules_(rules) {
    for (const auto& [name, kind] : parts_of_all) add({kind, std::string(name)});
    chunk::id any;
    any.form = rules.framing.ids();
    add_fields(rules.framing, any);
    for (const auto& each : rules.rules) {
      if (each.outer) add_fields(rules.framing, each.id);
    }
    for (const auto& each : rules.rules) {
      if (each.inner) add({part::subchunk, to_text(each.id), each.id});
    }
  }

  /// Finds what a name stands for.
  ///
  /// Errors: errc::bad_notation; the detail says why there is no such part
  chunk::result<line_template::piece> find(std::string_view name) const {
    for (const auto& each : known_) {
      if (each.text == name) return each;
      if (each.kind != part::subchunk) continue;
      const auto id = chunk::parse_id(name, each.inner.form);
      if (id && *id == each.inner) return each;
    }
    std::vector<std::string_view> names;
    for (const auto& each : known_) {
      if (std::ranges::find(names, each.text) == names.end()) names.push_back(each.text);
    }
    auto hint = cli::did_you_mean(name, names);
    const auto other = find_other(name);
    // The names of parts are in small letters, and few IDs are.
    const bool may_be_part = std::ranges::any_of(name, [](char c) { return c >= 'a' && c <= 'z'; });
    if (other && (hint.empty() || !may_be_part)) {
      return line_template::piece{part::subchunk, {}, *other};
    }
    if (hint.empty()) hint = "; there are " + cli::joined(names, ", ");
    return tl::unexpected(
        chunk::error{chunk::errc::bad_notation, "no part of a chunk has this name" + hint});
  }

 private:
  /// Finds the ID of a subchunk that the protocol does not name, but allows.
  std::optional<chunk::id> find_other(std::string_view name) const {
    if (rules_.guesses) return id_in(rules_.framing, name);
    for (const auto& each : rules_.rules) {
      if (!each.others) continue;
      if (const auto id = id_in(rules_.framing_in(&each), name)) return id;
    }
    return std::nullopt;
  }

  static std::optional<chunk::id> id_in(const chunk::framing& how, std::string_view name) {
    const auto id = chunk::parse_id(name, how.ids());
    if (!id) return std::nullopt;
    return *id;
  }

  void add(line_template::piece given) {
    const auto is_same = [&](const line_template::piece& each) {
      return each.kind == given.kind && each.text == given.text;
    };
    if (std::ranges::none_of(known_, is_same)) known_.push_back(std::move(given));
  }

  void add_fields(const chunk::framing& how, const chunk::id& of) {
    for (const auto& each : how.fields({of, 0})) add({part::field, std::string(each.name)});
  }

  const chunk::protocol& rules_;
  std::vector<line_template::piece> known_;
};

/// Makes the error about a part of a template, which begins at `at`.
tl::unexpected<chunk::error> refuse_part(std::size_t at, std::string_view shown,
                                         std::string_view why) {
  return tl::unexpected(
      chunk::error{chunk::errc::bad_notation,
                   fmt::format("character {}: '{}': {}", at + 1, chunk::quoted(shown), why)});
}

/// A subchunk and its ID.
struct found_subchunk {
  chunk::id id;
  std::span<const std::byte> payload;
};

/// Finds the first subchunk with an ID, on any level.
std::optional<found_subchunk> find_subchunk(const chunk::protocol& rules,
                                            const chunk::chunk_view& of, const chunk::id& wanted,
                                            std::size_t level = 0) {
  const auto inner = unnest(rules, of, 0, level);
  for (const auto& each : inner.subchunks) {
    if (each.id == wanted) return found_subchunk{each.id, each.payload};
    if (const auto found = find_subchunk(rules, each, wanted, level + 1)) return found;
  }
  return std::nullopt;
}

class template_formatter final : public formatter {
 public:
  template_formatter(const format_options& how, destination out)
      : pattern_(how.pattern),
        rules_(*how.rules),
        escapes_(how.escapes),
        out_(out.text()),
        base64_(out_),
        payload_at_(pattern_->payload_at()),
        holds_(pattern_->holds()) {}

  // Containers come as chunks like others, and what is in no chunk is omitted.
  void add(const chunk::fragment& given, const details&) override {
    if (given.kind != chunk::fragment_kind::chunk || given.level > 0) return;
    if (given.begins) begin(given);
    if (holds_) return hold(given);
    if (payload_at_ < pattern_->pieces.size()) {
      append_payload(pattern_->pieces[payload_at_].kind, given.payload);
    }
    if (given.ends) end(given);
  }

  // Bytes that are not a chunk are omitted.
  void fault(const chunk::error&, std::span<const std::byte>, std::uint64_t) override {}

 private:
  void begin(const chunk::fragment& given) {
    held_.clear();
    if (holds_ || payload_at_ == pattern_->pieces.size()) return;
    append_pieces(0, payload_at_, given, {});
  }

  /// Writes what stands behind the payload, or all of it where there is no payload.
  void end(const chunk::fragment& given) {
    const auto count = pattern_->pieces.size();
    if (payload_at_ == count) {
      append_pieces(0, count, given, {});
    } else {
      end_payload(pattern_->pieces[payload_at_].kind);
      append_pieces(payload_at_ + 1, count, given, {});
    }
    ++index_;
  }

  void hold(const chunk::fragment& given) {
    auto payload = given.payload;
    if (!given.begins || !given.ends) {
      held_.insert(held_.end(), payload.begin(), payload.end());
      payload = held_;
    }
    if (!given.ends) return;
    append_pieces(0, pattern_->pieces.size(), given, payload);
    ++index_;
  }

  void append_pieces(std::size_t from, std::size_t to, const chunk::fragment& given,
                     std::span<const std::byte> payload) {
    for (; from < to; ++from) append_piece(pattern_->pieces[from], given, payload);
  }

  void append_piece(const line_template::piece& which, const chunk::fragment& given,
                    std::span<const std::byte> payload) {
    switch (which.kind) {
      case part::text: out_ += which.text; break;
      case part::index: append_number(index_); break;
      case part::offset: append_number(given.offset); break;
      case part::id: append_text(out_, given.head.id); break;
      case part::length:
        if (!given.open) append_number(given.head.length);
        break;
      case part::time: append_utc(out_, wall_clock::now()); break;
      case part::field: append_field(given.head, which.text); break;
      case part::payload:
      case part::escaped:
      case part::base64:
        append_payload(which.kind, payload);
        end_payload(which.kind);
        break;
      case part::value: append_value(given.head.id, payload); break;
      case part::subchunk: {
        const auto found =
            find_subchunk(rules_, {given.head.id, payload, given.head.front}, which.inner);
        if (found) append_value(found->id, found->payload);
        break;
      }
    }
  }

  void append_number(std::uint64_t number) {
    fmt::format_to(std::back_inserter(out_), "{}", number);
  }

  void append_field(const chunk::header& of, std::string_view name) {
    const auto fields = rules_.framing.fields(of);
    const auto found = std::ranges::find(fields, name, &chunk::header_field::name);
    if (found != fields.end()) out_ += found->text();
  }

  void append_value(const chunk::id& of, std::span<const std::byte> payload) {
    if (const auto shown = value_of(rules_, of, payload)) {
      out_ += *shown;
    } else {
      append_payload(part::payload, payload);
    }
  }

  void append_payload(part as, std::span<const std::byte> bytes) {
    static constexpr chunk::escape_set escapes{"%"};
    if (as == part::base64) return base64_.add(bytes);
    if (as == part::escaped || escapes_) return chunk::append_escaped(out_, bytes, escapes);
    out_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }

  void end_payload(part as) {
    if (as == part::base64) base64_.end();
  }

  std::shared_ptr<const line_template> pattern_;
  const chunk::protocol& rules_;
  const bool escapes_;
  std::string& out_;
  base64_writer base64_;
  const std::size_t payload_at_;
  const bool holds_;
  std::vector<std::byte> held_;  // the payload of a chunk that comes in several fragments
  std::uint64_t index_ = 0;
};

std::unique_ptr<formatter> make_template(const format_options& how, destination out) {
  return std::make_unique<template_formatter>(how, out);
}

}  // namespace

std::size_t line_template::payload_at() const {
  return static_cast<std::size_t>(std::ranges::find_if(pieces, takes_payload) - pieces.begin());
}

bool line_template::holds() const {
  const auto needs_all = [](const piece& each) {
    return each.kind == part::value || each.kind == part::subchunk;
  };
  return std::ranges::any_of(pieces, needs_all) || std::ranges::count_if(pieces, takes_payload) > 1;
}

chunk::result<line_template> parse_template(std::string_view text, const chunk::protocol& rules) {
  const template_names names(rules);
  line_template out;
  std::string plain;
  const auto end_plain = [&] {
    if (!plain.empty()) out.pieces.push_back({part::text, std::exchange(plain, {})});
  };
  for (std::size_t at = 0; at < text.size();) {
    const auto rest = text.substr(at);
    if (rest.starts_with("%{")) {
      const auto close = rest.find('}');
      if (close == rest.npos) return refuse_part(at, rest, "the closing brace is missing");
      const auto name = rest.substr(2, close - 2);
      auto found = names.find(name);
      if (!found) return refuse_part(at, rest.substr(0, close + 1), found.error().detail);
      end_plain();
      out.pieces.push_back(std::move(*found));
      at += close + 1;
    } else if (rest.starts_with('%')) {
      constexpr std::size_t escape_size = 3;
      const auto bytes = chunk::unescape(rest.substr(0, escape_size));
      if (!bytes) {
        return refuse_part(at, rest.substr(0, escape_size),
                           "neither %{NAME} nor % and two hexadecimal digits");
      }
      plain += static_cast<char>(bytes->front());
      at += escape_size;
    } else {
      plain += rest.front();
      ++at;
    }
  }
  end_plain();
  return out;
}

const output_format template_format{
    .name = "template",
    .help = "what --template says",
    .make = make_template,
    .needs = {.subchunks = false},
    .takes = {.tap = false},
    .omits_incomplete = true,
    .flat = true,
};

}  // namespace tools::format
