// A table of all IDs at the end: counts, bytes, lengths.
#include "format/registry.hpp"
#include "format/summary/length_counts.hpp"
#include "format/summary/summary_table.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace tools::format {
namespace {

/// The most IDs with their own lines, including subchunks; further ones share a line.
/// Chosen: more than a reader can use, and few enough to hold whatever a stream contains.
constexpr std::size_t most_summary_ids = 4096;

/// The most IDs whose medians have the full accuracy of length_counts; those of further IDs are
/// exact only with few different lengths. Chosen: the memory is then below 40 MiB.
constexpr std::size_t most_exact_ids = 256;
constexpr std::size_t later_limit = 32;

/// The counts of one ID, in the stream or in one container.
struct row {
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  chunk::id id;
  std::size_t parent = none;  // the row of the container
  std::size_t others = none;  // the row shared by subchunks without their own
  bool is_others = false;     // whether many IDs share the row
  bool may_open = false;      // may be a container
  bool guessed = false;       // contains subchunks by its looks
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  length_counts lengths;
};

/// Finds the row of an ID. Rows are never removed.
class row_table {
 public:
  row_table() : slots_(2 * most_summary_ids, row::none) {}

  row& operator[](std::size_t at) { return rows_[at]; }
  const std::vector<row>& rows() const { return rows_; }

  /// Gives the row for an ID, or none where it has none yet.
  std::size_t find(std::size_t parent, const chunk::id& id) const {
    return slots_[slot_of(parent, id)];
  }

  /// Makes a row, or gives the one of others where there are too many.
  std::size_t add(std::size_t parent, const chunk::id& id) {
    if (own_ == most_summary_ids) return find_others(parent);
    ++own_;
    slots_[slot_of(parent, id)] = rows_.size();
    return append(parent, id);
  }

 private:
  /// The place of an ID, or the free one where it belongs; at least half of them are free.
  std::size_t slot_of(std::size_t parent, const chunk::id& id) const {
    const auto halves = std::bit_cast<std::array<std::uint64_t, 2>>(id.bytes);
    const auto key = halves[0] ^ std::rotl(halves[1], 17) ^ (parent + 1) << 32;
    const auto spread = (key ^ key >> 29) * 0x9e3779b97f4a7c15;
    const auto mask = slots_.size() - 1;
    for (auto at = (spread >> 32) & mask;; at = (at + 1) & mask) {
      const auto found = slots_[at];
      if (found == row::none) return at;
      if (rows_[found].id == id && rows_[found].parent == parent) return at;
    }
  }

  std::size_t find_others(std::size_t parent) {
    const auto before = parent == row::none ? others_ : rows_[parent].others;
    if (before != row::none) return before;
    const auto made = append(parent, {});
    rows_[made].is_others = true;
    (parent == row::none ? others_ : rows_[parent].others) = made;
    return made;
  }

  std::size_t append(std::size_t parent, const chunk::id& id) {
    auto& made = rows_.emplace_back();
    made.id = id;
    made.parent = parent;
    if (rows_.size() > most_exact_ids) made.lengths = length_counts(later_limit);
    return rows_.size() - 1;
  }

  std::vector<std::size_t> slots_;
  std::vector<row> rows_;
  std::size_t own_ = 0;
  std::size_t others_ = row::none;
};

/// Counts the chunks of each ID, and the subchunks of each container.
///
/// A chunk counts when it begins, with the length that it declares, since its payload may be
/// missing from its fragments; when it turns out to be cut, the bytes that are missing are taken
/// from its ID again.
class summary_formatter final : public formatter {
 public:
  summary_formatter(const format_options& how, destination out)
      : how_(how),
        out_(out.text()),
        colours_(how.colour ? format::colours : no_colours),
        began_(std::chrono::steady_clock::now()),
        all_(!how.chosen || how.chosen->takes_all()),
        in_framing_(how.rules && how.rules->framing.definition),
        choice_(how.chosen) {}

  void add(const chunk::fragment& given, const details&) override {
    if (in_framing_) return add_in_framing(given);
    if (!given.begins) return;
    // Most chunks have the ID of the one before.
    if (!last_id_ || given.head.id != *last_id_) choose(given.head.id);
    if (last_ == row::none) return;
    count(table_[last_], given.head.length, given.chunk_size());
    under_way_ = given.offset;
    size_ = given.chunk_size();
    if (given.ends && table_[last_].may_open) add_subchunks(given.placed(), last_, 0);
  }

  void fault(const chunk::error&, std::span<const std::byte> bytes, std::uint64_t offset) override {
    // Bytes that are not a chunk may come in several pieces.
    if (bytes.empty() || offset != outside_end_) ++faults_;
    outside_ += bytes.size();
    outside_end_.reset();
    if (!bytes.empty()) outside_end_ = offset + bytes.size();
    if (in_framing_) return cut_off(offset);
    if (!bytes.empty() || last_ == row::none) return;
    const auto end = under_way_ + size_;
    const auto missing = end - std::clamp(offset, under_way_, end);
    table_[last_].bytes -= missing;
    missing_ += missing;
  }

  void finish() override;

 private:
  static void count(row& of, std::uint64_t length, std::uint64_t size) {
    ++of.count;
    of.bytes += size;
    of.lengths.add(length);
  }

  void choose(const chunk::id& id) {
    last_id_ = id;
    last_ = row::none;
    if (!all_ && !how_.chosen->takes(id)) return;
    last_ = row_of(row::none, id);
  }

  std::size_t row_of(std::size_t parent, const chunk::id& id) {
    const auto found = table_.find(parent, id);
    if (found != row::none) return found;
    const auto added = table_.add(parent, id);
    auto& made = table_[added];
    if (made.is_others || !how_.rules) return added;
    const auto* known = how_.rules->find(id);
    made.may_open = how_.rules->guesses || (known && known->container);
    return added;
  }

  /// A chunk of which not everything has come, in any framing.
  struct incomplete {
    std::size_t row = row::none;
    std::uint64_t offset = 0;
    std::uint64_t header_size = 0;
    std::uint64_t size = 0;  // of header and payload, as declared
    bool open = false;
  };

  void add_in_framing(const chunk::fragment& given);
  void end_chunk(const chunk::fragment& given);
  void cut_off(std::uint64_t offset);

  /// Counts the subchunks of a chunk in `level` containers, which has a row.
  void add_subchunks(const chunk::placed_chunk& of, std::size_t parent, std::size_t level) {
    const auto inner = unnest(*how_.rules, of, 0, level);
    if (inner.how == chunk::nesting::broken) ++broken_;
    if (inner.how == chunk::nesting::guessed) table_[parent].guessed = true;
    for (const auto& each : inner.subchunks) {
      if (level == 0 && !all_ && !how_.chosen->takes(of.id, each.id)) continue;
      auto at = table_.find(parent, each.id);
      if (at == row::none) at = row_of(parent, each.id);
      count(table_[at], each.payload.size(), each.size());
      const bool deeper = in_framing_ && table_[at].may_open;
      if (deeper) add_subchunks(each, at, level + 1);
    }
  }

  std::string_view role_in_table(const chunk::id& id) const;
  summary_line make_line(const row& of) const;
  std::vector<summary_line> make_lines() const;
  summary_line make_total() const;
  void append_note(std::string_view text, std::string_view colour);
  void append_notes();

  format_options how_;
  std::string& out_;
  const palette& colours_;
  std::chrono::steady_clock::time_point began_;
  bool all_;         // is chosen
  bool in_framing_;  // a protocol file describes the framing
  subchunk_choice choice_;
  row_table table_;
  std::size_t last_ = row::none;  // the row of the last chunk, if it was chosen
  std::optional<chunk::id> last_id_;
  std::uint64_t under_way_ = 0;  // where the last chunk begins
  std::uint64_t size_ = 0;       // of the last chunk, in bytes
  std::uint64_t faults_ = 0;
  std::uint64_t outside_ = 0;                 // bytes that are not a chunk
  std::optional<std::uint64_t> outside_end_;  // where the last of them end
  std::uint64_t missing_ = 0;                 // bytes of chunks that are cut
  std::uint64_t broken_ = 0;                  // containers whose subchunks do not fill them
  std::vector<incomplete> incomplete_;        // the containers around a chunk, and itself
  std::uint64_t position_ = 0;                // behind the bytes that have come
};

void summary_formatter::add_in_framing(const chunk::fragment& given) {
  if (given.begins) position_ = given.payload_offset();
  position_ += given.payload.size();
  if (given.ends && !given.open && !given.leaves) {
    position_ = given.offset + given.header_size + given.head.length + given.tail.size();
  }
  if (given.leaves) position_ += given.tail.size();
  if (!choice_.takes(given)) return;
  switch (given.kind) {
    case chunk::fragment_kind::preamble: return;
    case chunk::fragment_kind::stray:
      if (given.begins) ++broken_;
      return;
    case chunk::fragment_kind::chunk: break;
  }
  if (given.begins) {
    const auto parent = given.level == 0 ? row::none : incomplete_[given.level - 1].row;
    incomplete_.resize(given.level);
    incomplete chunk{row::none, given.offset, given.header_size, 0, given.open};
    chunk.size = given.open ? 0 : given.header_size + given.head.length;
    const auto& id = given.head.id;
    const bool chosen = given.level == 0 ? all_ || how_.chosen->takes(id) : parent != row::none;
    if (chosen) chunk.row = row_of(parent, id);
    incomplete_.push_back(chunk);
    if (chunk.row != row::none && !given.open)
      count(table_[chunk.row], given.head.length, chunk.size);
  }
  if (given.ends) end_chunk(given);
}

void summary_formatter::end_chunk(const chunk::fragment& given) {
  const auto chunk = incomplete_[given.level];
  incomplete_.resize(given.level);
  if (chunk.row == row::none) return;
  if (chunk.open) {
    const auto size = position_ - chunk.offset;
    count(table_[chunk.row], size - chunk.header_size, size);
    return;
  }
  table_[chunk.row].bytes += given.tail.size();
  if (given.begins && table_[chunk.row].may_open) {
    add_subchunks(given.placed(), chunk.row, given.level);
  }
}

/// Takes what is missing of the chunks that are incomplete from their IDs.
void summary_formatter::cut_off(std::uint64_t offset) {
  for (const auto& each : incomplete_) {
    if (each.row == row::none) continue;
    if (each.open) {
      const auto size = std::max(offset, each.offset + each.header_size) - each.offset;
      count(table_[each.row], size - each.header_size, size);
      continue;
    }
    const auto end = each.offset + each.size;
    const auto missing = end - std::clamp(offset, each.offset, end);
    table_[each.row].bytes -= missing;
    if (&each == &incomplete_.front()) missing_ += missing;
  }
  incomplete_.clear();
}

std::string_view summary_formatter::role_in_table(const chunk::id& id) const {
  const auto* known = how_.rules ? how_.rules->find(id) : nullptr;
  return known ? role_of(*known, how_.side) : std::string_view();
}

summary_line summary_formatter::make_line(const row& of) const {
  summary_line out;
  const bool inner = of.parent != row::none;
  for (auto at = of.parent; at != row::none; at = table_.rows()[at].parent) out.name += "  ";
  out.name += of.is_others ? "other IDs" : to_text(of.id);
  if (inner && table_.rows()[of.parent].guessed) out.name += '?';
  if (!inner && !of.is_others) out.role = role_in_table(of.id);
  out.count = of.count;
  out.bytes = of.bytes;
  const auto& lengths = of.lengths;
  out.lengths = {lengths.least(), lengths.median(), lengths.greatest(), lengths.exact()};
  return out;
}

/// Gives each ID with its subchunks behind it, those with the most bytes first and others last.
std::vector<summary_line> summary_formatter::make_lines() const {
  const auto& rows = table_.rows();
  std::vector<std::size_t> order;
  for (std::size_t at = 0; at < rows.size(); ++at) {
    if (rows[at].count > 0) order.push_back(at);
  }
  const auto before = [&](std::size_t a, std::size_t b) {
    if (rows[a].is_others != rows[b].is_others) return rows[b].is_others;
    if (rows[a].bytes != rows[b].bytes) return rows[a].bytes > rows[b].bytes;
    return rows[a].id < rows[b].id;
  };
  std::ranges::sort(order, before);
  std::vector<std::vector<std::size_t>> inner(rows.size());
  for (const auto at : order) {
    if (rows[at].parent != row::none) inner[rows[at].parent].push_back(at);
  }
  std::vector<summary_line> out;
  const auto append = [&](const auto& self, std::size_t at) -> void {
    out.push_back(make_line(rows[at]));
    for (const auto each : inner[at]) self(self, each);
  };
  for (const auto at : order) {
    if (rows[at].parent == row::none) append(append, at);
  }
  return out;
}

summary_line summary_formatter::make_total() const {
  summary_line out;
  out.name = "total";
  for (const auto& each : table_.rows()) {
    if (each.parent != row::none) continue;
    out.count += each.count;
    out.bytes += each.bytes;
  }
  return out;
}

void summary_formatter::append_note(std::string_view text, std::string_view colour) {
  append_in(out_, colours_, colour, text);
  out_ += '\n';
}

void summary_formatter::append_notes() {
  const auto plural = [](std::uint64_t number) { return number == 1 ? "" : "s"; };
  if (faults_ > 0) {
    auto text = fmt::format("{} fault{}", faults_, plural(faults_));
    const auto to = std::back_inserter(text);
    if (outside_ > 0) fmt::format_to(to, ", {} byte{} outside chunks", outside_, plural(outside_));
    if (missing_ > 0) fmt::format_to(to, ", {} byte{} missing", missing_, plural(missing_));
    append_note(text, colours_.fault);
  }
  if (broken_ > 0) {
    append_note(fmt::format("{} container{} not filled by subchunks", broken_, plural(broken_)),
                colours_.fault);
  }
  const auto& rows = table_.rows();
  if (std::ranges::any_of(rows, [](const row& each) { return each.guessed; })) {
    append_note("? taken for subchunks by their looks", colours_.mark);
  }
  if (!std::ranges::all_of(rows, [](const row& each) { return each.lengths.exact(); })) {
    append_note("~ within 4 %, since there are too many different lengths", colours_.mark);
  }
}

void summary_formatter::finish() {
  const bool asks = how_.direction == direction::requests;
  if (how_.connection != 0) {
    const auto heading = fmt::format("==> {} {} <==", how_.connection, asks ? ">" : "<");
    append_note(heading, asks ? colours_.request : colours_.reply);
  } else if (how_.direction != direction::unknown) {
    append_note(asks ? "==> requests <==" : "==> replies <==",
                asks ? colours_.request : colours_.reply);
  }
  const auto total = make_total();
  append_table(out_, make_lines(), total, {.colours = &colours_, .utf8 = how_.utf8});
  append_notes();
  if (how_.live) append_rates(out_, total, std::chrono::steady_clock::now() - began_);
}

std::unique_ptr<formatter> make_summary(const format_options& how, destination out) {
  return std::make_unique<summary_formatter>(how, out);
}

}  // namespace

const output_format summary_format{
    .name = "summary",
    .help = "a table of all IDs",
    .make = make_summary,
    .needs = {.payloads = false},
    .takes = {.utf8 = true},
    .is_for_people = true,
    .cumulative = true,
    .heading = {"==> ", " <=="},
    .gap = {"# ", " records dropped"},
};

}  // namespace tools::format
