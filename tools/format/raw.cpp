// The chunks unchanged.
#include "format/registry.hpp"

namespace tools::format {
namespace {

class raw_formatter final : public formatter {
 public:
  explicit raw_formatter(destination out) : out_(out) {}

  void add(const chunk::fragment&, const details& known) override { out_.add(known.raw); }

  // Bytes that are not a chunk are omitted.
  void fault(const chunk::error&, std::span<const std::byte>, std::uint64_t) override {}

 private:
  destination out_;
};

std::unique_ptr<formatter> make_raw(const format_options&, destination out) {
  return std::make_unique<raw_formatter>(out);
}

}  // namespace

const output_format raw_format{
    .name = "raw",
    .help = "the chunks unchanged",
    .make = make_raw,
    .needs = {.subchunks = false, .raw = true},
    .takes = {.tap = false},
    .passes_payloads = true,
    .omits_incomplete = true,
    .flat = true,
};

}  // namespace tools::format
