// A line of the notation for each chunk.
#include "format/formatters.hpp"
#include "format/text/text_lines.hpp"
#include "format/titles.hpp"

namespace tools::format {
namespace {

class text_view final : public view {
 public:
  text_view(const view_options& how, std::string& out)
      : how_(how), out_(out), titles_(how_, out), lines_(*how.rules, out) {
    const auto* chosen = how_.chosen;
    if (!chosen || chosen->takes_all()) return;
    lines_.choose([chosen](const chunk::id& container, const chunk::id& subchunk) {
      return chosen->takes(container, subchunk);
    });
  }

  void add(const chunk::fragment& given, const occasion& when) override {
    if (given.begins) out_ += titles_.margin();
    lines_.add(given);
    if (when.header_only) lines_.finish({});
  }

  void fault(const chunk::error&, std::span<const std::byte> bytes, std::uint64_t) override {
    lines_.finish({});
    if (bytes.empty()) return;
    out_ += titles_.margin();
    lines_.finish(bytes);
  }

  void finish() override { lines_.finish({}); }

 private:
  view_options how_;
  std::string& out_;
  titles titles_;
  format::text_lines lines_;
};

}  // namespace

std::unique_ptr<view> make_text_view(const view_options& how, std::string& out) {
  return std::make_unique<text_view>(how, out);
}

}  // namespace tools::format
