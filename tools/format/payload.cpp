// The payloads, each followed by a delimiter.
#include "format/registry.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace tools::format {
namespace {

class payload_formatter final : public formatter {
 public:
  payload_formatter(const format_options& how, destination out)
      : delimiter_(how.delimiter), out_(out) {}

  void add(const chunk::fragment& given, const details&) override {
    if (given.kind == chunk::fragment_kind::preamble) return;
    if (given.level > 0) return add_inside(given);
    out_.add(given.payload);
    if (given.ends && !delimiter_.empty()) out_.add(delimiter_);
  }

  // Bytes that are not a chunk are omitted.
  void fault(const chunk::error&, std::span<const std::byte>, std::uint64_t) override {}

 private:
  /// Adds what comes one by one in a container, which is part of the payload of that container.
  void add_inside(const chunk::fragment& given) {
    // These bytes need not stay where they are.
    const auto copy = [&](std::span<const std::byte> bytes) {
      out_.text().append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    };
    if (given.begins) copy(given.head.front);
    copy(given.payload);
    copy(given.tail);
  }

  std::vector<std::byte> delimiter_;
  destination out_;
};

std::unique_ptr<formatter> make_payload(const format_options& how, destination out) {
  return std::make_unique<payload_formatter>(how, out);
}

}  // namespace

const output_format payload_format{
    .name = "payload",
    .help = "the payloads",
    .make = make_payload,
    .needs = {.subchunks = false},
    .takes = {.delimiter = true, .tap = false},
    .passes_payloads = true,
    .omits_incomplete = true,
    .flat = true,
};

}  // namespace tools::format
