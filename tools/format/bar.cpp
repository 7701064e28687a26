#include "format/bar.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>

namespace tools::format {

void append_bar(std::string& out, double columns, bool blocks) {
  if (!blocks) {
    out.append(static_cast<std::size_t>(std::ceil(columns)), '#');
    return;
  }
  constexpr std::array<std::string_view, bar_parts> parts{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = static_cast<std::size_t>(std::ceil(columns * parts.size()));
  for (std::size_t whole = 0; whole < eighths / parts.size(); ++whole) out += "█";
  out += parts[eighths % parts.size()];
}

}  // namespace tools::format
