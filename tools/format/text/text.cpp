// A line of the notation for each chunk.
#include "format/registry.hpp"
#include "format/text/text_lines.hpp"
#include "format/titles.hpp"

namespace tools::format {
namespace {

class text_formatter final : public formatter {
 public:
  text_formatter(const format_options& how, destination out)
      : how_(how),
        out_(out.text()),
        titles_(how_, out_),
        lines_(*how.rules, out_),
        choice_(how_.chosen) {
    const auto* chosen = how_.chosen;
    if (!chosen || chosen->takes_all()) return;
    lines_.choose([chosen](const chunk::id& container, const chunk::id& subchunk) {
      return chosen->takes(container, subchunk);
    });
  }

  void add(const chunk::fragment& given, const details& known) override {
    if (!choice_.takes(given)) return;
    if (!titles_.margin().empty() && (given.begins || given.leaves)) out_ += titles_.margin();
    lines_.add(given);
    if (known.header_only) lines_.end_line();
  }

  void fault(const chunk::error&, std::span<const std::byte> bytes, std::uint64_t) override {
    lines_.end_line();
    if (!bytes.empty()) out_ += titles_.margin();
    lines_.finish(bytes);
  }

  void finish() override { lines_.finish({}); }

 private:
  format_options how_;
  std::string& out_;
  titles titles_;
  format::text_lines lines_;
  subchunk_choice choice_;
};

std::unique_ptr<formatter> make_text(const format_options& how, destination out) {
  return std::make_unique<text_formatter>(how, out);
}

}  // namespace

const output_format text_format{
    .name = "text",
    .help = "lines for chunk-send -f",
    .make = make_text,
    .heading = {"# ", ""},
    .gap = {"# ", " records dropped"},
};

}  // namespace tools::format
