// The default view: a line for each chunk and subchunk, with its value or with rows of bytes below.
#include "format/hex/hex_rows.hpp"
#include "format/registry.hpp"
#include "format/titles.hpp"

#include <chunk/value.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>

namespace tools::format {
namespace {

/// Columns that a value may take on the line of its chunk. Chosen: with offset, ID, length and role
/// the line still fits a terminal of 80 columns.
constexpr std::size_t short_value = 40;

bool is_printable(std::span<const std::byte> bytes) {
  return std::ranges::all_of(
      bytes, [](std::byte value) { return value >= std::byte{0x20} && value <= std::byte{0x7e}; });
}

/// Says of the chunks of a protocol whether they are requests or replies. Many are both; then the
/// direction of the stream decides, which may show only with a chunk that is nothing but a reply.
class roles {
 public:
  explicit roles(direction known) : direction_(known) {}

  std::string_view of(const chunk::rule& known) {
    if (direction_ == direction::unknown && known.reply && !known.request) {
      direction_ = direction::replies;
    }
    if (direction_ == direction::replies) return known.reply ? "reply" : "";
    return known.request ? "request" : "";
  }

 private:
  direction direction_;
};

class hex_formatter final : public formatter {
 public:
  hex_formatter(const format_options& how, destination out)
      : how_(how),
        out_(out.text()),
        titles_(how_, out_),
        rows_(out_, {how.row_bytes, how.squeeze, &titles_.colours()}),
        roles_(how.direction) {}

  void add(const chunk::fragment& given, const details& known) override {
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
    }
    if (bytes.empty()) return;
    // Bytes that are not a chunk may come in several pieces.
    if (offset != fault_end_) {
      titles_.bytes(offset);
      out_ += "  ";
      append_in(out_, titles_.colours(), titles_.colours().fault, word);
      out_ += '\n';
    }
    fault_end_ = offset + bytes.size();
    start_rows(offset, level_indent);
    add_rows(bytes);
    finish_rows();
  }

 private:
  void add_whole(const chunk::fragment& given, const details& known) {
    const chunk::chunk_view whole{given.head.id, given.payload};
    const auto payload = given.payload_offset();
    const auto inner = unnest(*how_.rules, whole, payload);
    const auto* rule = how_.rules->find(whole.id);
    titles_.chunk(given.offset, given.head, known);
    const bool has_role = append_role(rule);
    switch (inner.how) {
      case chunk::nesting::plain: return add_payload(whole, payload, rule, has_role, known);
      case chunk::nesting::declared: break;
      case chunk::nesting::guessed:
        mark("(subchunks guessed)", titles_.colours().mark, has_role);
        break;
      case chunk::nesting::broken:
        mark("(malformed: " + inner.fault.detail + ')', titles_.colours().fault, has_role);
        titles_.latency(known);
        out_ += '\n';
        return add_block(given.payload, payload, level_indent);
    }
    titles_.latency(known);
    out_ += '\n';
    titles_.fit(inner.subchunks);
    for (const auto& each : inner.subchunks) {
      if (how_.chosen && !how_.chosen->takes(whole.id, each.id)) continue;
      add_subchunk(each);
    }
  }

  /// Ends the line of a chunk with its value, or writes its bytes below.
  void add_payload(const chunk::chunk_view& from, std::uint64_t offset, const chunk::rule* rule,
                   bool has_role, const details& known) {
    const bool done = append_value(from, rule, has_role);
    titles_.latency(known);
    out_ += '\n';
    if (!done) add_block(from.payload, offset, level_indent);
  }

  /// Adds the lines of a subchunk.
  void add_subchunk(const chunk::placed_chunk& from) {
    titles_.subchunk(from);
    const bool done = append_value(from, how_.rules->find(from.id), false);
    out_ += '\n';
    if (!done) add_block(from.payload, from.payload_offset(), 2 * level_indent);
  }

  /// Appends a short payload to the line of its chunk. Returns: false if its bytes have to follow
  bool append_value(const chunk::chunk_view& from, const chunk::rule* rule, bool has_role) {
    const auto type = rule ? rule->type : std::nullopt;
    const auto& colours = titles_.colours();
    if (type && (*type != chunk::value_type::bytes || is_printable(from.payload))) {
      const auto shown = show(*type, from.payload);
      if (!shown) {
        mark('(' + shown.error().detail.substr(0, 2 * short_value) + ')', colours.fault, has_role);
      } else {
        if (shown->size() > short_value || from.payload.size() > how_.max_bytes) return false;
        mark(*shown, shown->starts_with('"') ? colours.text : colours.number, has_role);
        return true;
      }
    }
    const bool untyped_text = !type && from.payload.size() <= short_value - 2 &&
                              from.payload.size() <= how_.max_bytes && is_printable(from.payload);
    if (from.payload.empty()) return true;
    if (!untyped_text) return false;
    const auto shown = value_or_throw(show(chunk::value_type::text, from.payload));
    mark(shown, colours.text, has_role);
    return true;
  }

  bool append_role(const chunk::rule* rule) {
    const auto role = rule ? roles_.of(*rule) : std::string_view();
    if (role.empty()) return false;
    out_ += "  ";
    append_in(out_, titles_.colours(), titles_.colours().mark, role);
    role_columns_ = role.size();
    return true;
  }

  /// Appends a further column. Those behind roles stand below each other.
  void mark(std::string_view text, std::string_view colour, bool has_role) {
    constexpr std::size_t longest_role = 7;
    out_.append(2 + (has_role ? longest_role - role_columns_ : 0), ' ');
    append_in(out_, titles_.colours(), colour, text);
  }

  /// Writes a separate line below the rows.
  void remark(std::string_view text, std::string_view colour) {
    out_ += titles_.margin();
    out_.append(hex_rows::columns(0, indent_) - 1, ' ');
    append_in(out_, titles_.colours(), colour, text);
    out_ += '\n';
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
    if (more_ > 0) remark(fmt::format("({} more bytes)", more_), titles_.colours().mark);
  }

  format_options how_;
  std::string& out_;
  titles titles_;
  hex_rows rows_;
  roles roles_;
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
    .takes = {.layout = true, .timestamps = true},
    .heading = {"==> ", " <=="},
    .gap = {"# ", " records dropped"},
};

}  // namespace tools::format
