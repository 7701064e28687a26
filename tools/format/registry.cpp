#include "format/registry.hpp"

#include <algorithm>
#include <array>

namespace tools::format {
namespace {

constexpr std::array known_formats{
    &hex_format,   &list_format,    &text_format, &json_format, &summary_format,
    &check_format, &payload_format, &raw_format,  &none_format,
};

}  // namespace

std::string line_around::operator()(std::string_view word) const {
  if (before.empty()) return {};
  return std::string(before).append(word).append(after) + '\n';
}

std::span<const output_format* const> all_formats() {
  return known_formats;
}

const output_format* find_format(std::string_view name) {
  const auto found = std::ranges::find(known_formats, name, &output_format::name);
  return found == known_formats.end() ? nullptr : *found;
}

}  // namespace tools::format
