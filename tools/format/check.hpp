// The view of --check: what of a stream is against the rules of its protocol.
#pragma once

#include "format/formatter.hpp"

#include <chunk/validation.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tools::format {

/// Shows a line for each finding, `SUBJECT:0xOFFSET: TEXT` or an object of JSON. Of a chunk that
/// comes in parts only the ID is checked.
class check_view final : public view {
 public:
  check_view(const view_options& how, std::string& out);

  void add(const chunk::fragment& given, const occasion& when) override;
  void fault(const chunk::error& why, std::span<const std::byte> bytes,
             std::uint64_t offset) override;
  void finish() override {}

  /// The number of findings so far, faults among them.
  std::uint64_t findings() const override { return findings_; }

 private:
  bool takes(const chunk::finding& found) const;
  void show(std::string_view kind, std::uint64_t offset, const std::optional<chunk::id>& id,
            const std::optional<chunk::id>& subchunk, std::string_view text);

  const chunk::protocol* rules_;
  const selection* chosen_;
  std::string subject_;  // plain ASCII
  bool as_json_;
  std::string& out_;
  bool inside_ = false;                     // a chunk whose end is not there yet
  std::optional<std::uint64_t> fault_end_;  // of the last bytes that are no chunk
  chunk::id id_;                            // its ID
  std::uint64_t begin_ = 0;
  std::uint64_t findings_ = 0;
};

/// Makes a view that appends to `out`, which outlives it.
std::unique_ptr<check_view> make_check_view(const view_options& how, std::string& out);

}  // namespace tools::format
