// A line for each chunk, without its payload.
#include "format/formatters.hpp"
#include "format/titles.hpp"

#include <cstdint>
#include <optional>

namespace tools::format {
namespace {

class list_view final : public view {
 public:
  list_view(const view_options& how, std::string& out) : how_(how), out_(out), titles_(how_, out) {}

  void add(const chunk::fragment& given, const occasion& when) override {
    if (!given.begins) return;
    titles_.chunk(given.offset, given.head, when);
    titles_.latency(when);
    out_ += '\n';
  }

  void fault(const chunk::error& why, std::span<const std::byte> bytes,
             std::uint64_t offset) override {
    // Bytes that are no chunk may come in several pieces.
    const bool goes_on = offset == fault_end_;
    if (bytes.empty()) return;
    fault_end_ = offset + bytes.size();
    if (goes_on) return;
    titles_.bytes(offset);
    out_ += "  ";
    append_in(out_, titles_.colours(), titles_.colours().fault, '(' + why.code.message() + ')');
    out_ += '\n';
  }

  void finish() override {}

 private:
  view_options how_;
  std::string& out_;
  titles titles_;
  std::optional<std::uint64_t> fault_end_;  // of the last bytes that are no chunk
};

}  // namespace

std::unique_ptr<view> make_list_view(const view_options& how, std::string& out) {
  return std::make_unique<list_view>(how, out);
}

}  // namespace tools::format
