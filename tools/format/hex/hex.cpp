// The default view: a line for each chunk and subchunk, with its value or with rows of bytes below.
#include "format/hex/hex_rows.hpp"
#include "format/hex/text_rows.hpp"
#include "format/legible.hpp"
#include "format/registry.hpp"
#include "format/titles.hpp"

#include <chunk/escape.hpp>
#include <chunk/validation.hpp>
#include <chunk/value.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tools::format {
namespace {

/// Columns that a value other than text may take on the line of its chunk. Chosen: with offset, ID,
/// length and role the line still fits a terminal of 80 columns.
constexpr std::size_t short_value = 40;

/// What is shown in rows below the line of a chunk.
enum class below { nothing, bytes, text };

bool has_line_end(std::span<const std::byte> bytes) {
  return std::memchr(bytes.data(), '\n', bytes.size()) != nullptr;
}

/// Says of the chunks of a protocol whether they are requests or replies. For those that may be
/// both the side of the stream decides, which may show only with a chunk that is nothing but a
/// reply.
class roles {
 public:
  explicit roles(chunk::stream_side side) : side_(side) {}

  std::string_view of(const chunk::rule& known) {
    const auto role = role_of(known, side_);
    const bool unknown = side_ == chunk::stream_side::unknown;
    if (unknown && role == "reply") side_ = chunk::stream_side::server;
    return role == "both" ? "request" : role;
  }

 private:
  chunk::stream_side side_;
};

class hex_formatter final : public formatter {
 public:
  hex_formatter(const format_options& how, destination out)
      : how_(how),
        out_(out.text()),
        titles_(how_, out_),
        rows_(out_, {how.row_bytes, how.squeeze, &titles_.colours()}),
        text_rows_(out_),
        roles_(how.side),
        choice_(how.chosen) {}

  void add(const chunk::fragment& given, const details& known) override {
    if (how_.rules->framing.definition) return add_in_framing(given, known);
    if (given.begins && given.ends) return add_whole(given, known);
    if (given.begins) {
      titles_.chunk(given.offset, given.head, known);
      append_role(how_.rules->find(given.head.id));
      titles_.latency(known);
      out_ += '\n';
      start_rows(given.payload_offset(), level_indent);
      inside_ = !known.header_only;
    }
    add_rows(given.payload);
    if (given.ends) finish_rows();
    inside_ = inside_ && !given.ends;
  }

  void fault(const chunk::error& why, std::span<const std::byte> bytes,
             std::uint64_t offset) override {
    const auto word = '(' + why.code.message() + ')';
    if (inside_) {
      finish_rows();
      remark(word, titles_.colours().fault);
      inside_ = false;
    } else if (bytes.empty() && !entered_.empty()) {
      // A container ends between two of its subchunks.
      indent_ = (entered_.size() + 1) * level_indent;
      remark(word, titles_.colours().fault);
    }
    const auto level = entered_.size();
    entered_.clear();
    if (bytes.empty()) return;
    // Bytes that are not a chunk may come in several pieces.
    if (offset != fault_end_) {
      titles_.bytes(offset, level);
      titles_.append(word, titles_.colours().fault);
      out_ += '\n';
    }
    fault_end_ = offset + bytes.size();
    start_rows(offset, (level + 1) * level_indent);
    add_rows(bytes);
    finish_rows();
  }

 private:
  void add_in_framing(const chunk::fragment& given, const details& known) {
    if (!choice_.takes(given)) return;
    switch (given.kind) {
      case chunk::fragment_kind::preamble: return add_preamble(given);
      case chunk::fragment_kind::stray: return add_stray(given, known);
      case chunk::fragment_kind::chunk: break;
    }
    if (given.leaves) return add_leaving(given);
    if (given.begins && given.ends) {
      if (given.level == 0) return add_whole(given, known);
      titles_.chunk(given, known);
      return add_contents(given.placed(), subchunks_of(given.level), given.level);
    }
    const auto indent = (given.level + 1) * level_indent;
    if (given.begins) {
      titles_.chunk(given, known);
      titles_.fields(given.head, subchunks_of(given.level));
      const bool has_role = given.level == 0 && append_role(how_.rules->find(given.head.id));
      if (given.enters) return add_entering(given, known, has_role);
      titles_.latency(known);
      out_ += '\n';
      start_rows(given.payload_offset(), indent);
      inside_ = !known.header_only;
    }
    add_rows(given.payload);
    if (!given.ends) return;
    finish_rows();
    for (const auto& each : check_tail(given, subchunks_of(given.level))) {
      remark('(' + each.text + ')', titles_.colours().fault);
    }
    inside_ = false;
  }

  /// The framing of the chunks on a level whose containers come one by one.
  const chunk::framing& subchunks_of(std::size_t level) const {
    return level == 0 || level > entered_.size() ? how_.rules->framing : entered_[level - 1];
  }

  void add_entering(const chunk::fragment& given, const details& known, bool has_role) {
    const auto* rule = how_.rules->find(given.head.id);
    append_prefix(given.payload, has_role);
    titles_.latency(known);
    out_ += '\n';
    entered_.resize(given.level);
    entered_.push_back(how_.rules->framing_in(rule));
  }

  void add_leaving(const chunk::fragment& given) {
    entered_.resize(given.level);
    indent_ = (given.level + 1) * level_indent;
    for (const auto& each : check_tail(given, subchunks_of(given.level))) {
      remark('(' + to_text(given.head.id) + ": " + each.text + ')', titles_.colours().fault);
    }
  }

  void add_preamble(const chunk::fragment& given) {
    titles_.bytes(given.offset);
    titles_.append("(preamble)", titles_.colours().mark);
    out_ += '\n';
    add_block(given.payload, given.offset, level_indent);
  }

  void add_stray(const chunk::fragment& given, const details& known) {
    if (given.begins) {
      const chunk::error no_chunk{chunk::errc::malformed, {}};
      titles_.bytes(given.offset, given.level);
      titles_.append('(' + to_text(known.stray ? *known.stray : no_chunk) + ')',
                     titles_.colours().fault);
      out_ += '\n';
      start_rows(given.offset, (given.level + 1) * level_indent);
    }
    add_rows(given.payload);
    if (given.ends) finish_rows();
    inside_ = !given.ends;
  }

  void add_whole(const chunk::fragment& given, const details& known) {
    const auto whole = given.placed();
    const auto payload = given.payload_offset();
    const auto inner = unnest(*how_.rules, whole, payload);
    const auto* rule = how_.rules->find(whole.id);
    titles_.chunk(given.offset, given.head, known);
    titles_.fields(given.head, how_.rules->framing);
    const bool has_role = append_role(rule);
    switch (inner.how) {
      case chunk::nesting::plain: return add_payload(given, rule, has_role, known);
      case chunk::nesting::declared: append_prefix(inner.prefix, has_role); break;
      case chunk::nesting::guessed:
        mark("(subchunks guessed)", titles_.colours().mark, has_role);
        break;
      case chunk::nesting::broken:
        mark("(malformed: " + inner.fault.detail + ')', titles_.colours().fault, has_role);
        break;
    }
    append_tail_faults(given, has_role);
    titles_.latency(known);
    out_ += '\n';
    if (inner.how == chunk::nesting::broken) {
      return add_block(given.payload, payload, level_indent);
    }
    const auto& how = how_.rules->framing_in(rule);
    for (const auto& each : inner.subchunks) {
      if (how_.chosen && !how_.chosen->takes(whole.id, each.id)) continue;
      titles_.subchunk(each);
      add_contents(each, how, 1);
    }
  }

  /// Ends the line of a chunk with its value, or writes its bytes below.
  void add_payload(const chunk::fragment& from, const chunk::rule* rule, bool has_role,
                   const details& known) {
    const auto rest = append_value(from.payload, rule, has_role, known);
    append_tail_faults(from, has_role && from.payload.empty());
    titles_.latency(known);
    out_ += '\n';
    add_below(rest, from.payload, from.payload_offset(), level_indent);
  }

  /// Ends the line of a subchunk in `level` containers, and adds those below it.
  void add_contents(const chunk::placed_chunk& from, const chunk::framing& how, std::size_t level) {
    const auto* rule = how_.rules->find(from.id);
    if (!how.definition) {
      const auto rest = append_value(from.payload, rule, false);
      out_ += '\n';
      return add_below(rest, from.payload, from.payload_offset(), (level + 1) * level_indent);
    }
    const bool deeper = level < how_.rules->framing.depth();
    const auto inner =
        deeper ? unnest(*how_.rules, from, from.payload_offset(), level) : chunk::nested{};
    titles_.fields({from.id, from.payload.size(), from.front}, how);
    auto rest = below::nothing;
    switch (inner.how) {
      case chunk::nesting::plain: rest = append_value(from.payload, rule, false); break;
      case chunk::nesting::declared:
      case chunk::nesting::guessed: append_prefix(inner.prefix, false); break;
      case chunk::nesting::broken:
        mark("(malformed: " + inner.fault.detail + ')', titles_.colours().fault, false);
        rest = below::bytes;
        break;
    }
    for (const auto& each : check_tail(from, how)) {
      mark('(' + each.text + ')', titles_.colours().fault, false);
    }
    out_ += '\n';
    add_below(rest, from.payload, from.payload_offset(), (level + 1) * level_indent);
    if (inner.subchunks.empty()) return;
    const auto& subchunks = how_.rules->framing_in(rule);
    for (const auto& each : inner.subchunks) {
      titles_.subchunk(each, level + 1);
      add_contents(each, subchunks, level + 1);
    }
  }

  /// Appends what stands before subchunks.
  void append_prefix(std::span<const std::byte> prefix, bool has_role) {
    if (prefix.empty()) return;
    mark('"' + chunk::escaped(prefix, text_escapes) + '"', titles_.colours().text, has_role);
  }

  void append_tail_faults(const chunk::fragment& given, bool has_role) {
    if (!given.wrong_trailer && !given.wrong_padding) return;
    for (const auto& each : check_tail(given, how_.rules->framing)) {
      mark('(' + each.text + ')', titles_.colours().fault, std::exchange(has_role, false));
    }
  }

  /// Appends a payload to the line of its chunk if it fits. Returns: what has to follow
  below append_value(std::span<const std::byte> payload, const chunk::rule* rule, bool has_role,
                     const details& known = {}) {
    if (!rule || !rule->type) {
      if (payload.empty()) return below::nothing;
      return is_text(payload, how_.utf8) ? append_text(payload, has_role, known) : below::bytes;
    }
    const auto type = *rule->type;
    if (type == chunk::value_type::bytes) {
      const bool has_form = payload.empty() || is_text(payload, how_.utf8);
      return has_form ? append_text(payload, has_role, known) : below::bytes;
    }
    if (const auto fine = check(type, payload); !fine) {
      const auto why = '(' + fine.error().detail.substr(0, 2 * short_value) + ')';
      mark(why, titles_.colours().fault, has_role);
      return payload.empty() ? below::nothing : below::bytes;
    }
    if (type == chunk::value_type::text) return append_text(payload, has_role, known);
    const auto shown = value_or_throw(show(type, payload));
    if (shown.size() > short_value || payload.size() > how_.max_bytes) return below::bytes;
    mark(shown, titles_.colours().number, has_role);
    return below::nothing;
  }

  /// Appends a text that is one line and fits.
  below append_text(std::span<const std::byte> payload, bool has_role, const details& known) {
    const auto left = titles_.room(known);
    const auto room = left - std::min(left, role_gap(has_role));
    const bool cannot_fit = payload.size() > room * (how_.utf8 ? legible_text::longest_piece : 1);
    if (cannot_fit || payload.size() > how_.max_bytes) return below::text;
    if (payload.size() > 1 && has_line_end(payload.first(payload.size() - 1))) return below::text;
    // In the same memory, since allocating it takes as long as all the rest.
    quoted_ = '"';
    chunk::append_escaped(quoted_, payload, text_escapes);
    quoted_ += '"';
    if (count_columns(quoted_, how_.utf8) > room) return below::text;
    mark(quoted_, titles_.colours().text, has_role);
    return below::nothing;
  }

  bool append_role(const chunk::rule* rule) {
    const auto role = rule ? roles_.of(*rule) : std::string_view();
    if (role.empty()) return false;
    titles_.append(role, titles_.colours().mark);
    role_columns_ = role.size();
    return true;
  }

  /// The blanks behind a role, so that what follows roles stands below each other.
  std::size_t role_gap(bool has_role) const {
    constexpr std::size_t longest_role = 7;
    return has_role ? longest_role - role_columns_ : 0;
  }

  /// Appends a further column.
  void mark(std::string_view text, std::string_view colour, bool has_role) {
    titles_.append(text, colour, column_gap + role_gap(has_role));
  }

  /// Writes a separate line below the rows.
  void remark(std::string_view text, std::string_view colour) {
    out_ += titles_.margin();
    out_.append(hex_rows::columns(0, indent_) - 1, ' ');
    append_in(out_, titles_.colours(), colour, text);
    out_ += '\n';
  }

  void add_below(below rest, std::span<const std::byte> payload, std::uint64_t offset,
                 std::size_t indent) {
    switch (rest) {
      case below::nothing: return;
      case below::bytes: return add_block(payload, offset, indent);
      case below::text: return add_text(payload, offset, indent);
    }
  }

  void add_text(std::span<const std::byte> payload, std::uint64_t offset, std::size_t indent) {
    const auto shown = std::min<std::uint64_t>(how_.max_bytes, payload.size());
    const auto margin = titles::margin_columns(how_);
    const text_row_options how{.label = titles_.margin(),
                               .indent = indent,
                               .columns = how_.columns - std::min(how_.columns, margin),
                               .squeeze = how_.squeeze,
                               .utf8 = how_.utf8,
                               .colours = &titles_.colours()};
    text_rows_.add(payload.first(static_cast<std::size_t>(shown)), offset, how);
    indent_ = indent;
    more_ = payload.size() - shown;
    remark_rest();
  }

  void add_block(std::span<const std::byte> bytes, std::uint64_t offset, std::size_t indent) {
    start_rows(offset, indent);
    add_rows(bytes);
    finish_rows();
  }

  void start_rows(std::uint64_t offset, std::size_t indent) {
    indent_ = indent;
    left_ = how_.max_bytes;
    more_ = 0;
    rows_.start(offset, indent, titles_.margin());
  }

  void add_rows(std::span<const std::byte> bytes) {
    const auto shown = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    rows_.add(bytes.first(shown));
    left_ -= shown;
    more_ += bytes.size() - shown;
  }

  void finish_rows() {
    rows_.finish();
    remark_rest();
  }

  /// Tells how many bytes were not shown.
  void remark_rest() {
    if (more_ > 0) remark(fmt::format("({} more bytes)", more_), titles_.colours().mark);
  }

  format_options how_;
  std::string& out_;
  titles titles_;
  hex_rows rows_;
  text_rows text_rows_;
  roles roles_;
  subchunk_choice choice_;
  std::vector<chunk::framing> entered_;  // of the subchunks of containers that come one by one
  std::string quoted_;                   // a text that is a value
  std::size_t role_columns_ = 0;
  std::size_t indent_ = 0;
  std::uint64_t left_ = 0;                  // bytes that may still be shown
  std::uint64_t more_ = 0;                  // bytes that were not
  bool inside_ = false;                     // inside a chunk that comes in fragments
  std::optional<std::uint64_t> fault_end_;  // of the last bytes that are not a chunk
};

std::unique_ptr<formatter> make_hex(const format_options& how, destination out) {
  return std::make_unique<hex_formatter>(how, out);
}

}  // namespace

const output_format hex_format{
    .name = "hex",
    .help = "chunks, subchunks and values, with rows of bytes",
    .make = make_hex,
    .takes = {.layout = true, .timestamps = true, .utf8 = true},
    .is_for_people = true,
    .shows_connections = true,
    .heading = {"==> ", " <=="},
    .gap = {"# ", " records dropped"},
};

}  // namespace tools::format
