// No output: the stream is only read and checked.
#include "format/registry.hpp"

namespace tools::format {
namespace {

class none_formatter final : public formatter {
 public:
  void add(const chunk::fragment&, const details&) override {}
  void fault(const chunk::error&, std::span<const std::byte>, std::uint64_t) override {}
};

std::unique_ptr<formatter> make_none(const format_options&, destination) {
  return std::make_unique<none_formatter>();
}

}  // namespace

const output_format none_format{
    .name = "none",
    .help = "nothing; the stream is only checked",
    .make = make_none,
    .needs = {.payloads = false, .subchunks = false},
};

}  // namespace tools::format
