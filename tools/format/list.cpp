// A line for each chunk, without its payload.
#include "format/registry.hpp"
#include "format/titles.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace tools::format {
namespace {

/// Columns behind the margin. Chosen: latencies stand near the lengths, and behind most fields.
constexpr std::size_t list_columns = 56;

format_options with_list_columns(format_options how) {
  how.columns = std::min(how.columns, titles::margin_columns(how) + list_columns);
  return how;
}

class list_formatter final : public formatter {
 public:
  list_formatter(const format_options& how, destination out)
      : how_(with_list_columns(how)), out_(out.text()), titles_(how_, out_), choice_(how.chosen) {}

  void add(const chunk::fragment& given, const details& known) override {
    if (!given.begins) return;
    if (how_.rules->framing.definition) return add_in_framing(given, known);
    titles_.chunk(given.offset, given.head, known);
    titles_.latency(known);
    out_ += '\n';
  }

  void fault(const chunk::error& why, std::span<const std::byte> bytes,
             std::uint64_t offset) override {
    // Bytes that are not a chunk may come in several pieces.
    const bool goes_on = offset == fault_end_;
    if (bytes.empty()) return;
    fault_end_ = offset + bytes.size();
    if (goes_on) return;
    titles_.bytes(offset);
    titles_.append('(' + why.code.message() + ')', titles_.colours().fault);
    out_ += '\n';
  }

 private:
  /// Adds a chunk, a subchunk, or bytes that are neither.
  void add_in_framing(const chunk::fragment& given, const details& known) {
    if (!choice_.takes(given)) return;
    switch (given.kind) {
      case chunk::fragment_kind::preamble:
        titles_.bytes(given.offset);
        titles_.append("(preamble)", titles_.colours().mark);
        out_ += '\n';
        return;
      case chunk::fragment_kind::stray:
        titles_.bytes(given.offset, given.level);
        titles_.append('(' + chunk::error{chunk::errc::malformed, {}}.code.message() + ')',
                       titles_.colours().fault);
        out_ += '\n';
        return;
      case chunk::fragment_kind::chunk: break;
    }
    titles_.chunk(given, known);
    const auto& how = given.level > 0 && given.level <= entered_.size() ? entered_[given.level - 1]
                                                                        : how_.rules->framing;
    titles_.fields(given.head, how);
    if (given.level == 0) titles_.latency(known);
    out_ += '\n';
    if (given.enters) {
      entered_.resize(given.level);
      entered_.push_back(how_.rules->framing_in(how_.rules->find(given.head.id)));
    }
    if (given.ends) add_subchunks(given.placed(), given.level);
  }

  /// Adds the subchunks of a chunk that stands in `level` containers.
  void add_subchunks(const chunk::placed_chunk& of, std::size_t level) {
    const auto inner = unnest(*how_.rules, of, of.payload_offset(), level);
    if (inner.subchunks.empty()) return;
    const auto& how = how_.rules->framing_in(how_.rules->find(of.id));
    for (const auto& each : inner.subchunks) {
      if (level == 0 && how_.chosen && !how_.chosen->takes(of.id, each.id)) continue;
      titles_.subchunk(each, level + 1);
      titles_.fields({each.id, each.payload.size(), each.front}, how);
      out_ += '\n';
      add_subchunks(each, level + 1);
    }
  }

  format_options how_;
  std::string& out_;
  titles titles_;
  subchunk_choice choice_;
  std::vector<chunk::framing> entered_;     // of the subchunks of containers that come one by one
  std::optional<std::uint64_t> fault_end_;  // of the last bytes that are not a chunk
};

std::unique_ptr<formatter> make_list(const format_options& how, destination out) {
  return std::make_unique<list_formatter>(how, out);
}

}  // namespace

const output_format list_format{
    .name = "list",
    .help = "offset, ID and length of each chunk",
    .make = make_list,
    .needs = {.payloads = false, .subchunks = false},
    .takes = {.timestamps = true, .utf8 = true},
    .is_for_people = true,
    .shows_connections = true,
    .heading = {"==> ", " <=="},
    .gap = {"# ", " records dropped"},
};

}  // namespace tools::format
