// A line for each chunk, without its payload.
#include "format/registry.hpp"
#include "format/titles.hpp"

#include <cstdint>
#include <optional>

namespace tools::format {
namespace {

class list_formatter final : public formatter {
 public:
  list_formatter(const format_options& how, destination out)
      : how_(how), out_(out.text()), titles_(how_, out_) {}

  void add(const chunk::fragment& given, const details& known) override {
    if (!given.begins) return;
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
    out_ += "  ";
    append_in(out_, titles_.colours(), titles_.colours().fault, '(' + why.code.message() + ')');
    out_ += '\n';
  }

 private:
  format_options how_;
  std::string& out_;
  titles titles_;
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
    .takes = {.timestamps = true},
    .heading = {"==> ", " <=="},
    .gap = {"# ", " records dropped"},
};

}  // namespace tools::format
